"""Smart analysis, asked again."""

from typing import Any

import pytest

from tests.api.house import NOBODYS, House, Person, until_done

RERUN = """mutation (
  $id: ID!, $storageId: ID, $imageUrl: String, $title: String, $tags: [String!], $group: String,
  $sref: String, $count: Int = 0, $mode: ModificationMode, $overwrite: Boolean
) {
  rerunSmartAnalysis(
    imageId: $id, storageId: $storageId, imageUrl: $imageUrl, title: $title, tags: $tags,
    group: $group, sref: $sref, variationCount: $count, modificationMode: $mode,
    overwriteEdits: $overwrite
  ) {
    success userErrors { code message field }
    image { id aiStatus title tags group sref variations { aiStatus modificationMode } }
  }
}"""
STATE = """query ($id: ID!) { image(id: $id) {
  aiStatus title description tags colors category group sref variations { aiStatus }
} }"""


async def finished(person: Person, image_id: str) -> Any:
    """Wait until nothing is under way; answers an image."""
    await until_done(person)
    return await person.read(STATE, id=image_id)


async def test_an_analysis_is_under_way_in_the_very_answer_and_then_describes(ada: Person) -> None:
    image = await ada.add(title="Mine")
    payload = await ada.read(RERUN, id=image)
    assert payload["success"]
    assert payload["userErrors"] == []
    assert payload["image"]["aiStatus"] == "PROCESSING"
    described = await finished(ada, image)
    assert described["aiStatus"] == "COMPLETED"
    assert described["description"]
    assert described["tags"]
    assert len(described["colors"]) == 5
    assert described["title"] == "Mine"


async def test_context_is_told_to_the_model_and_overrides_are_kept(ada: Person) -> None:
    image = await ada.add()
    asked = {"title": "A title", "tags": ["one"], "group": " Film ", "sref": "ref-1"}
    payload = await ada.read(RERUN, id=image, **asked)
    now = payload["image"]
    assert (now["title"], now["tags"]) == (None, [])
    assert (now["group"], now["sref"]) == ("Film", "ref-1")
    described = await finished(ada, image)
    assert (described["group"], described["sref"]) == ("Film", "ref-1")


async def test_a_persons_words_stay_unless_overwriting_is_asked_for(ada: Person) -> None:
    image = await ada.add(description="My own words.")
    await ada.read(RERUN, id=image)
    assert (await finished(ada, image))["description"] == "My own words."
    await ada.read(RERUN, id=image, overwrite=True)
    assert (await finished(ada, image))["description"] != "My own words."


async def test_variations_that_follow_exist_at_once_and_are_made_afterwards(ada: Person) -> None:
    image = await ada.add()
    payload = await ada.read(RERUN, id=image, count=2, mode="B_ROLL")
    children = payload["image"]["variations"]
    assert children == [{"aiStatus": "QUEUED", "modificationMode": "B_ROLL"}] * 2
    done = await finished(ada, image)
    assert done["variations"] == [{"aiStatus": "COMPLETED"}] * 2


@pytest.mark.parametrize(
    ("wanted", "code", "field"),
    [
        ({"count": -1}, "COUNT_OUT_OF_RANGE", "variationCount"),
        ({"count": 13}, "COUNT_OUT_OF_RANGE", "variationCount"),
        ({"storageId": "pic_00000000000000000000000000"}, "NOT_FOUND", "storageId"),
        ({"imageUrl": "http://127.0.0.1:1/a.png"}, "SOURCE_UNREACHABLE", "imageUrl"),
        ({"imageUrl": "not an address"}, "SOURCE_UNREACHABLE", "imageUrl"),
        ({"group": "x" * 81}, "INVALID_INPUT", "group"),
        ({"sref": "x" * 501}, "INVALID_INPUT", "sref"),
        ({"title": "x" * 201}, "INVALID_INPUT", "title"),
        ({"tags": ["x" * 61]}, "INVALID_INPUT", "tags.0"),
    ],
)
async def test_what_cannot_be_analysed_is_refused_and_nothing_changes(
    ada: Person, wanted: dict[str, Any], code: str, field: str
) -> None:
    image = await ada.add()
    before = await ada.read(STATE, id=image)
    error = await ada.user_error(RERUN, id=image, **wanted)
    assert (error["code"], error["field"]) == (code, field.split("."))
    assert await ada.read(STATE, id=image) == before


async def test_an_image_without_a_picture_needs_one_to_look_at(house: House, ada: Person) -> None:
    image = await ada.add()
    house.alter("UPDATE images SET storage_id = NULL WHERE id = ?", image)
    error = await ada.user_error(RERUN, id=image)
    assert (error["code"], error["field"]) == ("SOURCE_MISSING", ["imageId"])
    assert (await ada.read(RERUN, id=image, storageId=await ada.upload()))["success"]
    assert (await finished(ada, image))["aiStatus"] == "COMPLETED"


async def test_another_persons_image_or_picture_is_as_good_as_none(
    ada: Person, bob: Person
) -> None:
    own, foreign, picture = await ada.add(), await bob.add(), await bob.upload()
    before = await bob.read(STATE, id=foreign)
    answers = [await ada.ask(RERUN, id=each) for each in (foreign, *NOBODYS)]
    assert all(answer == answers[0] for answer in answers)
    assert (await ada.user_error(RERUN, id=foreign))["code"] == "NOT_FOUND"
    pictures = [await ada.ask(RERUN, id=own, storageId=each) for each in (picture, *NOBODYS)]
    assert all(answer == pictures[0] for answer in pictures)
    assert (await ada.user_error(RERUN, id=own, storageId=picture))["field"] == ["storageId"]
    assert await bob.read(STATE, id=foreign) == before
