"""Images in one's own words: imagined, then put together, and followed by push alone."""

import pytest

from tests.emulators.fal import FalEmulator
from tests.journeys import documents
from tests.journeys.judging import assert_all_ended, assert_paid_once
from tests.journeys.product import Product
from tests.journeys.stills import size_of, still


async def test_an_imagined_set_and_a_still_of_ones_own_become_one_picture(
    product: Product, fal: FalEmulator
) -> None:
    fal.seconds = 0.3
    prompt = "A fishing harbour at dawn, in fog."
    async with product.client() as client, client.watch() as everything:
        own = await client.add_image(still(), analyze=False)
        imagined = await client.do(
            documents.IMAGINE,
            model="fal-ai/nano-banana-pro",
            prompt=prompt,
            numImages=2,
            aspectRatio="21:9",
        )
        sets = [image["id"] for image in imagined["images"]]
        async with client.watch(generationId=imagined["generation"]["id"]) as watch:
            await watch.until_ended(sets)
            assert set(watch.statuses(sets)) == {"COMPLETED"}
        composed = await client.do(
            documents.COMPOSE,
            imageIds=[own["id"], sets[0]],
            roles=[None, "the set"],
            model="fal-ai/nano-banana-pro/edit",
            prompt="The cat of image 1 sits on the quay.",
        )
        (final,) = [image["id"] for image in composed["images"]]
        await everything.until_ended([final])
        assert everything.status(final) == "COMPLETED"
        assert everything.latest[final]["generation"]["completed"] == 1

        harbour, picture = await client.image(sets[0]), await client.image(final)
        assert (harbour["prompt"], harbour["parentImageId"]) == (prompt, None)
        assert harbour["width"] / harbour["height"] == pytest.approx(21 / 9, rel=0.03)
        assert picture["prompt"] == "Image 2 is the set.\n\nThe cat of image 1 sits on the quay."
        assert picture["parentImageId"] == own["id"]
        for image in (harbour, picture):
            content = (await client.http.get(image["imageUrl"])).content
            assert size_of(content) == (image["width"], image["height"])
        assert await client.ask(documents.PROCESSING) == []
    assert len(fal.ledger.accepted) == 2  # both sets in one request, and what was composed
    assert len(fal.ledger.uploads) == 2
    await assert_all_ended(product)
    await assert_paid_once(product, fal)
