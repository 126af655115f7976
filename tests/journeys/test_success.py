"""The main job, from an upload to twelve finished variations, by push alone."""

import pytest

from tests.emulators.fal import FalEmulator
from tests.journeys import documents
from tests.journeys.judging import assert_all_ended, assert_paid_once
from tests.journeys.product import Product
from tests.journeys.stills import RATIOS, size_of, still


async def test_a_still_is_described_and_twelve_variations_arrive_by_push_alone(
    product: Product, fal: FalEmulator
) -> None:
    fal.seconds = 0.3
    async with product.client() as client, client.watch() as everything:
        storage_id = await client.upload(still())
        created = await client.do(documents.CREATE, input={"storageId": storage_id})
        source = created["image"]
        assert source["aiStatus"] == "PROCESSING"
        await everything.until_ended([source["id"]])
        described = await client.image(source["id"])
        assert (described["aiStatus"], described["title"]) == ("COMPLETED", "Suited up")
        assert len(described["colors"]) == 5

        asked = {"modificationMode": "SHOT_VARIATION", "variationDetail": "at night, in the rain"}
        preview = await client.ask(
            documents.PREVIEW_FOR_IMAGE, imageId=source["id"], variationCount=12, **asked
        )
        async with (
            client.watch(parentImageId=source["id"]) as watch,
            client.subscribed(documents.WATCH_PROCESSING) as live,
        ):
            scheduled = await client.generate(source["id"], 12, aspectRatio="RATIO_9_16", **asked)
            children = [child["id"] for child in scheduled["variations"]]
            assert scheduled["image"]["aiStatus"] == "PROCESSING"
            assert [child["prompt"] for child in scheduled["variations"]] == preview
            assert scheduled["generation"]["total"] == len(set(children)) == 12

            await watch.until_ended(children)
            assert set(watch.statuses(children)) == {"COMPLETED"}
            await everything.until(lambda: everything.status(source["id"]) == "COMPLETED")
            await live.until(lambda: live.lists[-1] == [])

        assert everything.latest[source["id"]]["generation"]["completed"] == 12
        assert await client.ask(documents.PROCESSING) == []
        finished = await client.image(source["id"])
        assert len(finished["variations"]) == 12
        for child in finished["variations"]:
            picture = await client.http.get(child["imageUrl"])
            width, height = size_of(picture.content)
            assert (width, height) == (child["width"], child["height"])
            assert width / height == pytest.approx(RATIOS["RATIO_9_16"], rel=0.03)
            small = await client.http.get(child["smallUrl"])
            assert small.headers["content-type"].startswith("image/")
            assert (child["parentImageId"], child["sourceType"]) == (source["id"], "AI")
        sent = [post.input["prompt"] for post in fal.ledger.accepted if post.input]
        assert sorted(sent) == sorted(preview)
    await assert_all_ended(product)
    await assert_paid_once(product, fal)
