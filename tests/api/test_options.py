"""Options: what is asked of a model reaches it, is told, is priced, and is never dropped."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from strawberry.types import get_object_definition

from graphapi.api.schema import build_schema
from graphapi.api.types.generation_options import GenerationOptionsInput
from graphapi.domain.models import ModelKind
from graphapi.providers.model_rows import load_models
from tests.api.house import FAL, LOCAL, House, Person, until_done
from tests.api.lives import RETRY, until_ended
from tests.emulators.fal import FalEmulator, model_failure

NOTE = "normalised { parameter asked sent sentAs handling reason }"
MAKE = f"""mutation (
  $id: ID!, $count: Int! = 1, $model: String, $options: GenerationOptionsInput, $dryRun: Boolean,
  $key: String
) {{
  generateVariations(
    imageId: $id, modificationMode: SHOT_VARIATION, variationCount: $count, model: $model,
    options: $options, dryRun: $dryRun, idempotencyKey: $key
  ) {{
    success userErrors {{ code message field }}
    image {{ id }} variations {{ id {NOTE} }} generation {{ id }}
    plan {{ items {{ price {{ amount }} {NOTE} }} }} price {{ amount }}
  }}
}}"""
PLAN = f"""query ($id: ID!, $model: String, $options: GenerationOptionsInput) {{
  variationPlan(
    imageId: $id, modificationMode: SHOT_VARIATION, variationCount: 2, model: $model,
    options: $options
  ) {{ price {{ amount }} items {{ price {{ amount }} {NOTE} }} }}
}}"""
IMAGE = f"query ($id: ID!) {{ image(id: $id) {{ aiStatus {NOTE} }} }}"


async def made(person: Person, options: Any = None, **how: Any) -> dict[str, Any]:
    how = {"model": FAL} | how
    image_id = how.pop("id", None) or await person.add()
    answer = await person.read(MAKE, id=image_id, options=options, **how)
    assert isinstance(answer, dict)
    return answer


def told(item: dict[str, Any]) -> dict[str, Any]:
    return {note["parameter"]: note for note in item["normalised"]}


async def test_what_is_asked_reaches_the_model_by_its_own_names(
    studio: House, fal: FalEmulator
) -> None:
    fal.seconds = 0
    ada = await studio.person("ada")
    answer = await made(
        ada,
        {
            "seed": 4_000_000_000,
            "resolution": "2K",
            "outputFormat": "webp",
            "safetyTolerance": "6",
            "limitGenerations": True,
            "enableWebSearch": False,
            "extra": {"strange": {"deep": [1]}},
        },
        count=2,
    )
    assert answer["success"], answer
    await until_done(ada)
    first, second = (post.input or {} for post in fal.ledger.accepted)
    wanted = {
        "num_images": 1,
        "aspect_ratio": "16:9",
        "resolution": "2K",
        "enable_web_search": False,
        "output_format": "webp",
        "safety_tolerance": "6",
        "seed": 4_000_000_000,
        "limit_generations": True,
        "strange": {"deep": [1]},
    }
    for sent in (first, second):
        assert {name: sent[name] for name in sent if name not in ("prompt", "image_urls")} == wanted
    assert first["prompt"] != second["prompt"]


async def test_without_options_every_seed_is_its_own(studio: House, fal: FalEmulator) -> None:
    fal.seconds = 0
    ada = await studio.person("ada")
    await made(ada, count=2)
    await until_done(ada)
    first, second = (post.input or {} for post in fal.ledger.accepted)
    assert list(first) == [
        "prompt", "image_urls", "num_images", "aspect_ratio", "resolution", "output_format", "seed"
    ]  # fmt: skip
    assert first["seed"] != second["seed"]


async def test_the_plan_the_answer_and_the_image_tell_the_same_of_each_parameter(
    studio: House,
) -> None:
    ada = await studio.person("ada")
    image_id = await ada.add()
    options = {"outputFormat": "jpeg", "extra": {"strange": 1}}
    plan = await ada.read(PLAN, id=image_id, model=FAL, options=options)
    answer = await made(ada, options, id=image_id, key="once")
    again = await made(ada, options, id=image_id, key="once")
    image = await ada.read(IMAGE, id=answer["variations"][0]["id"])
    notes = plan["items"][0]["normalised"]
    assert notes == answer["plan"]["items"][0]["normalised"]
    assert notes == again["plan"]["items"][0]["normalised"]
    assert notes == answer["variations"][0]["normalised"] == image["normalised"]
    named = told(plan["items"][0])
    assert named["outputFormat"] == {
        "parameter": "outputFormat",
        "asked": "jpeg",
        "sent": "jpeg",
        "sentAs": "output_format",
        "handling": "RENAMED",
        "reason": "The provider calls it `output_format`.",
    }
    assert named["resolution"]["handling"] == "DEFAULTED"
    assert named["strange"]["handling"] == "PASSED"
    source = await ada.read(IMAGE, id=image_id)
    assert source["normalised"] == []


async def test_what_costs_more_is_priced_before_and_reserved(studio: House) -> None:
    ada = await studio.person("ada")
    image_id = await ada.add()
    options = {"resolution": "4K"}
    plan = await ada.read(PLAN, id=image_id, model=FAL, options=options)
    assert (plan["items"][0]["price"]["amount"], plan["price"]["amount"]) == ("0.30", "0.60")
    rehearsed = await made(ada, options, id=image_id, dryRun=True, count=2)
    assert (rehearsed["price"]["amount"], rehearsed["variations"]) == ("0.60", [])
    await made(ada, {"extra": {"resolution": "4K"}}, id=image_id, count=2)
    spent = await ada.read("{ spend { reserved { amount } } }")
    assert spent["reserved"]["amount"] == "0.60"


@pytest.mark.parametrize("dry", [False, True])
@pytest.mark.parametrize(
    ("model", "options", "field", "says"),
    [
        (FAL, {"quality": "high"}, ["quality"], "has no parameter `quality`. It has: resolution,"),
        (LOCAL, {"resolution": "2K"}, ["resolution"], "It has: seed."),
        (FAL, {"resolution": "8K"}, ["resolution"], "Give one of: 1K, 2K, 4K."),
        (FAL, {"safetyTolerance": "7"}, ["safetyTolerance"], "Give one of: 1, 2, 3, 4, 5, 6."),
        (FAL, {"extra": {"num_images": 4}}, ["extra", "num_images"], "argument of its own"),
        (FAL, {"extra": {"prompt": "x"}}, ["extra", "prompt"], "argument of its own"),
        (FAL, {"extra": {"aspect_ratio": "1:1"}}, ["extra", "aspect_ratio"], "of its own"),
        (FAL, {"extra": ["a"]}, ["extra"], "a JSON object"),
        (FAL, {"imageSize": {"width": 5}}, ["imageSize"], "either a `preset`, or a `width`"),
        (
            "fal-ai/qwen-image-edit",
            {"imageSize": {"preset": "tiny"}},
            ["imageSize"],
            "Give one of: square_hd",
        ),
        ("fal-ai/qwen-image-edit", {"numInferenceSteps": 51}, ["numInferenceSteps"], "2 to 50"),
    ],
)
async def test_what_a_model_does_not_take_is_refused_by_name(
    studio: House, model: str, options: Any, field: list[str], says: str, *, dry: bool
) -> None:
    ada = await studio.person("ada")
    image_id = await ada.add()
    error = await ada.user_error(MAKE, id=image_id, model=model, options=options, dryRun=dry)
    assert error["code"] == "INVALID_INPUT"
    assert error["field"] == ["options", *field]
    assert says in error["message"]
    assert (await ada.read("{ images { totalCount } }"))["totalCount"] == 1


async def test_a_query_is_refused_alike(studio: House) -> None:
    ada = await studio.person("ada")
    refusal = await ada.refusal(PLAN, id=await ada.add(), model=FAL, options={"resolution": "8K"})
    assert (refusal["code"], refusal["reason"]) == ("BAD_USER_INPUT", "INVALID_INPUT")


async def test_a_model_that_takes_no_pictures_makes_no_variations(studio: House) -> None:
    ada = await studio.person("ada")
    error = await ada.user_error(MAKE, id=await ada.add(), model="fal-ai/qwen-image")
    assert (error["code"], error["field"]) == ("MODEL_UNKNOWN", ["model"])
    assert "takes no source picture" in error["message"]


async def test_a_size_of_another_shape_is_refused(studio: House) -> None:
    ada = await studio.person("ada")
    size = {"imageSize": {"width": 800, "height": 800}}
    error = await ada.user_error(
        MAKE, id=await ada.add(), model="fal-ai/qwen-image-edit", options=size
    )
    assert (error["code"], error["field"]) == ("RATIO_UNSUPPORTED", ["aspectRatio"])


async def test_another_try_is_asked_with_the_same_options_and_the_seed_that_was_asked_for(
    studio: House, fal: FalEmulator
) -> None:
    fal.seconds = 0
    fal.plan(0, model_failure("no_media_generated"))
    ada = await studio.person("ada")
    answer = await made(ada, {"seed": 7, "resolution": "4K", "outputFormat": "jpeg"})
    (variation,) = answer["variations"]
    await until_ended(ada, variation["id"])
    await ada.read(RETRY, id=answer["generation"]["id"], even=True)
    assert (await until_ended(ada, variation["id"]))["aiStatus"] == "COMPLETED"
    before, after = (post.input or {} for post in fal.ledger.accepted)
    assert before == after
    assert (after["seed"], after["resolution"], after["output_format"]) == (7, "4K", "jpeg")


async def test_the_same_key_with_other_options_is_a_conflict(studio: House) -> None:
    ada = await studio.person("ada")
    image_id = await ada.add()
    assert (await made(ada, {"resolution": "2K"}, id=image_id, key="k"))["success"]
    error = await ada.user_error(
        MAKE, id=image_id, model=FAL, options={"resolution": "4K"}, key="k"
    )
    assert error["code"] == "IDEMPOTENCY_CONFLICT"


async def test_a_picture_that_comes_inside_the_answer_arrives_and_is_in_no_row(
    studio: House, fal: FalEmulator
) -> None:
    fal.seconds = 0
    ada = await studio.person("ada")
    answer = await made(ada, {"syncMode": True})
    done = await until_ended(ada, answer["variations"][0]["id"])
    assert done["aiStatus"] == "COMPLETED"
    assert fal.ledger.accepted[0].input
    assert fal.ledger.accepted[0].input["sync_mode"] is True
    with closing(sqlite3.connect(studio.folder / "graphapi.db")) as connection:
        ((kept,),) = connection.execute("SELECT result FROM jobs WHERE provider = 'fal'")
    assert "data:" not in kept


async def test_empty_options_are_none_at_all(studio: House) -> None:
    ada = await studio.person("ada")
    image_id = await ada.add()
    first = await made(ada, id=image_id, key="k")
    empty = {"seed": None, "extra": None, "loras": None}
    assert (await made(ada, empty, id=image_id, key="k"))["generation"] == first["generation"]


async def test_the_local_model_takes_a_seed(house: House) -> None:
    ada = await house.person("ada")
    answer = await made(ada, {"seed": 5}, model=LOCAL)
    assert told(answer["variations"][0])["seed"]["handling"] == "PASSED"
    await until_done(ada)


def test_every_parameter_of_every_image_model_can_be_asked_for_by_name() -> None:
    definition = get_object_definition(GenerationOptionsInput, strict=True)
    convert = build_schema().config.name_converter
    fields = {convert.from_field(field) for field in definition.fields}
    makers = (ModelKind.EDIT, ModelKind.TEXT_TO_IMAGE)
    known = {
        parameter.name
        for model in load_models()
        if model.kind in makers
        for parameter in model.parameters
    }
    assert known <= fields
