"""A request with a key is done once, however often it is sent."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.api.house import CREATE, PICTURE, House, Person, open_house
from tests.emulators.serving import serve

VARY = """mutation (
  $id: ID!, $count: Int! = 2, $key: String, $detail: String, $expires: Int, $dry: Boolean
) {
  generateVariations(
    imageId: $id, variationCount: $count, modificationMode: SHOT_VARIATION
    variationDetail: $detail, expiresAfter: $expires, idempotencyKey: $key, dryRun: $dry
  ) {
    success userErrors { code message field }
    image { id } variations { id aiStatus } generation { id total }
  }
}"""
ANALYSE = """mutation ($id: ID!, $key: String, $count: Int = 0) {
  rerunSmartAnalysis(imageId: $id, idempotencyKey: $key, variationCount: $count) {
    success userErrors { code message field } image { id aiStatus variations { id } }
  }
}"""
BRING = CREATE.replace("$input: CreateImageInput!", "$input: CreateImageInput!, $key: String")
BRING = BRING.replace("input: $input)", "input: $input, idempotencyKey: $key)")
COUNT = "{ images { totalCount } }"


@pytest.fixture
async def either(tmp_path: Path, database: dict[str, str]) -> AsyncIterator[House]:
    """A house on each kind of database."""
    async with open_house(tmp_path, **database) as house:
        house.http.timeout = httpx.Timeout(30)  # on a busy machine the last of fifty waits long
        yield house


async def count(person: Person) -> int:
    return int((await person.read(COUNT))["totalCount"])


async def test_of_fifty_calls_at_once_with_one_key_one_makes_a_generation(either: House) -> None:
    ada = await either.person("ada")
    image_id = await ada.add()
    calls = [ada.read(VARY, id=image_id, key="once") for _ in range(50)]
    answers: list[Any] = await asyncio.gather(*calls)
    assert all(answer["success"] for answer in answers)
    assert len({answer["generation"]["id"] for answer in answers}) == 1
    assert len({each["id"] for answer in answers for each in answer["variations"]}) == 2
    assert await count(ada) == 3


async def test_a_key_is_known_after_a_restart(tmp_path: Path, database: dict[str, str]) -> None:
    async with open_house(tmp_path, **database) as house:
        ada = await house.person("ada")
        image_id = await ada.add()
        first = await ada.read(VARY, id=image_id, key="k")
    async with open_house(tmp_path, **database) as house:
        again = await Person(house.http, ada.token).read(VARY, id=image_id, key=" k ")
    assert again["generation"] == first["generation"]


async def test_a_key_with_other_arguments_is_a_conflict_that_changes_nothing(
    ada: Person,
) -> None:
    image_id = await ada.add()
    await ada.read(VARY, id=image_id, key="k")
    before = await count(ada)
    for other in ({"count": 3}, {"detail": "at night"}, {"expires": 60}):
        error = await ada.user_error(VARY, id=image_id, key="k", **other)
        assert (error["code"], error["field"]) == ("IDEMPOTENCY_CONFLICT", ["idempotencyKey"])
    error = await ada.user_error(ANALYSE, id=image_id, key="k")
    assert error["code"] == "IDEMPOTENCY_CONFLICT"
    assert await count(ada) == before


async def test_a_second_answer_tells_how_things_stand_by_then(ada: Person) -> None:
    image_id = await ada.add()
    first = await ada.read(VARY, id=image_id, key="k")
    gone, kept = (each["id"] for each in first["variations"])
    await ada.read("mutation ($ids: [ID!]!) { deleteImages(ids: $ids) { success } }", ids=[gone])
    again = await ada.read(VARY, id=image_id, key="k")
    assert [each["id"] for each in again["variations"]] == [kept]
    await ada.read(
        "mutation ($ids: [ID!]!) { deleteImages(ids: $ids) { success } }", ids=[image_id]
    )
    late = await ada.read(VARY, id=image_id, key="k")
    assert (late["success"], late["image"]) == (True, None)
    assert late["generation"]["id"] == first["generation"]["id"]


async def test_each_person_has_keys_of_their_own(ada: Person, bob: Person) -> None:
    mine, theirs = await ada.add(), await bob.add()
    first = await ada.read(VARY, id=mine, key="k")
    other = await bob.read(VARY, id=theirs, key="k")
    assert other["success"]
    assert first["generation"]["id"] != other["generation"]["id"]


async def test_without_a_key_each_call_is_a_new_one(ada: Person) -> None:
    image_id = await ada.add()
    one, two = [await ada.read(VARY, id=image_id) for _ in range(2)]
    assert one["generation"]["id"] != two["generation"]["id"]


@pytest.mark.parametrize("key", ["", "   ", "x" * 201])
async def test_a_blank_or_endless_key_is_refused(ada: Person, key: str) -> None:
    error = await ada.user_error(VARY, id=await ada.add(), key=key)
    assert (error["code"], error["field"]) == ("INVALID_INPUT", ["idempotencyKey"])


@pytest.mark.parametrize("key", ["", "   ", "x" * 201])
async def test_a_dry_run_is_refused_for_its_key_as_the_run_is(ada: Person, key: str) -> None:
    image_id = await ada.add()
    dry = await ada.user_error(VARY, id=image_id, key=key, dry=True)
    assert dry == await ada.user_error(VARY, id=image_id, key=key)


async def test_a_dry_run_meets_the_conflict_of_its_key_and_stores_nothing(either: House) -> None:
    ada = await either.person("ada")
    image_id = await ada.add()
    # Tried first, the key is as unused as before: it may be tried, and used, for something else.
    assert (await ada.read(VARY, id=image_id, key="k", count=3, dry=True))["success"]
    assert await count(ada) == 1
    assert (await ada.read(VARY, id=image_id, key="k"))["success"]
    dry = await ada.user_error(VARY, id=image_id, key="k", count=3, dry=True)
    assert (dry["code"], dry["field"]) == ("IDEMPOTENCY_CONFLICT", ["idempotencyKey"])
    assert dry == await ada.user_error(VARY, id=image_id, key="k", count=3)
    assert (await ada.read(VARY, id=image_id, key="k", dry=True))["variations"] == []
    assert await count(ada) == 3


async def test_a_refused_call_leaves_its_key_unused(ada: Person) -> None:
    image_id = await ada.add()
    await ada.user_error(VARY, id=image_id, count=13, key="k")
    assert (await ada.read(VARY, id=image_id, key="k"))["success"]


async def test_an_analysis_with_a_key_is_scheduled_once(either: House) -> None:
    ada = await either.person("ada")
    image_id = await ada.add()
    calls = [ada.read(ANALYSE, id=image_id, key="k", count=2) for _ in range(10)]
    answers: list[Any] = await asyncio.gather(*calls)
    assert {answer["image"]["id"] for answer in answers} == {image_id}
    assert await count(ada) == 3


async def test_an_image_with_a_key_is_fetched_and_made_once(tmp_path: Path) -> None:
    fetched = []

    async def picture(request: Request) -> Response:
        fetched.append(request.url.path)
        return Response(PICTURE, media_type="image/png")

    app = Starlette(routes=[Route("/{name}", picture)])
    async with serve(app) as web, open_house(tmp_path, trusted_origins=(web,)) as house:
        ada = await house.person("ada")
        wanted = {"imageUrl": f"{web}/still.png", "title": "Opening"}
        first = await ada.read(BRING, input=wanted, key="k")
        assert first["success"], first
        assert await ada.read(BRING, input=wanted, key="k") == first
        error = await ada.user_error(BRING, input=wanted | {"title": "Other"}, key="k")
        assert error["code"] == "IDEMPOTENCY_CONFLICT"
        assert len(fetched) == 1
        assert await count(ada) == 1


@pytest.mark.parametrize("seconds", [9, 86_401, 0, -1])
async def test_a_request_expires_within_ten_seconds_and_a_day(ada: Person, seconds: int) -> None:
    error = await ada.user_error(VARY, id=await ada.add(), expires=seconds)
    assert (error["code"], error["field"]) == ("COUNT_OUT_OF_RANGE", ["expiresAfter"])
