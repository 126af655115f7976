"""By which route a source gets to its provider: none twice, none too large, nothing kept twice."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import Picture
from graphapi.domain.jobs import Billed, JobState
from graphapi.domain.library import Image
from graphapi.domain.options import Handling
from graphapi.ports.doorbell import Bell, Step
from graphapi.services.histories import Histories
from graphapi.services.requests import NewImage, PicturesWanted
from graphapi.storage.links import SignedLinks
from tests.emulators.fal import FalEmulator, Fault, Operation
from tests.emulators.lumenfall import LumenfallEmulator, running
from tests.emulators.openrouter.emulator import OpenRouterEmulator
from tests.services.house import House, house_at, shots
from tests.storage.drawing import encoded, photograph, reopened

FAL, QWEN, GEMINI = "fal-ai/nano-banana-pro/edit", "fal-ai/qwen-image-edit", "gemini-3-pro-image"
# The house's still has 192 x 128 pixels.
ROWS = f"""
[[model]]
id = "{FAL}"
source = {{ longest_side = 96, basis = "These tests." }}

[[model]]
id = "{QWEN}"
source = {{ most_pixels = 6000, basis = "These tests." }}

[[model]]
id = "{GEMINI}"
source = {{ longest_side = 96, basis = "These tests." }}
"""
COPY = "within-0-96-0.jpg"
SMALL = encoded(photograph(64, 48), "JPEG")


def narrow(folder: Path, fal: tuple[FalEmulator, str], **settings: Any) -> dict[str, Any]:
    """Make the settings of a house whose models take small pictures."""
    (folder / "models.toml").write_text(ROWS)
    at = {"fal_key": fal[0].key, "fal_queue_url": fal[1], "fal_rest_url": fal[1]}
    own = {"models_file": folder / "models.toml", "trusted_origins": fal[1]}
    return {**at, **own, **settings}


@pytest.fixture
async def strait(
    database_url: str, tmp_path: Path, fal: tuple[FalEmulator, str]
) -> AsyncIterator[House]:
    """A house whose models take small pictures."""
    settings = narrow(tmp_path, fal)
    async with house_at(database_url, tmp_path, fal[0], OpenRouterEmulator(), **settings) as opened:
        yield opened


async def bring(house: House, content: bytes) -> Image:
    """Put another picture into the library."""
    storage_id = await house.use_cases.uploads.receive(house.owner.id, content)
    new = NewImage(storage_id=storage_id, analyze=False)
    image = await house.use_cases.images.create(house.owner, new)
    assert image is not None
    return image


async def still(house: House) -> Picture:
    picture = (await house.image()).picture
    assert picture is not None
    return picture


def beside(picture: Picture, name: str) -> str:
    return f"{picture.key.rpartition('/')[0]}/{name}"


async def test_one_copy_and_one_upload_serve_twelve_and_the_original_stays(strait: House) -> None:
    picture = await still(strait)
    before = await strait.base.storage.get(picture.key)
    await strait.ask(12)
    await strait.settle()
    (upload,) = strait.fal.ledger.uploads
    copy = reopened(upload.content)
    assert (copy.format, copy.size, upload.content_type) == ("JPEG", (96, 64), "image/jpeg")
    sent = [(post.input or {})["image_urls"] for post in strait.fal.ledger.accepted]
    assert sent == [[upload.url]] * 12
    assert set(await strait.states()) == {JobState.SUCCEEDED}
    assert await strait.base.storage.get(picture.key) == before
    assert await strait.base.storage.get(beside(picture, COPY)) == upload.content
    assert await still(strait) == picture


async def test_a_copy_is_made_once_and_hosted_under_its_own_hash(strait: House) -> None:
    picture = await still(strait)
    await strait.ask(1)
    await strait.settle()
    await strait.ask(1)
    await strait.settle()
    assert len(strait.fal.ledger.uploads) == 1
    # What is hosted is too old now; only the copy can be sent again, since all else is gone.
    strait.clock.turn(hours=23.5)
    await strait.base.storage.delete([picture.key])
    await strait.ask(1)
    await strait.settle()
    first, again = strait.fal.ledger.uploads
    assert first.content == again.content
    assert hashlib.sha256(first.content).hexdigest() != picture.sha256


async def test_a_copy_is_told_before_and_after(strait: House) -> None:
    rehearsed = await strait.use_cases.variations.rehearse(strait.owner, strait.image_id, shots(1))
    preview = await strait.use_cases.variations.quote_for_image(
        strait.owner, strait.image_id, shots(1)
    )
    (job_id,) = await strait.ask(1)
    child = (await strait.job(job_id)).image_id
    stored = await strait.use_cases.images.normalised(strait.owner, [child])
    picture = await still(strait)
    for notes in (rehearsed.quote.notes[0], preview.notes[0], stored[child]):
        (note,) = [note for note in notes if note.parameter == "sources.0"]
        assert note.asked == {"width": 192, "height": 128, "bytes": picture.byte_count}
        assert (note.sent, note.sent_as) == ({"longestSide": 96}, "image_urls")
        assert note.handling is Handling.CLAMPED
    assert "image_urls" not in (await strait.job(job_id)).options


async def test_of_several_inputs_only_what_is_too_large_is_copied(strait: House) -> None:
    small = await bring(strait, SMALL)
    wanted = PicturesWanted(FAL, "Both.", image_ids=(small.id, strait.image_id))
    made = await strait.use_cases.picturing.request(strait.owner, "editImage", wanted)
    told = [note.parameter for note in made.quote.notes[0] if note.parameter.startswith("sources")]
    assert told == ["sources.1"]
    await strait.settle()
    sizes = {upload.url: reopened(upload.content).size for upload in strait.fal.ledger.uploads}
    (post,) = strait.fal.ledger.accepted
    assert [sizes[url] for url in (post.input or {})["image_urls"]] == [(64, 48), (96, 64)]


async def test_two_models_get_what_each_of_them_takes(strait: House) -> None:
    (one,) = await strait.ask(1)
    (other,) = await strait.ask(1, model=QWEN)
    await strait.perform(Bell(Step.PREPARE, one))
    assert (await strait.job(other)).prepared_at is None
    await strait.settle()
    sizes = {upload.url: reopened(upload.content).size for upload in strait.fal.ledger.uploads}
    for job_id, size in ((one, (96, 64)), (other, (94, 63))):
        assert sizes[(await strait.job(job_id)).source_url] == size


async def test_an_address_of_a_copy_is_signed_and_lives_as_long_as_the_job(
    database_url: str, tmp_path: Path, fal: tuple[FalEmulator, str]
) -> None:
    settings = narrow(tmp_path, fal, public_url="https://films.example")
    async with house_at(database_url, tmp_path, fal[0], OpenRouterEmulator(), **settings) as house:
        (job_id,) = await house.ask(1)
        await house.perform(Bell(Step.PREPARE, job_id))
        job = await house.job(job_id)
        parts = urlsplit(job.source_url)
        key = parts.path.removeprefix("/media/")
        assert key == beside(await still(house), COPY)
        assert reopened(await house.base.storage.get(key)).size == (96, 64)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        links = house.base.links
        assert isinstance(links, SignedLinks)
        house.clock.turn(seconds=(job.deadline_at - house.clock.now()).total_seconds() - 1)
        assert links.check_media(key, query["expires"], query["signature"])
        house.clock.turn(seconds=timedelta(hours=2).total_seconds())
        assert not links.check_media(key, query["expires"], query["signature"])
    assert fal[0].ledger.uploads == []


async def test_what_travels_as_bytes_is_copied_too(
    database_url: str, tmp_path: Path, fal: tuple[FalEmulator, str]
) -> None:
    lumenfall = LumenfallEmulator(shrink=8)
    async with running(lumenfall) as url:
        at = {"lumenfall_api_key": lumenfall.key, "lumenfall_url": url, "variation_model": GEMINI}
        async with house_at(
            database_url, tmp_path, fal[0], OpenRouterEmulator(), **narrow(tmp_path, fal, **at)
        ) as house:
            job_ids = await house.ask(2)
            await house.settle()
            key = beside(await still(house), COPY)
            assert {(await house.job(each)).source_url for each in job_ids} == {f"storage:{key}"}
            copy = await house.base.storage.get(key)
    assert [[file.content for file in post.files] for post in lumenfall.made] == [[copy]] * 2
    assert reopened(copy).size == (96, 64)


async def test_a_small_source_travels_inside_the_request_and_no_row_holds_it(house: House) -> None:
    small = await bring(house, SMALL)
    house.image_id = small.id
    job_ids = await house.ask(12)
    await house.settle()
    assert small.picture is not None
    content = await house.base.storage.get(small.picture.key)
    encoded_content = base64.b64encode(content).decode()
    sent = [(post.input or {})["image_urls"] for post in house.fal.ledger.accepted]
    assert sent == [[f"data:image/jpeg;base64,{encoded_content}"]] * 12
    assert house.fal.ledger.uploads == []
    assert set(await house.states()) == {JobState.SUCCEEDED}
    for job_id in job_ids:
        job = await house.job(job_id)
        assert job.source_url == f"storage:{small.picture.key}"
        assert encoded_content[:40] not in repr(job)
    shown = await Histories(house.database).columns(job_ids[0])
    assert encoded_content[:40] not in repr(shown)


async def test_small_sources_that_are_many_are_uploaded(house: House) -> None:
    images = [await bring(house, encoded(photograph(64 + each, 48), "JPEG")) for each in range(5)]
    wanted = PicturesWanted(FAL, "All.", image_ids=tuple(image.id for image in images))
    await house.use_cases.picturing.request(house.owner, "editImage", wanted)
    await house.settle()
    assert len(house.fal.ledger.uploads) == 5


async def several(house: House, count: int) -> str:
    """Ask for one picture made from several; answers its job's id."""
    images = [
        await bring(house, encoded(photograph(64 + each, 48), "JPEG")) for each in range(count)
    ]
    wanted = PicturesWanted(FAL, "All.", image_ids=tuple(image.id for image in images))
    made = await house.use_cases.picturing.request(house.owner, "editImage", wanted)
    return str((await house.job_of(made.images[0].id)).id)


async def test_four_sources_are_uploaded_side_by_side_and_stay_in_order(house: House) -> None:
    job_id = await several(house, 6)
    held = [house.hold(Operation.TOKEN) for _ in range(5)]
    preparing = asyncio.create_task(house.perform(Bell(Step.PREPARE, job_id)))
    async with asyncio.timeout(10):
        for each in held[:4]:
            await each.arrived.wait()
        assert not held[4].arrived.is_set()
        held[2].let_go.set()  # the third is done first
        await held[4].arrived.wait()
    for each in held:
        each.let_go.set()
    await preparing
    await house.settle()
    sizes = {each.url: reopened(each.content).size for each in house.fal.ledger.uploads}
    (post,) = house.fal.ledger.accepted
    sent = [sizes[url] for url in (post.input or {})["image_urls"]]
    assert sent == [(64 + each, 48) for each in range(6)]


async def test_the_same_picture_named_twice_is_uploaded_once(house: House) -> None:
    wanted = PicturesWanted(FAL, "Both.", image_ids=(house.image_id, house.image_id))
    await house.use_cases.picturing.request(house.owner, "editImage", wanted)
    await house.settle()
    (upload,) = house.fal.ledger.uploads
    (post,) = house.fal.ledger.accepted
    assert (post.input or {})["image_urls"] == [upload.url] * 2


async def test_an_upload_that_fails_costs_the_others_nothing(house: House) -> None:
    job_id = await several(house, 6)
    for operation in (Operation.TOKEN, Operation.INITIATE):
        house.fal.disturb(operation, Fault(status=503, body="down"))
    await house.perform(Bell(Step.PREPARE, job_id))
    before = [each.content for each in house.fal.ledger.uploads]
    job = await house.job(job_id)
    assert (job.prepared_at, job.tries) == (None, 1)
    assert 3 <= len(before) < 6
    house.clock.turn(seconds=2)
    await house.sweep()
    await house.settle()
    after = [each.content for each in house.fal.ledger.uploads]
    assert (after[: len(before)], len(set(after)), len(after)) == (before, 6, 6)
    assert await house.states() == [JobState.SUCCEEDED]


async def test_a_small_source_that_is_lost_ends_its_job_unspent(house: House) -> None:
    small = await bring(house, SMALL)
    house.image_id = small.id
    (job_id,) = await house.ask(1)
    await house.perform(Bell(Step.PREPARE, job_id))
    assert small.picture is not None
    await house.base.storage.delete([small.picture.key])
    await house.perform(Bell(Step.SUBMIT, job_id))
    job = await house.job(job_id)
    assert (job.state, job.billed) == (JobState.FAILED, Billed.NO)
    assert job.failure_code is JobErrorCode.SOURCE_MISSING
    assert house.fal.ledger.posts == []


async def test_a_source_that_cannot_be_copied_costs_nothing(strait: House) -> None:
    (job_id,) = await strait.ask(1)
    picture = await still(strait)
    await strait.base.storage.put(picture.key, b"no picture", "image/jpeg")
    for _ in range(4):
        await strait.perform(Bell(Step.PREPARE, job_id))
        strait.clock.turn(seconds=60)
    job = await strait.job(job_id)
    assert (job.state, job.billed) == (JobState.FAILED, Billed.NO)
    assert strait.fal.ledger.posts == []
