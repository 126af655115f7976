"""Images in one's own words, as a program asks for them and follows them."""

from typing import Any

import pytest

from tests.api.house import FAL, NOBODYS, House, Person, until_done
from tests.api.lives import RETRY, until_ended
from tests.api.test_money import dump
from tests.api.test_statuses import EVENTS, event, until_final
from tests.emulators.fal import FalEmulator, model_failure

WORDS = "fal-ai/nano-banana-pro"
NOTE = "normalised { parameter asked sent handling reason }"
MADE = f"""success userErrors {{ code message field }}
images {{
  id aiStatus prompt parentImageId parentImage {{ id }} modificationMode aspectRatio
  sourceType price {{ amount }} {NOTE}
}}
generation {{ id total queued image {{ id }} inputs {{ role image {{ id }} }} variations {{ id }} }}
plan {{ price {{ amount }} items {{
  prompt provider model aspectRatio price {{ amount exactness }} {NOTE}
}} }}
price {{ amount }}"""
GENERATE = f"""mutation (
  $model: String! = "{WORDS}", $prompt: String! = "A harbour.", $count: Int, $ratio: String,
  $options: GenerationOptionsInput, $dryRun: Boolean, $after: Int, $key: String
) {{
  generateImage(
    model: $model, prompt: $prompt, numImages: $count, aspectRatio: $ratio, options: $options,
    dryRun: $dryRun, expiresAfter: $after, idempotencyKey: $key
  ) {{ {MADE} }}
}}"""
EDIT = f"""mutation (
  $ids: [ID!]!, $model: String! = "{FAL}", $prompt: String! = "Merge them.", $roles: [String],
  $count: Int, $ratio: String, $dryRun: Boolean
) {{
  editImage(
    imageIds: $ids, model: $model, prompt: $prompt, roles: $roles, numImages: $count,
    aspectRatio: $ratio, dryRun: $dryRun
  ) {{ {MADE} }}
}}"""
LIBRARY = """query ($status: AiStatus) { images(filter: { aiStatus: $status }) { nodes {
  id aspectRatio imageUrl price { amount } providerMetadata { contentType } attempts { state }
} } }"""


@pytest.fixture
async def ada(studio: House, fal: FalEmulator) -> Person:
    fal.seconds = 0
    return await studio.person("ada")


async def test_images_from_words_are_watched_by_their_generation_to_the_picture(
    ada: Person, fal: FalEmulator
) -> None:
    fal.seconds = 0.3
    asked = await ada.read(GENERATE, count=2, ratio="16:9", options={"resolution": "2K"})
    assert asked["success"], asked
    ids = [image["id"] for image in asked["images"]]
    for image in asked["images"]:
        assert (image["aiStatus"], image["sourceType"]) == ("QUEUED", "AI")
        assert (image["prompt"], image["aspectRatio"]) == ("A harbour.", "RATIO_16_9")
        assert image["parentImage"] is image["parentImageId"] is image["modificationMode"] is None
        assert image["price"]["amount"] == "0.15"
        told = {note["parameter"]: note for note in image["normalised"]}
        assert (told["numImages"]["asked"], told["numImages"]["sent"]) == (2, 2)
        assert told["resolution"]["sent"] == "2K"
    generation = asked["generation"]
    assert (generation["total"], generation["inputs"]) == (2, [])
    assert generation["image"] == {"id": ids[0]}
    assert [each["id"] for each in generation["variations"]] == ids
    async with ada.socket() as socket:
        await socket.subscribe(EVENTS, variables={"generation": generation["id"]})
        told_of = await until_final(socket, 2)
    assert told_of.keys() == set(ids)
    for events in told_of.values():
        versions = [news["version"] for news in events]
        assert versions == sorted(set(versions))
        assert (events[-1]["aiStatus"], events[-1]["generation"]["total"]) == ("COMPLETED", 2)
    done = (await ada.read(LIBRARY, status="COMPLETED"))["nodes"]
    assert {image["id"] for image in done} == set(ids)
    assert all(image["imageUrl"] and image["attempts"] for image in done)


async def test_whoever_follows_work_in_flight_sees_images_from_words_begin(ada: Person) -> None:
    async with ada.socket() as socket:
        await socket.subscribe(EVENTS)
        asked = await ada.read(GENERATE)
        news = await event(socket)
    assert news["image"]["id"] == asked["images"][0]["id"]


async def test_an_edit_of_several_images_tells_what_each_was(ada: Person, fal: FalEmulator) -> None:
    ids = [await ada.add(title="Ann"), await ada.add(title="Coat"), await ada.add()]
    asked = await ada.read(EDIT, ids=ids, roles=["the actress", None, "the set"], ratio="21:9")
    assert asked["success"], asked
    prompt = "Image 1 is the actress. Image 3 is the set.\n\nMerge them."
    (image,) = asked["images"]
    assert (image["parentImage"], image["aspectRatio"]) == ({"id": ids[0]}, None)
    assert image["prompt"] == prompt == asked["plan"]["items"][0]["prompt"]
    assert asked["plan"]["items"][0]["aspectRatio"] == "21:9"
    assert asked["generation"]["image"] == {"id": ids[0]}
    assert asked["generation"]["inputs"] == [
        {"role": "the actress", "image": {"id": ids[0]}},
        {"role": None, "image": {"id": ids[1]}},
        {"role": "the set", "image": {"id": ids[2]}},
    ]
    await until_done(ada)
    (post,) = fal.ledger.accepted
    assert (post.input or {})["prompt"] == prompt
    assert len((post.input or {})["image_urls"]) == 3


async def test_a_dry_run_answers_plan_and_price_and_leaves_no_trace(
    studio: House, ada: Person
) -> None:
    image_id = await ada.add()
    before = dump(studio)
    imagined = await ada.read(GENERATE, count=3, dryRun=True)
    edited = await ada.read(EDIT, ids=[image_id], roles=["the set"], dryRun=True)
    for answer, count, total in ((imagined, 3, "0.45"), (edited, 1, "0.15")):
        assert (answer["success"], answer["images"], answer["generation"]) == (True, [], None)
        assert len(answer["plan"]["items"]) == count
        assert answer["price"]["amount"] == answer["plan"]["price"]["amount"] == total
    assert edited["plan"]["items"][0]["prompt"].startswith("Image 1 is the set.")
    assert dump(studio) == before


async def test_a_dry_run_is_refused_for_its_key_as_the_run_is(ada: Person) -> None:
    assert (await ada.read(GENERATE, count=1, key="k"))["success"]
    for fault in ({"key": " "}, {"count": 2, "key": "k"}):
        dry = await ada.user_error(GENERATE, **fault, dryRun=True)
        assert dry["field"] == ["idempotencyKey"]
        assert dry == await ada.user_error(GENERATE, **fault)


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({"prompt": "  "}, "INVALID_INPUT", ["prompt"]),
        ({"count": 0}, "COUNT_OUT_OF_RANGE", ["numImages"]),
        ({"ratio": "RATIO_16_9"}, "RATIO_UNSUPPORTED", ["aspectRatio"]),
        ({"model": FAL}, "MODEL_UNKNOWN", ["model"]),
        ({"model": "local/reframe"}, "MODEL_UNKNOWN", ["model"]),
        ({"options": {"loras": []}}, "INVALID_INPUT", ["options", "loras"]),
        ({"options": {"extra": {"n": None}}}, "INVALID_INPUT", ["options", "extra", "n"]),
        ({"after": 1}, "COUNT_OUT_OF_RANGE", ["expiresAfter"]),
        ({"key": " "}, "INVALID_INPUT", ["idempotencyKey"]),
    ],
)  # fmt: skip
async def test_what_cannot_be_made_is_a_user_error_and_changes_nothing(
    studio: House, ada: Person, asked: dict[str, Any], code: str, field: list[str]
) -> None:
    before = dump(studio)
    error = await ada.user_error(GENERATE, **asked)
    assert (error["code"], error["field"]) == (code, field)
    assert dump(studio) == before


async def test_images_of_others_cannot_be_told_from_none(studio: House, ada: Person) -> None:
    eve = await studio.person("eve")
    foreign, own = await eve.add(), await ada.add()
    for nobodys in (foreign, *NOBODYS):
        error = await ada.user_error(EDIT, ids=[own, nobodys])
        assert (error["code"], error["field"]) == ("NOT_FOUND", ["imageIds", "1"])
        assert error["message"] == "No such image. Check the id."


async def test_the_same_key_answers_the_first_images(ada: Person, fal: FalEmulator) -> None:
    first = await ada.read(GENERATE, key="once")
    again = await ada.read(GENERATE, key="once")
    assert [each["id"] for each in again["images"]] == [each["id"] for each in first["images"]]
    assert again["plan"] == first["plan"]
    error = await ada.user_error(GENERATE, key="once", prompt="Another.")
    assert error["code"] == "IDEMPOTENCY_CONFLICT"
    await until_done(ada)
    assert len(fal.ledger.accepted) == 1


async def test_a_failed_image_from_words_is_tried_again_by_its_generation(
    ada: Person, fal: FalEmulator
) -> None:
    fal.plan(0, model_failure("content_policy_violation"))
    asked = await ada.read(GENERATE)
    image_id = asked["images"][0]["id"]
    assert (await until_ended(ada, image_id))["aiStatus"] == "FAILED"
    retried = await ada.read(RETRY, id=asked["generation"]["id"], even=True)
    assert retried["success"], retried
    assert (await until_ended(ada, image_id))["aiStatus"] == "COMPLETED"


async def test_models_tell_whether_they_can_be_asked_in_words_and_with_how_many_images(
    ada: Person,
) -> None:
    listed = await ada.read("{ models { id readsPrompt leastInputImages mostInputImages } }")
    told = {each.pop("id"): tuple(each.values()) for each in listed}
    assert told[FAL] == (True, 1, 14)
    assert told[WORDS] == (True, 0, 0)
    assert told["gemini-3-pro-image"][:2] == (True, 0)
    assert told["local/reframe"] == (False, 1, 1)
    assert told["local/pixels"][0] is False
