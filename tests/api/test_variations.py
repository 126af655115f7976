"""Previews of variations, and variations themselves."""

from typing import Any

import pytest

from tests.api.house import FAL, NOBODYS, VARY, House, Person

PREVIEW = """query (
  $mode: ModificationMode!, $count: Int!, $detail: String, $group: String, $shots: [ShotType!]
) {
  getVariationPrompts(
    modificationMode: $mode, variationCount: $count, variationDetail: $detail, group: $group,
    shotTypes: $shots
  )
}"""
PREVIEW_OF = """query ($id: ID!, $mode: ModificationMode!, $count: Int!, $detail: String) {
  getVariationPromptsForImage(
    imageId: $id, modificationMode: $mode, variationCount: $count, variationDetail: $detail
  )
}"""
ASK = """mutation (
  $id: ID!, $count: Int!, $mode: ModificationMode = SHOT_VARIATION, $detail: String,
  $ratio: AspectRatio = RATIO_16_9, $shots: [ShotType!], $model: String
) {
  generateVariations(
    imageId: $id, variationCount: $count, modificationMode: $mode, variationDetail: $detail,
    aspectRatio: $ratio, shotTypes: $shots, model: $model
  ) { success userErrors { code message field } image { id } variations { id } generation { id } }
}"""
LIBRARY = "{ images { totalCount nodes { version modificationMode variationCount } } }"


@pytest.mark.parametrize("count", [0, 1, 12])
async def test_a_preview_needs_no_sign_in_and_has_as_many_prompts_as_asked(
    stranger: Person, count: int
) -> None:
    prompts = await stranger.read(PREVIEW, mode="B_ROLL", count=count)
    assert len(prompts) == len(set(prompts)) == count


@pytest.mark.parametrize(
    ("wanted", "reason", "field"),
    [
        ({"count": -1}, "COUNT_OUT_OF_RANGE", "variationCount"),
        ({"count": 13}, "COUNT_OUT_OF_RANGE", "variationCount"),
        ({"detail": "x" * 501}, "DETAIL_TOO_LONG", "variationDetail"),
        ({"mode": "COVERAGE", "shots": ["CU"]}, "INVALID_INPUT", "shotTypes"),
        ({"count": 1, "shots": ["CU", "WS"]}, "INVALID_INPUT", "shotTypes"),
    ],
)
async def test_a_preview_out_of_range_is_refused_with_its_reason(
    stranger: Person, wanted: dict[str, Any], reason: str, field: str
) -> None:
    asked = {"mode": "SHOT_VARIATION", "count": 2} | wanted
    refused = await stranger.refusal(PREVIEW, **asked)
    assert refused == {"code": "BAD_USER_INPUT", "reason": reason, "field": [field]}


async def test_a_group_colours_the_preview(stranger: Person) -> None:
    (plain,) = await stranger.read(PREVIEW, mode="ACTION_SHOT", count=1)
    (commercial,) = await stranger.read(PREVIEW, mode="ACTION_SHOT", count=1, group="Commercial")
    assert commercial == f"Later in the commercial. {plain}"


async def test_shot_types_are_planned_in_their_order(ada: Person) -> None:
    shots = ["HANDS", "WS"]
    asked = await ada.read(
        """mutation ($id: ID!, $shots: [ShotType!]) {
          generateVariations(
            imageId: $id, variationCount: 2, modificationMode: SHOT_VARIATION, shotTypes: $shots
          ) { variations { shotType prompt } }
        }""",
        id=await ada.add(),
        shots=shots,
    )
    assert [variation["shotType"] for variation in asked["variations"]] == shots
    prompts = await ada.read(PREVIEW, mode="SHOT_VARIATION", count=2, shots=shots)
    assert [variation["prompt"] for variation in asked["variations"]] == prompts


@pytest.mark.parametrize("mode", ["SHOT_VARIATION", "STYLE_VARIATION"])
async def test_what_a_preview_of_an_image_shows_is_what_is_sent_to_the_byte(
    ada: Person, mode: str
) -> None:
    image = await ada.add(group="Music Video", description="A red barn.")
    for _ in range(2):
        shown = await ada.read(PREVIEW_OF, id=image, mode=mode, count=3)
        sent = await ada.vary(image, 3, mode)
        assert [variation["prompt"] for variation in sent["variations"]] == shown


async def test_variations_are_there_in_the_very_answer(studio: House) -> None:
    ada = await studio.person("ada")
    image = await ada.add(title="Barn", projectName="Dust")
    payload = await ada.read(
        """mutation ($id: ID!, $model: String) {
          generateVariations(
            imageId: $id, variationCount: 2, modificationMode: COVERAGE, model: $model,
            variationDetail: "  at night ", aspectRatio: RATIO_4_3
          ) {
            success userErrors { code }
            image { id aiStatus modificationMode variationCount variationDetail }
            variations {
              aiStatus status sourceType imageUrl projectName model provider aspectRatio
              parentImage { id title } generation { id }
            }
            generation { id total queued processing completed failed cancelled image { id } }
          }
        }""",
        id=image,
        model=FAL,
    )
    assert payload["success"]
    assert payload["userErrors"] == []
    assert payload["image"]["id"] == image
    assert payload["image"]["aiStatus"] == "PROCESSING"
    assert payload["image"]["modificationMode"] == "COVERAGE"
    assert payload["image"]["variationCount"] == 2
    assert len(payload["variations"]) == 2
    for child in payload["variations"]:
        assert child == {
            "aiStatus": "QUEUED",
            "status": "DRAFT",
            "sourceType": "AI",
            "imageUrl": None,
            "projectName": "Dust",
            "model": FAL,
            "provider": "fal",
            "aspectRatio": "RATIO_4_3",
            "parentImage": {"id": image, "title": "Barn"},
            "generation": {"id": payload["generation"]["id"]},
        }
    counts = {key: payload["generation"][key] for key in ("total", "queued", "completed")}
    assert counts == {"total": 2, "queued": 2, "completed": 0}
    assert payload["generation"]["image"] == {"id": image}


@pytest.mark.parametrize(
    ("wanted", "code", "field"),
    [
        ({"count": 0}, "COUNT_OUT_OF_RANGE", "variationCount"),
        ({"count": 13}, "COUNT_OUT_OF_RANGE", "variationCount"),
        ({"detail": "x" * 501}, "DETAIL_TOO_LONG", "variationDetail"),
        ({"model": "no/such"}, "MODEL_UNKNOWN", "model"),
        ({"model": FAL}, "MODEL_UNAVAILABLE", "model"),
        ({"model": "local/pixels"}, "MODEL_UNKNOWN", "model"),
        ({"shots": ["CU", "WS"]}, "INVALID_INPUT", "shotTypes"),
    ],
)
async def test_what_cannot_be_made_is_refused_and_nothing_changes(
    ada: Person, wanted: dict[str, Any], code: str, field: str
) -> None:
    image = await ada.add()
    before = await ada.read(LIBRARY)
    error = await ada.user_error(ASK, **{"id": image, "count": 1} | wanted)
    assert (error["code"], error["field"]) == (code, [field])
    assert await ada.read(LIBRARY) == before


async def test_a_model_that_makes_no_pictures_is_said_to_make_none(ada: Person) -> None:
    image = await ada.add()
    error = await ada.user_error(ASK, id=image, count=1, model="local/pixels")
    assert error["message"].startswith("local/pixels describes images and makes none.")


async def test_an_image_without_a_picture_has_nothing_to_vary(house: House, ada: Person) -> None:
    image = await ada.add()
    house.alter("UPDATE images SET storage_id = NULL WHERE id = ?", image)
    error = await ada.user_error(ASK, id=image, count=1)
    assert (error["code"], error["field"]) == ("SOURCE_MISSING", ["imageId"])
    assert await ada.read("{ getProcessingImages { id } }") == []


async def test_an_unknown_mode_is_a_fault_of_the_document(ada: Person) -> None:
    refused = await ada.refusal(VARY, id="img", count=1, mode="SHOT")
    assert refused == {"code": "BAD_USER_INPUT"}


async def test_another_persons_image_is_as_good_as_none(ada: Person, bob: Person) -> None:
    image = await bob.add()
    before = await bob.read(LIBRARY)
    answers = [await ada.ask(ASK, id=each, count=1) for each in (image, *NOBODYS)]
    assert all(answer == answers[0] for answer in answers)
    (error,) = answers[0]["data"]["generateVariations"]["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["imageId"])
    previews = [
        await ada.refusal(PREVIEW_OF, id=each, mode="COVERAGE", count=1)
        for each in (image, *NOBODYS)
    ]
    assert all(preview == previews[0] for preview in previews)
    assert previews[0] == {"code": "NOT_FOUND", "reason": "NOT_FOUND", "field": ["imageId"]}
    assert await bob.read(LIBRARY) == before


async def test_two_mutations_of_one_document_each_see_what_they_wrote(ada: Person) -> None:
    image = await ada.add()
    one = """generateVariations(imageId: $id, variationCount: 1, modificationMode: COVERAGE) {
      image { variations { id } }
    }"""
    answer = await ada.ask(f"mutation ($id: ID!) {{ first: {one} second: {one} }}", id=image)
    found = [len(answer["data"][name]["image"]["variations"]) for name in ("first", "second")]
    assert found == [1, 2]
