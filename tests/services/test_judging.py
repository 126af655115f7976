"""What a model made is looked at before it is shown: doubts are told, and nothing is kept back."""

import asyncio
from base64 import b64encode
from typing import Any

import pytest

from graphapi.domain.images import AiStatus
from graphapi.domain.library import Image
from graphapi.domain.options import Options
from graphapi.domain.quality import QualityFlagKind
from graphapi.ports.pictures import Ingested
from graphapi.services.judging import Judging
from graphapi.services.keeping import Shelf
from graphapi.services.requests import PicturesWanted
from graphapi.storage.pictures import PillowPictures
from tests.emulators.fal import Outcome
from tests.services.house import House
from tests.storage.drawing import encoded, photograph


async def made(house: House, url: str) -> Image:
    """Ask for one variation, and let the provider answer with this picture."""
    house.fal.plan_all(Outcome(extra={"images": [{"url": url}]}))
    (job_id,) = await house.ask(1)
    await house.settle()
    return await house.image((await house.job(job_id)).image_id)


async def test_what_is_as_it_should_be_has_no_flags(house: House) -> None:
    await house.ask(2)
    await house.settle()
    assert [child.quality_flags for child in await house.children()] == [(), ()]


async def test_the_source_again_in_its_own_shape_is_flagged_and_completed(house: House) -> None:
    await house.ask(1)
    await house.settle()
    sent = house.fal.ledger.accepted[0].input
    assert sent is not None
    source_url = sent["image_urls"][0]
    copy = await made(house, source_url)
    assert copy.standing.ai_status is AiStatus.COMPLETED
    assert copy.picture is not None
    assert [flag.kind for flag in copy.quality_flags] == [
        QualityFlagKind.WRONG_RATIO,
        QualityFlagKind.COPY_OF_SOURCE,
    ]


@pytest.mark.parametrize("size", [{"width": 1600, "height": 900}, "landscape_16_9", None])
async def test_a_picture_of_another_shape_than_was_sent_is_flagged_whatever_sent_it(
    house: House, size: Any
) -> None:
    uri = "data:image/png;base64," + b64encode(encoded(photograph(90, 90), "PNG")).decode()
    house.fal.plan_all(Outcome(extra={"images": [{"url": uri}]}))
    options = Options({"imageSize": size} if size else {})
    asked = PicturesWanted("fal-ai/qwen-image", "A harbour.", options=options)
    made = await house.use_cases.picturing.request(house.owner, "generateImage", asked)
    await house.settle()
    (flag,) = (await house.image(made.images[0].id)).quality_flags
    assert flag.kind is QualityFlagKind.WRONG_RATIO
    assert "90 by 90 pixels" in flag.message


async def test_a_source_that_is_gone_from_storage_keeps_no_result_back(house: House) -> None:
    source = await house.image()
    assert source.picture is not None
    (job_id,) = await house.ask(1)
    await house.answer_bells()
    await house.base.storage.delete(list(source.picture.derivatives.values()))
    await house.settle()
    child = await house.image((await house.job(job_id)).image_id)
    assert (child.standing.ai_status, child.quality_flags) == (AiStatus.COMPLETED, ())


class Told(PillowPictures):
    """One worker for pixels, that tells of each picture it is done with."""

    def __init__(self, happened: list[str]) -> None:
        super().__init__(workers=1)
        self._happened = happened

    async def ingest(self, content: bytes) -> Ingested:
        """Ingest, and tell."""
        ingested = await super().ingest(content)
        self._happened.append("decoded")
        return ingested


async def test_the_first_picture_is_kept_before_the_last_one_is_decoded(house: House) -> None:
    happened: list[str] = []
    pictures = Told(happened)
    judging = Judging(house.base.database, Shelf(house.base.storage, pictures), house.base.models)
    content = encoded(photograph(1600, 900), "PNG")

    async def keep(job_id: str) -> None:
        await judging.keep(await house.job(job_id), content)
        happened.append("kept")

    await asyncio.gather(*map(keep, await house.ask(5)))
    pictures.close()
    assert happened.count("kept") == 5
    assert happened.index("kept") < 5
