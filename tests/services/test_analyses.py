"""Smart analysis: what an image takes over, whose words stay, and what follows it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from graphapi.domain.analysis import AnalysisContext, Overrides
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import AiStatus, Author
from graphapi.domain.jobs import Billed, JobKind, JobState
from graphapi.domain.prompts import plan
from graphapi.domain.variations import ModificationMode, ShotType, VariationRequest
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.ports.doorbell import Step
from graphapi.services.requests import AnalysisWanted, NewImage
from tests.emulators.fal import Fault
from tests.emulators.openrouter.completions import COST, STILL, Completion, still
from tests.persistence.library import dump
from tests.services.house import House

PERSON, MODEL = Author.PERSON, Author.MODEL


async def analyse(house: House, wanted: AnalysisWanted | None = None) -> None:
    await house.use_cases.analyses.request(house.owner, house.image_id, wanted or AnalysisWanted())
    await house.settle()


async def test_an_image_takes_over_what_is_said_of_it(house: House) -> None:
    image = await house.use_cases.analyses.request(house.owner, house.image_id, AnalysisWanted())
    assert image is not None
    assert image.standing.ai_status is AiStatus.PROCESSING
    assert house.openrouter.calls == []
    await house.settle()
    image = await house.image()
    assert image.standing.ai_status is AiStatus.COMPLETED
    assert image.description == STILL["description"]
    assert image.tags == tuple(STILL["tags"])
    assert (image.category, image.moodboard_name) == ("Portrait", "Orange suits")
    assert (image.genre, image.style, image.shot) == (
        STILL["genre"],
        STILL["style"],
        STILL["shot"],
    )
    # A person's words stay; colours come from pixels.
    assert (image.title, image.group) == ("Source", "Film")
    assert image.picture is not None
    assert image.colors == image.picture.colors
    assert image.authors["description"] is MODEL
    assert image.authors["colors"] is Author.PIXELS
    (job,) = await house.all_jobs()
    assert (job.kind, job.billed) == (JobKind.ANALYSIS, Billed.YES)
    assert job.charged_micros == round(COST * 1_000_000)
    assert len(house.openrouter.calls) == 1


async def test_what_a_person_wrote_stays_and_everything_else_is_replaced(house: House) -> None:
    await analyse(house)
    update = house.use_cases.images.update
    await update(house.owner, house.image_id, {"description": "Mine.", "category": None})
    house.openrouter.say(still(description="New.", category="Film", tags=["new"], genre="Noir"))
    # The same question would be answered from OpenRouter's cache.
    await analyse(house, AnalysisWanted(context=AnalysisContext(title="Another")))
    image = await house.image()
    assert (image.description, image.category) == ("Mine.", None)
    assert image.tags == ("new",)
    assert image.genre == STILL["genre"]  # only filled where it was empty
    assert image.authors["category"] is PERSON


async def test_a_person_can_let_their_words_be_overwritten(house: House) -> None:
    await house.use_cases.images.update(house.owner, house.image_id, {"description": "Mine."})
    await analyse(house, AnalysisWanted(overwrite_edits=True))
    image = await house.image()
    assert image.description == STILL["description"]
    assert image.authors["description"] is MODEL


async def test_what_is_said_in_the_call_is_kept_at_once_and_wins(house: House) -> None:
    said = Overrides(group="  Commercial ", project_name="Moon", moodboard_name=" ", sref="abc")
    house.openrouter.say(still(group="Editorial", projectName="Other"))
    wanted = AnalysisWanted(overrides=said, overwrite_edits=True)
    image = await house.use_cases.analyses.request(house.owner, house.image_id, wanted)
    assert image is not None
    assert (image.group, image.project_name, image.sref) == ("Commercial", "Moon", "abc")
    await house.settle()
    image = await house.image()
    assert (image.group, image.project_name, image.sref) == ("Commercial", "Moon", "abc")
    assert image.moodboard_name == STILL["moodboardName"]
    assert {image.authors[name] for name in ("group", "project_name", "sref")} == {PERSON}


async def test_context_is_told_to_the_model_and_not_stored(house: House) -> None:
    context = AnalysisContext(title="Eileen", tags=("nasa",), description="A portrait.")
    await analyse(house, AnalysisWanted(context=context))
    asked = json.dumps(house.openrouter.calls[0].body["messages"])
    assert "Eileen" in asked
    assert "nasa" in asked
    assert (await house.image()).title == "Source"


async def test_another_picture_can_be_looked_at(house: House) -> None:
    other = await house.furnish(title="Other")
    await analyse(house, AnalysisWanted(storage_id=other.storage_id))
    (job,) = await house.all_jobs()
    assert job.picture_id == other.storage_id
    assert (await house.image()).storage_id != other.storage_id


async def follow(house: House, count: int = 3, **wanted: Any) -> list[str | None]:
    """Ask for an analysis that variations follow; answers their prompts as they are now."""
    asked = replace(AnalysisWanted(variation_count=count), **wanted)
    await house.use_cases.analyses.request(house.owner, house.image_id, asked)
    return [child.prompt for child in await house.children()]


async def test_variations_wait_for_the_analysis_and_their_prompts_for_its_description(
    house: House,
) -> None:
    before = await follow(house)
    for child in await house.children():
        assert child.standing.ai_status is AiStatus.QUEUED
    await house.listen()
    assert [bell.step for bell in house.heard.bells] == [Step.ANALYSE]
    await house.settle()
    children = await house.children()
    expected = plan(
        VariationRequest(
            ModificationMode.SHOT_VARIATION, 3, group="Film", description=STILL["description"]
        )
    )
    prompts = [child.prompt for child in children]
    assert prompts == [item.prompt for item in expected.variations] != before
    sent = [(post.input or {})["prompt"] for post in house.fal.ledger.accepted]
    assert sorted(sent) == sorted(filter(None, prompts))
    assert {child.standing.ai_status for child in children} == {AiStatus.COMPLETED}


async def test_a_variation_cancelled_while_it_waits_leaves_the_others_their_prompts(
    house: House,
) -> None:
    await follow(house)
    first, *others = await house.children()
    await house.use_cases.images.delete(house.owner, [first.id])
    await house.settle()
    for child in others:
        job = await house.job_of(child.id)
        expected = plan(
            VariationRequest(
                ModificationMode.SHOT_VARIATION,
                1,
                group="Film",
                description=STILL["description"],
                shot_types=(ShotType(job.shot_type),),
            )
        )
        assert job.prompt == expected.variations[0].prompt
        assert (await house.image(child.id)).prompt == job.prompt
    assert len(house.fal.ledger.accepted) == 2


async def test_a_failed_analysis_ends_what_waited_for_it_unspent(house: House) -> None:
    await follow(house)
    house.openrouter.say(Completion(refusal="I will not."))
    await house.settle()
    analysis, *waiting = await house.all_jobs()
    assert (analysis.state, analysis.failure_code) == (
        JobState.FAILED,
        JobErrorCode.CONTENT_POLICY,
    )
    for job in waiting:
        assert (job.state, job.billed) == (JobState.FAILED, Billed.NO)
        assert job.failure_code is JobErrorCode.ANALYSIS_FAILED
    assert house.fal.ledger.posts == []
    assert (await house.image()).standing.ai_status is AiStatus.FAILED


async def test_the_mode_is_that_given_else_that_stored_else_shots(house: House) -> None:
    async def modes() -> list[ModificationMode | None]:
        await follow(house, 1)
        return [child.modification_mode for child in await house.children()]

    assert await modes() == [ModificationMode.SHOT_VARIATION]
    await house.settle()
    await follow(house, 1, mode=ModificationMode.COVERAGE)
    await house.settle()
    assert (await modes())[1:] == [ModificationMode.COVERAGE] * 2


async def test_the_stored_detail_goes_into_variations_that_follow(house: House) -> None:
    await house.ask(1, detail="in the rain")
    await follow(house, 2)
    assert all("in the rain" in (child.prompt or "") for child in await house.children())


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (Fault(drop=True), JobState.SUBMIT_UNKNOWN),
        (Fault(status=500, body={"error": {"code": 500, "message": "?"}}, accept=True), None),
        (Fault(status=429, body={"error": {"code": 429, "message": "Slow"}}), JobState.QUEUED),
    ],
)
async def test_a_question_whose_answer_is_lost_is_not_asked_again(
    house: House, fault: Fault, state: JobState | None
) -> None:
    house.openrouter.disturb(fault)
    await house.use_cases.analyses.request(house.owner, house.image_id, AnalysisWanted())
    await house.answer_bells()
    (job,) = await house.all_jobs()
    assert state in (None, job.state)
    for _ in range(3):
        await house.sweep()
    assert len(house.openrouter.calls) == 1
    house.clock.turn(hours=2)
    await house.sweep()
    await house.sweep()
    (job,) = await house.all_jobs()
    assert job.state is JobState.FAILED


async def test_an_answer_of_no_use_may_have_been_charged_for(house: House) -> None:
    house.openrouter.say(Completion(content="nothing", usage=None))
    await analyse(house)
    (job,) = await house.all_jobs()
    assert job.failure_code is JobErrorCode.INVALID_OUTPUT
    assert job.billed is Billed.UNKNOWN


REFUSALS: list[tuple[AnalysisWanted, UserErrorCode, tuple[str, ...]]] = [
    (AnalysisWanted(variation_count=13), UserErrorCode.COUNT_OUT_OF_RANGE, ("variationCount",)),
    (AnalysisWanted(variation_count=-1), UserErrorCode.COUNT_OUT_OF_RANGE, ("variationCount",)),
    (AnalysisWanted(storage_id="pic_none"), UserErrorCode.NOT_FOUND, ("storageId",)),
    (AnalysisWanted(image_url="ftp://x"), UserErrorCode.SOURCE_UNREACHABLE, ("imageUrl",)),
    (AnalysisWanted(image_url="http://10.0.0.1/"), UserErrorCode.SOURCE_UNREACHABLE, ("imageUrl",)),
    (
        AnalysisWanted(overrides=Overrides(group="x" * 81)),
        UserErrorCode.INVALID_INPUT,
        ("group",),
    ),
]


async def test_a_refusal_says_what_is_wrong_and_changes_nothing(house: House) -> None:
    bob = await house.use_cases.users.adopt_token("bob", "gapi_bob")
    await house.ask(1)
    (child,) = await house.children()
    before = await dump(house.database)
    request = house.use_cases.analyses.request
    for wanted, code, field in REFUSALS:
        with pytest.raises(Refused) as caught:
            await request(house.owner, house.image_id, wanted)
        assert (caught.value.code, caught.value.field) == (code, field)
    with pytest.raises(NotFound):
        await request(bob, house.image_id, AnalysisWanted())
    with pytest.raises(Refused) as caught:
        await request(house.owner, child.id, AnalysisWanted())
    assert caught.value.code is UserErrorCode.SOURCE_MISSING
    assert await dump(house.database) == before
    assert house.openrouter.calls == []


async def test_a_new_image_is_analysed_unless_told_not_to(house: House) -> None:
    storage_id = (await house.image()).storage_id
    create = house.use_cases.images.create
    for analyze in (True, False):
        image = await create(house.owner, NewImage(storage_id=storage_id, analyze=analyze))
        expected = AiStatus.PROCESSING if analyze else None
        assert image is not None
        assert image.standing.ai_status is expected
    await house.settle()
    assert len(house.openrouter.calls) == 1


async def test_without_a_key_only_what_can_be_measured_is_said(local_house: House) -> None:
    await analyse(local_house)
    image = await local_house.image()
    assert image.standing.ai_status is AiStatus.COMPLETED
    assert image.description
    assert image.tags
    assert image.category is None


async def test_an_image_deleted_while_it_is_analysed_ends_everything(house: House) -> None:
    await follow(house)
    await house.use_cases.images.delete(house.owner, [house.image_id])
    await house.settle()
    assert set(await house.states()) == {JobState.CANCELLED}
    assert house.openrouter.calls == []
