"""Each sees only their own: to a stranger, what exists and what does not are alike."""

from typing import Any

import pytest

from tests.emulators.fal import FalEmulator
from tests.journeys import documents
from tests.journeys.client import Client
from tests.journeys.product import Product
from tests.journeys.stacks import on_embedded
from tests.journeys.stills import still

pytestmark = pytest.mark.slow

NOBODYS = "img_00000000000000000000000000"


async def test_a_token_from_the_command_line_works_at_once_and_a_stranger_reaches_nothing(
    product: Product, fal: FalEmulator
) -> None:
    printed = product.new_token("stranger")
    async with product.client() as owner, product.client(printed) as stranger:
        viewer = await stranger.ask(documents.VIEWER)
        assert viewer["name"] == "stranger"
        image = await owner.add_image(still(), title="Mine")
        scheduled = await owner.generate(image["id"], 2)
        children = [child["id"] for child in scheduled["variations"]]
        async with owner.watch(parentImageId=image["id"]) as watch:
            await watch.until_ended([image["id"], *children])
        before = await owner.image(image["id"])

        for image_id in (image["id"], children[0]):
            assert await _refusals(stranger, image_id) == await _refusals(stranger, NOBODYS)
        generation = scheduled["generation"]["id"]
        assert await stranger.ask(documents.GENERATION, id=generation) is None
        async with stranger.watch(generationId=generation) as watch:
            await watch.until(lambda: watch.ended)
            assert [error["extensions"]["code"] for error in watch.errors] == ["NOT_FOUND"]

        assert await owner.image(image["id"]) == before
        assert len(fal.ledger.posts) == 2
        listed = await stranger.ask(documents.IMAGES)
        assert listed["totalCount"] == 0


@on_embedded
async def test_a_stranger_who_watches_everything_hears_nothing_of_others(
    product: Product, fal: FalEmulator
) -> None:
    fal.seconds = 0.2
    token = product.new_token("stranger")
    async with product.client() as owner, product.client(token) as stranger:
        image = await owner.add_image(still())
        async with (
            stranger.watch() as theirs,
            stranger.subscribed(documents.WATCH_PROCESSING) as list_of_theirs,
            owner.watch(parentImageId=image["id"]) as watch,
        ):
            scheduled = await owner.generate(image["id"], 2)
            await watch.until_ended([child["id"] for child in scheduled["variations"]])
            own = await stranger.add_image(still(), analyze=True)
            await theirs.until_ended([own["id"]])
            assert {heard.image_id for heard in theirs.heard} == {own["id"]}
            listed = {each["id"] for value in list_of_theirs.lists for each in value}
            assert listed <= {own["id"]}


@on_embedded
async def test_without_a_token_or_with_a_wrong_one_nothing_is_open(product: Product) -> None:
    async with product.client("gapi_wrong") as wrong, product.client("") as nobody:
        for client in (wrong, nobody):
            answer = (await client.post(documents.IMAGES)).json()
            assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        prompts = await nobody.ask(
            documents.PREVIEW, modificationMode="SHOT_VARIATION", variationCount=2
        )
        assert len(prompts) == 2, "the preview needs no sign-in"


async def _refusals(client: Client, image_id: str) -> list[Any]:
    """Try everything on an image; answers what was said, without the paths that name nothing."""
    asked = {"modificationMode": "B_ROLL", "variationCount": 1}
    said = [
        await client.ask(documents.IMAGE, id=image_id),
        await client.ask(documents.NODE, id=image_id),
        await client.ask(documents.GENERATE, imageId=image_id, **asked),
        await client.ask(documents.ANALYSE, imageId=image_id),
        await client.ask(documents.UPDATE, id=image_id, input={"title": "Taken"}),
        await client.ask(documents.DELETE, ids=[image_id]),
        (await client.post(documents.PREVIEW_FOR_IMAGE, imageId=image_id, **asked)).json(),
    ]
    for filters in ({"imageIds": [image_id]}, {"parentImageId": image_id}):
        async with client.watch(**filters) as watch:
            await watch.until(lambda: watch.ended)
            said.append([(each["message"], each["extensions"]) for each in watch.errors])
    refused = said[2:6]
    assert [each["userErrors"][0]["code"] for each in refused] == ["NOT_FOUND"] * 4
    assert said[0] is said[1] is None
    return said
