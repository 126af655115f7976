"""Asking for variations: what is previewed is kept and sent, and a refusal leaves nothing."""

import asyncio

import pytest

from graphapi.domain.images import AiStatus, AspectRatio, ReviewStatus, SourceType
from graphapi.domain.jobs import JobState
from graphapi.domain.prompts import plan
from graphapi.domain.standing import GenerationCounts
from graphapi.domain.variations import ModificationMode, ShotType, VariationRequest
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.ports.doorbell import Step
from graphapi.services.requests import VariationsWanted
from tests.persistence.library import dump
from tests.services.house import House, shots


async def preview(house: House, wanted: VariationsWanted) -> list[str]:
    planned = await house.use_cases.variations.preview_for_image(
        house.owner, house.image_id, wanted
    )
    return [item.prompt for item in planned.variations]


async def test_what_was_previewed_is_what_is_kept_and_sent_to_the_byte(house: House) -> None:
    everything: list[str] = []
    for mode in ModificationMode:
        wanted = VariationsWanted(
            mode, 2, detail='in "heavy" rain', aspect_ratio=AspectRatio.RATIO_4_3
        )
        shown = await preview(house, wanted)
        request = house.use_cases.variations.request
        scheduled = await request(house.owner, house.image_id, wanted)
        assert [image.prompt for image in scheduled.variations] == shown
        everything += shown
    await house.settle()
    sent = [post.input or {} for post in house.fal.ledger.accepted]
    assert sorted(body["prompt"] for body in sent) == sorted(everything)
    assert {body["aspect_ratio"] for body in sent} == {"4:3"}
    assert len(set(everything)) == 12


async def test_twelve_variations_are_made_and_lie_in_our_own_storage(house: House) -> None:
    scheduled = await house.use_cases.variations.request(house.owner, house.image_id, shots(12))
    assert scheduled.image is not None
    assert scheduled.image.standing.ai_status is AiStatus.PROCESSING
    assert scheduled.generation.counts == GenerationCounts(queued=12)
    for child in scheduled.variations:
        assert child.standing.ai_status is AiStatus.QUEUED
        assert (child.parent_image_id, child.source_type) == (house.image_id, SourceType.AI)
        assert (child.status, child.group, child.picture) == (ReviewStatus.DRAFT, "Film", None)
    await house.settle()
    for child in await house.children():
        assert child.standing.ai_status is AiStatus.COMPLETED
        assert child.picture is not None
        content = await house.base.storage.get(child.picture.key)
        assert len(content) == child.picture.byte_count
        assert len(child.colors) == 5
        assert child.provider_metadata is not None
    parent = await house.image()
    assert parent.standing.ai_status is AiStatus.COMPLETED
    assert parent.standing.stage_message == "12 of 12 variations completed"
    assert (len(house.fal.ledger.accepted), len(house.fal.ledger.uploads)) == (12, 1)


async def test_the_next_call_goes_on_where_the_last_one_stopped(house: House) -> None:
    first = await house.use_cases.variations.request(house.owner, house.image_id, shots(12))
    second = await house.use_cases.variations.request(house.owner, house.image_id, shots(8))
    taken = [child.shot_type for child in (*first.variations, *second.variations)]
    assert taken == [*ShotType, *list(ShotType)[:4]]
    prompts = [child.prompt for child in (*first.variations, *second.variations)]
    assert len(set(prompts)) == 20
    assert second.image is not None
    assert second.image.modification_mode is ModificationMode.SHOT_VARIATION
    assert second.image.variation_count == 8


async def test_requests_at_once_never_plan_the_same_shots(house: House) -> None:
    request = house.use_cases.variations.request
    asked = await asyncio.gather(
        *(request(house.owner, house.image_id, shots(4)) for _ in range(4))
    )
    taken = [child.shot_type for scheduled in asked for child in scheduled.variations]
    assert sorted(map(str, taken)) == sorted(map(str, ShotType))


async def test_beats_go_on_too_and_each_mode_by_itself(house: House) -> None:
    request = house.use_cases.variations.request
    prompts = []
    for mode in (ModificationMode.B_ROLL, ModificationMode.COVERAGE) * 2:
        wanted = VariationsWanted(mode, 3)
        asked = await request(house.owner, house.image_id, wanted)
        prompts += [child.prompt for child in asked.variations]
    assert len(set(prompts)) == 12


async def test_the_stored_description_and_group_are_in_every_prompt(house: House) -> None:
    await house.use_cases.images.update(
        house.owner, house.image_id, {"description": "A woman in orange.", "group": "Commercial"}
    )
    shown = await preview(house, shots(2))
    expected = plan(
        VariationRequest(
            ModificationMode.SHOT_VARIATION, 2, group="Commercial", description="A woman in orange."
        )
    )
    assert shown == [item.prompt for item in expected.variations]
    assert all("A woman in orange." in prompt for prompt in shown)


async def test_a_preview_of_nothing_needs_no_image_and_of_zero_is_empty(house: House) -> None:
    assert house.use_cases.variations.preview(shots(0), None).variations == ()
    assert await preview(house, shots(0)) == []


async def test_scheduling_waits_for_no_provider_and_rings_once(house: House) -> None:
    await house.ask(5)
    assert house.fal.ledger.uploads == []
    assert house.fal.ledger.posts == []
    await house.listen()
    assert [bell.step for bell in house.heard.bells] == [Step.PREPARE]
    assert set(await house.states()) == {JobState.QUEUED}


async def without_picture(house: House) -> str:
    """A variation that is not made yet has no picture."""
    await house.ask(1)
    return (await house.children())[0].id


REFUSALS = {
    "nobody's image": (shots(1), UserErrorCode.NOT_FOUND, ("imageId",)),
    "none": (shots(0), UserErrorCode.COUNT_OUT_OF_RANGE, ("variationCount",)),
    "thirteen": (shots(13), UserErrorCode.COUNT_OUT_OF_RANGE, ("variationCount",)),
    "less than none": (shots(-1), UserErrorCode.COUNT_OUT_OF_RANGE, ("variationCount",)),
    "too long": (shots(1, detail="x" * 501), UserErrorCode.DETAIL_TOO_LONG, ("variationDetail",)),
    "unknown model": (shots(1, model="a/b"), UserErrorCode.MODEL_UNKNOWN, ("model",)),
    "no picture": (shots(1), UserErrorCode.SOURCE_MISSING, ("imageId",)),
    "shots elsewhere": (
        VariationsWanted(ModificationMode.B_ROLL, 2, shot_types=(ShotType.CU,)),
        UserErrorCode.INVALID_INPUT,
        ("shotTypes",),
    ),
}


async def test_a_refusal_says_what_is_wrong_and_changes_nothing(house: House) -> None:
    targets = {"nobody's image": "img_none", "no picture": await without_picture(house)}
    await house.listen()
    house.heard.forget()
    before = await dump(house.database)
    for name, (wanted, code, field) in REFUSALS.items():
        with pytest.raises(Refused) as caught:
            await house.use_cases.variations.request(
                house.owner, targets.get(name, house.image_id), wanted
            )
        assert (caught.value.code, caught.value.field) == (code, field), name
    assert await dump(house.database) == before
    await house.listen()
    assert (house.heard.bells, house.heard.changes) == ([], [])


async def test_somebody_elses_image_is_not_found(house: House) -> None:
    bob = await house.use_cases.users.adopt_token("bob", "gapi_bob")
    before = await dump(house.database)
    for call in (house.use_cases.variations.request, house.use_cases.variations.preview_for_image):
        with pytest.raises(NotFound):
            await call(bob, house.image_id, shots(1))
    assert await dump(house.database) == before


async def test_chosen_shots_are_taken_as_chosen_and_move_no_count_on(house: House) -> None:
    chosen = (ShotType.TOP, ShotType.HANDS)
    await house.ask(2, shot_types=chosen)
    assert [child.shot_type for child in await house.children()] == list(chosen)
    await house.ask(1)
    assert (await house.children())[-1].shot_type is ShotType.WS
