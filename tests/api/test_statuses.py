"""Following where images stand, over real sockets."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from tests.api.house import FAL, NOBODYS, House, Person
from tests.emulators.fal import FalEmulator
from tests.web.graphql_app import Client

EVENTS = """subscription ($images: [ID!], $parent: ID, $generation: ID) {
  aiStatusChanged(imageIds: $images, parentImageId: $parent, generationId: $generation) {
    image { id version imageUrl parentImage { id } variations { id aiStatus } }
    aiStatus version stage stageMessage progress queuePosition eta { earliest latest }
    error { code message retryable whoActs }
    generation { id total queued processing completed failed cancelled variations { id } }
    snapshot deleted cursor
  }
}"""
FINAL = ("COMPLETED", "FAILED")
PROCESSING = "subscription { processingImages { id version } }"


async def event(socket: Client) -> dict[str, Any]:
    """Receive the next event of a subscription."""
    message = await socket.receive()
    assert message["type"] == "next", message
    assert "errors" not in message["payload"], message
    (value,) = message["payload"]["data"].values()
    assert isinstance(value, dict)
    return value


async def until_final(socket: Client, count: int) -> dict[str, list[dict[str, Any]]]:
    """Receive events until so many images have ended; answers each image's events."""
    told: dict[str, list[dict[str, Any]]] = {}
    async with asyncio.timeout(20):
        while (
            sum(events[-1]["aiStatus"] in ("COMPLETED", "FAILED") for events in told.values())
            < count
        ):
            news = await event(socket)
            told.setdefault(news["image"]["id"], []).append(news)
    return told


async def test_a_batch_is_followed_from_placeholder_to_picture(ada: Person) -> None:
    image = await ada.add()
    async with ada.socket() as socket:
        await socket.subscribe(EVENTS, variables={"parent": image})
        first = await event(socket)
        assert (first["image"]["id"], first["snapshot"]) == (image, True)
        assert (first["aiStatus"], first["stage"]) == (None, "DONE")
        asked = await ada.vary(image, 3)
        told = await until_final(socket, 4)
    assert set(told) == {image, *(each["id"] for each in asked["variations"])}
    for events in told.values():
        versions = [news["version"] for news in events]
        assert versions == sorted(set(versions))
        assert events[-1]["aiStatus"] == "COMPLETED"
        assert events[-1]["stage"] == "DONE"
        assert events[-1]["image"]["imageUrl"]
        for news in events:
            assert news["version"] == news["image"]["version"]
            assert news["stageMessage"]
            assert news["cursor"]
            assert not news["deleted"]
            assert news["eta"] is None
            generation = news["generation"]
            parts = ("queued", "processing", "completed", "failed", "cancelled")
            assert sum(generation[part] for part in parts) == generation["total"] == 3
            assert len(generation["variations"]) == 3
    last = told[image][-1]
    assert [each["aiStatus"] for each in last["image"]["variations"]] == ["COMPLETED"] * 3


async def test_loaded_relations_are_fresh_in_every_event(ada: Person) -> None:
    image = await ada.add()
    async with ada.socket() as socket:
        await socket.subscribe(EVENTS, variables={"images": [image]})
        assert (await event(socket))["image"]["variations"] == []
        await ada.vary(image, 1)
        assert len((await event(socket))["image"]["variations"]) == 1


async def test_a_failure_is_pushed_with_its_remedy(studio: House, fal: FalEmulator) -> None:
    ada = await studio.person("ada")
    image = await ada.add()
    fal.seconds = 0
    fal.locked = True
    asked = await ada.vary(image, 1, model=FAL)
    async with ada.socket() as socket:
        await socket.subscribe(EVENTS, variables={"generation": asked["generation"]["id"]})
        told = await until_final(socket, 1)
    last = told[asked["variations"][0]["id"]][-1]
    assert (last["aiStatus"], last["stage"]) == ("FAILED", "FAILED")
    assert last["error"]["code"] == "INSUFFICIENT_BALANCE"
    assert last["error"]["whoActs"] == "the operator of this server"
    assert last["generation"]["failed"] == 1
    assert last["image"]["parentImage"] == {"id": image}


async def test_without_a_filter_work_in_flight_is_followed_and_work_that_starts_later(
    studio: House,
) -> None:
    ada = await studio.person("ada")
    image, _idle = await ada.add(), await ada.add()
    asked = await ada.vary(image, 1, model=FAL)
    async with ada.socket() as socket:
        await socket.subscribe(EVENTS)
        snapshot = [await event(socket), await event(socket)]
        assert {news["image"]["id"] for news in snapshot} == {image, asked["variations"][0]["id"]}
        assert all(news["snapshot"] for news in snapshot)
        later = await ada.add()
        await ada.vary(later, 1, model=FAL)
        async with asyncio.timeout(5):
            while (news := await event(socket))["image"]["id"] != later:
                pass
        assert not news["snapshot"]


async def test_a_removed_image_is_told_once_more(studio: House) -> None:
    ada = await studio.person("ada")
    image = await ada.add()
    async with ada.socket() as socket:
        await socket.subscribe(EVENTS, variables={"images": [image]})
        assert not (await event(socket))["deleted"]
        await ada.read("mutation ($id: ID!) { deleteImages(ids: [$id]) { success } }", id=image)
        assert (await event(socket))["deleted"]


@pytest.mark.parametrize("name", ["images", "parent", "generation"])
async def test_whatever_is_not_ones_own_ends_with_not_found(studio: House, name: str) -> None:
    ada, bob = await studio.person("ada"), await studio.person("bob")
    image = await bob.add()
    asked = await bob.vary(image, model=FAL)
    foreign = asked["generation"]["id"] if name == "generation" else image
    told = []
    async with ada.socket() as socket:
        for number, each in enumerate((foreign, *NOBODYS)):
            named = [await ada.add(), each] if name == "images" else each
            await socket.subscribe(EVENTS, id=str(number), variables={name: named})
            message = await socket.receive()
            assert message["id"] == str(number)
            (error,) = message["payload"]["errors"]
            told.append(error)
            assert await socket.receive() == {"id": str(number), "type": "complete"}
    assert all(error == told[0] for error in told)
    assert told[0]["extensions"]["code"] == "NOT_FOUND"


async def test_nobody_is_told_of_another_persons_work(studio: House) -> None:
    ada, bob = await studio.person("ada"), await studio.person("bob")
    image = await ada.add()
    async with ada.socket() as socket:
        await socket.subscribe(EVENTS)
        await socket.subscribe(PROCESSING, id="2")
        assert await socket.receive() == {
            "id": "2",
            "type": "next",
            "payload": {"data": {"processingImages": []}},
        }
        await bob.vary(await bob.add(), 2, model=FAL)
        await ada.vary(image, 1, model=FAL)
        own = {each["id"] for each in await ada.read("{ getProcessingImages { id } }")}
        told: set[str] = set()
        while told != own:
            message = await socket.receive()
            data = message["payload"]["data"]
            if message["id"] == "1":
                told.add(data["aiStatusChanged"]["image"]["id"])
                assert told <= own
            else:
                assert {each["id"] for each in data["processingImages"]} <= own


async def test_the_list_of_work_in_flight_is_live(ada: Person) -> None:
    image = await ada.add()
    async with ada.socket() as socket:
        await socket.subscribe(PROCESSING)
        lists = [await _list(socket)]
        assert lists == [[]]
        asked = await ada.vary(image, 2)
        async with asyncio.timeout(20):
            while len(lists) < 2 or lists[-1]:
                lists.append(await _list(socket))
    assert lists[1]
    order = [*(each["id"] for each in reversed(asked["variations"])), image]
    for before, after in pairwise(lists):
        assert before != after, "a list was told twice"
        listed = [each["id"] for each in after]
        assert listed == [each for each in order if each in listed]


async def _list(socket: Client) -> list[dict[str, Any]]:
    message = await socket.receive()
    found = message["payload"]["data"]["processingImages"]
    assert isinstance(found, list)
    return found
