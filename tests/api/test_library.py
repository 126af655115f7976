"""Adding, editing and removing images."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from tests.api.house import CREATE, FAL, NOBODYS, PICTURE, House, Person, open_house
from tests.emulators.serving import serve

WHOLE = """{
  id title description imageUrl previewUrl smallUrl mediumUrl largeUrl storageId width height
  placeholder colors tags category group genre style shot projectName moodboardName source sref
  sourceType sourceUrl status aiStatus error { code } version parentImageId prompt provider model
  shotType aspectRatio modificationMode variationCount variationDetail
  providerMetadata { nsfw width height contentType seed description timings }
  createdAt updatedAt parentImage { id } variations { id } generation { id }
}"""
GET = f"query ($id: ID!) {{ image(id: $id) {WHOLE} }}"
UPDATE = f"""mutation ($id: ID!, $input: UpdateImageInput!) {{
  updateImage(id: $id, input: $input) {{
    success userErrors {{ code message field }} image {WHOLE}
  }}
}}"""
DELETE = """mutation ($ids: [ID!]!) {
  deleteImages(ids: $ids) { success userErrors { code message field } deletedIds }
}"""
TOTAL = "{ images { totalCount } }"
WORDS = {
    "title": "Barn",
    "tags": ["red", "dusk"],
    "category": "Landscape",
    "description": "A red barn.",
    "group": "Film",
    "projectName": "Dust",
    "moodboardName": "Looks",
    "source": "My camera",
    "sref": "ref-1",
}


async def test_an_upload_becomes_an_image_with_its_words_and_measures(ada: Person) -> None:
    storage_id = await ada.upload()
    created = await ada.read(CREATE, input={"storageId": storage_id, "analyze": False, **WORDS})
    assert created["success"]
    image = await ada.read(GET, id=created["image"]["id"])
    assert {name: image[name] for name in WORDS} == WORDS
    assert (image["width"], image["height"]) == (96, 64)
    assert (image["sourceType"], image["status"], image["aiStatus"]) == ("UPLOAD", "DRAFT", None)
    assert image["storageId"] == storage_id
    assert len(image["colors"]) == 5
    assert image["placeholder"]
    for name in ("prompt", "provider", "model", "providerMetadata", "parentImage", "generation"):
        assert image[name] is None
    assert image["variations"] == []
    assert image["createdAt"].endswith("Z")
    assert datetime.fromisoformat(image["createdAt"])


@pytest.mark.parametrize("size", ["imageUrl", "previewUrl", "smallUrl", "mediumUrl", "largeUrl"])
async def test_every_address_of_a_picture_leads_to_one(ada: Person, size: str) -> None:
    image = await ada.read(GET, id=await ada.add())
    path = image[size].partition("://")[2].partition("/")[2]
    answer = await ada.http.get(f"/{path}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("image/")


async def test_an_image_is_analysed_unless_told_not_to(ada: Person) -> None:
    payload = await ada.read(
        "mutation ($in: CreateImageInput!) { createImage(input: $in) { image { aiStatus } } }",
        **{"in": {"storageId": await ada.upload()}},
    )
    assert payload["image"]["aiStatus"] == "PROCESSING"


@pytest.fixture
async def web() -> AsyncIterator[str]:
    """A web server with a picture and a page."""

    async def picture(_request: object) -> Response:
        return Response(PICTURE, media_type="image/png")

    async def page(_request: object) -> Response:
        return Response("<p>no picture</p>", media_type="text/html")

    async with serve(Starlette(routes=[Route("/a.png", picture), Route("/page", page)])) as url:
        yield url


async def test_a_picture_given_by_address_is_fetched_and_kept(web: str, tmp_path: Any) -> None:
    async with open_house(tmp_path, trusted_origins=(web,)) as house:
        ada = await house.person("ada")
        created = await ada.read(CREATE, input={"imageUrl": f"{web}/a.png", "analyze": False})
        image = await ada.read(GET, id=created["image"]["id"])
        assert (image["sourceType"], image["sourceUrl"]) == ("URL", f"{web}/a.png")
        assert image["width"] == 96
        error = await ada.user_error(CREATE, input={"imageUrl": f"{web}/page"})
        assert (error["code"], error["field"]) == ("SOURCE_NOT_AN_IMAGE", ["input", "imageUrl"])
        assert await ada.read(TOTAL) == {"totalCount": 1}


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({}, "SOURCE_MISSING", ["input"]),
        ({"storageId": "x", "imageUrl": "https://example.com/a.png"}, "INVALID_INPUT", ["input"]),
        ({"storageId": "nonsense"}, "NOT_FOUND", ["input", "storageId"]),
        ({"imageUrl": "http://127.0.0.1:1/a"}, "SOURCE_UNREACHABLE", ["input", "imageUrl"]),
        ({"storageId": "x", "title": "x" * 201}, "INVALID_INPUT", ["input", "title"]),
        ({"storageId": "x", "projectName": "x" * 121}, "INVALID_INPUT", ["input", "projectName"]),
        ({"storageId": "x", "tags": ["x", "y" * 61]}, "INVALID_INPUT", ["input", "tags", "1"]),
        ({"storageId": "x", "tags": list(map(str, range(51)))}, "INVALID_INPUT", ["input", "tags"]),
    ],
)
async def test_what_cannot_be_added_is_refused_and_leaves_nothing(
    ada: Person, given: dict[str, Any], code: str, field: list[str]
) -> None:
    error = await ada.user_error(CREATE, input=given)
    assert (error["code"], error["field"]) == (code, field)
    assert await ada.read(TOTAL) == {"totalCount": 0}


async def test_another_persons_upload_is_as_good_as_none(ada: Person, bob: Person) -> None:
    ids = (await bob.upload(), *NOBODYS)
    answers = [await ada.ask(CREATE, input={"storageId": each}) for each in ids]
    assert all(answer == answers[0] for answer in answers)
    assert await ada.read(TOTAL) == {"totalCount": 0}


async def test_an_update_changes_what_is_given_clears_what_is_null_and_leaves_the_rest(
    ada: Person,
) -> None:
    image = await ada.add(**WORDS)
    before = await ada.read(GET, id=image)
    changes = {
        "title": "Silo",
        "tags": None,
        "source": None,
        "genre": " Western ",
        "status": "ACTIVE",
    }
    payload = await ada.read(UPDATE, id=image, input=changes)
    assert payload["success"]
    after = payload["image"]
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {*changes, "version", "updatedAt"}
    assert after["version"] > before["version"]
    assert (after["title"], after["tags"], after["source"]) == ("Silo", [], None)
    assert (after["genre"], after["status"]) == ("Western", "ACTIVE")
    assert await ada.read(GET, id=image) == after


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "x" * 201}, ["input", "title"]),
        ({"moodboardName": "x" * 121}, ["input", "moodboardName"]),
        ({"tags": ["x" * 61]}, ["input", "tags", "0"]),
        ({"title": "Fine", "status": None}, ["input", "status"]),
    ],
)
async def test_an_update_that_cannot_be_is_refused_whole(
    ada: Person, changes: dict[str, Any], field: list[str]
) -> None:
    image = await ada.add(**WORDS)
    before = await ada.read(GET, id=image)
    error = await ada.user_error(UPDATE, id=image, input=changes)
    assert (error["code"], error["field"]) == ("INVALID_INPUT", field)
    assert await ada.read(GET, id=image) == before


async def test_an_update_that_says_nothing_changes_nothing(ada: Person) -> None:
    image = await ada.add(**WORDS)
    before = await ada.read(GET, id=image)
    payload = await ada.read(UPDATE, id=image, input={})
    assert payload == {"success": True, "userErrors": [], "image": before}
    assert await ada.read(GET, id=image) == before
    error = await ada.user_error(UPDATE, id="nonsense", input={})
    assert error["code"] == "NOT_FOUND"


async def test_removed_images_are_gone_and_their_variations_stay(studio: House) -> None:
    ada = await studio.person("ada")
    image, other = await ada.add(), await ada.add()
    asked = await ada.vary(image, 1, model=FAL)
    payload = await ada.read(DELETE, ids=[image, other, image])
    assert payload == {"success": True, "userErrors": [], "deletedIds": [image, other]}
    assert await ada.read(GET, id=image) is None
    (child,) = asked["variations"]
    left = await ada.read(GET, id=child["id"])
    assert (left["parentImageId"], left["parentImage"]) == (image, None)
    assert await ada.read(TOTAL) == {"totalCount": 1}


async def test_a_generation_keeps_its_source_when_the_source_is_removed(studio: House) -> None:
    ada = await studio.person("ada")
    image = await ada.add(title="Barn")
    asked = await ada.vary(image, 1, model=FAL)
    await ada.read(DELETE, ids=[image])
    generation = await ada.read(
        "query ($id: ID!) { generation(id: $id) { image { id title } variations { id } } }",
        id=asked["generation"]["id"],
    )
    assert generation["image"] == {"id": image, "title": "Barn"}
    assert [each["id"] for each in generation["variations"]] == [asked["variations"][0]["id"]]


async def test_removing_is_all_or_nothing(ada: Person) -> None:
    image = await ada.add()
    error = await ada.user_error(DELETE, ids=[image, "nonsense"])
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["ids", "1"])
    assert await ada.read(TOTAL) == {"totalCount": 1}


async def test_another_persons_image_can_be_neither_changed_nor_removed(
    ada: Person, bob: Person
) -> None:
    image = await bob.add(title="Bob's")
    before = await bob.read(GET, id=image)
    for document, arguments in (
        (UPDATE, lambda each: {"id": each, "input": {"title": "Mine"}}),
        (DELETE, lambda each: {"ids": [each]}),
    ):
        answers = [await ada.ask(document, **arguments(each)) for each in (image, *NOBODYS)]
        assert all(answer == answers[0] for answer in answers)
        error = await ada.user_error(document, **arguments(image))
        assert error["code"] == "NOT_FOUND"
    assert await bob.read(GET, id=image) == before
