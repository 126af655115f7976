"""A mask goes out as large as the picture that is sent, and what cannot be is refused unspent."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.jobs import Billed, JobState
from graphapi.domain.options import Options
from graphapi.errors import Refused, UserErrorCode
from tests.emulators.fal import FalEmulator
from tests.emulators.lumenfall import LumenfallEmulator, running
from tests.emulators.openrouter.emulator import OpenRouterEmulator
from tests.services.house import House, house_at, shots
from tests.storage.drawing import encoded, reopened

KONTEXT, GEMINI = "fal-ai/flux-pro/kontext", "gemini-3-pro-image"
# The house's still has 192 x 128 pixels.
ROWS = f"""
[[model]]
id = "{KONTEXT}"
source = {{ longest_side = 96, basis = "These tests." }}

[[model]]
id = "{GEMINI}"
source = {{ longest_side = 96, basis = "These tests." }}
"""


def drawn(size: tuple[int, int] = (192, 128), mode: str = "L") -> Image.Image:
    """A mask whose right half is to be made anew."""
    image = Image.new(mode, size, "black")
    image.paste(Image.new(mode, (size[0] // 2, size[1]), "white"), (size[0] // 2, 0))
    if mode == "RGBA":
        image.putalpha(image.convert("L").point(lambda level: 255 - level))
    return image


def uri(image: Image.Image, kind: str = "PNG") -> str:
    content = base64.b64encode(encoded(image, kind)).decode()
    return f"data:image/{kind.lower()};base64,{content}"


def sent_mask(house: House) -> str:
    (post,) = house.fal.ledger.accepted
    mask = (post.input or {})["mask_url"]
    assert isinstance(mask, str)
    return mask


def pixels(address: str) -> Image.Image:
    return reopened(base64.b64decode(address.partition(",")[2]))


@pytest.fixture
def lumenfall() -> LumenfallEmulator:
    return LumenfallEmulator(shrink=8)


@pytest.fixture
async def strait(
    database_url: str,
    tmp_path: Path,
    fal: tuple[FalEmulator, str],
    lumenfall: LumenfallEmulator,
) -> AsyncIterator[House]:
    """A house whose models take small pictures."""
    (tmp_path / "models.toml").write_text(ROWS)
    async with (
        running(lumenfall) as url,
        house_at(
            database_url,
            tmp_path,
            fal[0],
            OpenRouterEmulator(),
            models_file=tmp_path / "models.toml",
            fal_key=fal[0].key,
            fal_queue_url=fal[1],
            fal_rest_url=fal[1],
            trusted_origins=fal[1],
            lumenfall_api_key=lumenfall.key,
            lumenfall_url=url,
        ) as opened,
    ):
        yield opened


async def test_a_mask_is_scaled_with_its_picture_and_stays_a_mask(strait: House) -> None:
    (job_id,) = await strait.ask(1, model=KONTEXT, options=Options({"maskUrl": uri(drawn())}))
    asked = (await strait.job(job_id)).options["mask_url"]
    await strait.settle()
    (upload,) = strait.fal.ledger.uploads
    mask = pixels(sent_mask(strait))
    assert mask.format == "PNG"
    assert mask.size == reopened(upload.content).size == (96, 64)
    assert mask.getcolors() == [(3072, 0), (3072, 255)]
    job = await strait.job(job_id)
    assert (job.state, job.options["mask_url"]) == (JobState.SUCCEEDED, asked)


async def test_a_mask_of_another_size_becomes_as_large_as_the_copy(strait: House) -> None:
    given = uri(drawn((96, 64)), "JPEG")
    await strait.ask(1, model=KONTEXT, options=Options({"maskUrl": given}))
    await strait.settle()
    (upload,) = strait.fal.ledger.uploads
    assert pixels(sent_mask(strait)).size == reopened(upload.content).size


@pytest.mark.parametrize("given", [uri(drawn((96, 64))), "https://stills.example/mask.png"])
async def test_a_mask_on_a_picture_that_is_sent_itself_stays_as_it_is(
    house: House, given: str
) -> None:
    await house.ask(1, model=KONTEXT, options=Options({"maskUrl": given}))
    await house.settle()
    assert sent_mask(house) == given


async def test_a_mask_that_cannot_be_read_costs_nothing(strait: House) -> None:
    cut = base64.b64encode(encoded(drawn(), "PNG")[:60]).decode()
    junk = Options({"maskUrl": f"data:image/png;base64,{cut}"})
    (job_id,) = await strait.ask(1, model=KONTEXT, options=junk)
    await strait.settle()
    job = await strait.job(job_id)
    assert (job.state, job.billed) == (JobState.FAILED, Billed.NO)
    assert job.failure_code is JobErrorCode.INVALID_INPUT
    assert "mask" in job.failure_message
    assert strait.fal.ledger.posts == []


async def test_lumenfall_gets_a_mask_of_the_copys_size_with_its_transparency(
    strait: House, lumenfall: LumenfallEmulator
) -> None:
    mask = uri(drawn(mode="RGBA"))
    await strait.ask(1, model=GEMINI, options=Options({"mask": mask}))
    await strait.settle()
    (post,) = lumenfall.made
    source, laid = (reopened(file.content) for file in post.files)
    assert (laid.format, laid.mode, laid.size) == ("PNG", "RGBA", source.size)
    assert laid.size == (96, 64)
    assert laid.getchannel("A").getcolors() == [(3072, 0), (3072, 255)]


async def test_a_mask_of_another_size_than_lumenfall_takes_is_refused_when_it_is_asked_for(
    strait: House, lumenfall: LumenfallEmulator
) -> None:
    wanted = shots(1, model=GEMINI, options=Options({"mask": uri(drawn((96, 64), "RGBA"))}))
    variations = strait.use_cases.variations
    for ask in (variations.rehearse, variations.request):
        with pytest.raises(Refused, match="192 x 128") as refused:
            await ask(strait.owner, strait.image_id, wanted)
        assert refused.value.code is UserErrorCode.INVALID_INPUT
        assert refused.value.field == ("options", "mask")
    assert await strait.all_jobs() == []
    assert lumenfall.posts == []
