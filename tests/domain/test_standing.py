"""Where an image stands: what is live is shown, and nothing is invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.images import IN_FLIGHT, AiStatus
from graphapi.domain.jobs import LIVE, TERMINAL, JobKind, JobState, Stage
from graphapi.domain.standing import GenerationCounts, JobView, Standing, project

REFUSED = Failure(JobErrorCode.CONTENT_POLICY, "The model refused this picture. Change the detail.")
STOPPED = Failure(JobErrorCode.CANCELLED, "Cancelled.")
STAGES = {
    JobState.QUEUED: Stage.WAITING,
    JobState.SUBMITTING: Stage.SUBMITTING,
    JobState.SUBMIT_UNKNOWN: Stage.SUBMIT_UNKNOWN,
    JobState.SUBMITTED: Stage.PROVIDER_RUNNING,
    JobState.RESULT_READY: Stage.SAVING,
    JobState.SUCCEEDED: Stage.DONE,
    JobState.FAILED: Stage.FAILED,
    JobState.CANCELLED: Stage.CANCELLED,
}
FAILURES = {JobState.FAILED: REFUSED, JobState.CANCELLED: STOPPED}

states = st.sampled_from(JobState)
generations = st.lists(states, max_size=12)


def job(kind: JobKind, state: JobState, **changes: object) -> JobView:
    values: dict[str, object] = {"failure": FAILURES.get(state), **changes}
    return JobView(kind, state, STAGES[state], f"{kind} is {state}", **values)  # type: ignore[arg-type]  # free test values


def analysis(state: JobState, **changes: object) -> JobView:
    return job(JobKind.ANALYSIS, state, **changes)


def own(state: JobState, **changes: object) -> JobView:
    return job(JobKind.VARIATION, state, **changes)


@given(
    analysed=st.none() | states,
    made=st.none() | states,
    generation=generations,
    older=st.booleans(),
)
def test_an_image_is_in_flight_exactly_while_something_is_live(
    *, analysed: JobState | None, made: JobState | None, generation: list[JobState], older: bool
) -> None:
    shown = project(
        analysis=analysis(analysed) if analysed else None,
        own=own(made) if made else None,
        generation=generation,
        older_live=older,
    )
    everything = [state for state in (analysed, made, *generation) if state is not None]
    live = older or any(state in LIVE for state in everything)
    assert (shown.ai_status in IN_FLIGHT) is live
    if not live and everything:
        succeeded = JobState.SUCCEEDED in everything
        assert shown.ai_status is (AiStatus.COMPLETED if succeeded else AiStatus.FAILED)


@given(
    analysed=st.none() | states,
    made=st.none() | states,
    generation=generations,
    older=st.booleans(),
)
def test_progress_is_a_share_or_unknown_and_stage_and_status_agree(
    *, analysed: JobState | None, made: JobState | None, generation: list[JobState], older: bool
) -> None:
    shown = project(
        analysis=analysis(analysed) if analysed else None,
        own=own(made) if made else None,
        generation=generation,
        older_live=older,
    )
    assert shown.progress is None or 0 <= shown.progress <= 1
    ended = {Stage.DONE, Stage.FAILED, Stage.CANCELLED}
    assert (shown.stage in ended) is (shown.ai_status not in IN_FLIGHT)
    if shown.ai_status is AiStatus.COMPLETED:
        assert shown.failure is None


def test_an_image_no_model_was_asked_about_has_no_status() -> None:
    assert project(analysis=None, own=None, generation=()) == Standing()
    assert Standing().ai_status is None


@pytest.mark.parametrize("state", sorted(LIVE))
def test_a_running_analysis_is_shown_before_anything_else(state: JobState) -> None:
    running = analysis(state, progress=0.25, queue_position=3)
    shown = project(analysis=running, own=own(JobState.QUEUED), generation=[JobState.SUBMITTED])
    assert shown.ai_status is AiStatus.PROCESSING
    assert shown.stage is running.stage
    assert (shown.stage_message, shown.progress, shown.queue_position) == (
        running.stage_message,
        0.25,
        3,
    )


def test_a_child_that_waits_for_its_turn_is_queued() -> None:
    waiting = project(analysis=None, own=own(JobState.QUEUED), generation=())
    assert (waiting.ai_status, waiting.stage) == (AiStatus.QUEUED, Stage.WAITING)


@pytest.mark.parametrize("state", sorted(LIVE - {JobState.QUEUED}))
def test_a_child_being_made_is_processing(state: JobState) -> None:
    shown = project(analysis=None, own=own(state), generation=())
    assert (shown.ai_status, shown.stage) == (AiStatus.PROCESSING, STAGES[state])


def test_a_source_counts_what_is_finished_of_its_variations() -> None:
    generation = [JobState.SUCCEEDED, JobState.FAILED, JobState.SUBMITTED, JobState.QUEUED]
    shown = project(analysis=analysis(JobState.SUCCEEDED), own=None, generation=generation)
    assert shown.ai_status is AiStatus.PROCESSING
    assert shown.stage is Stage.PROVIDER_RUNNING
    assert shown.stage_message == "2 of 4 variations finished"
    assert shown.progress == 0.5


@pytest.mark.parametrize("generation", [[], [JobState.SUCCEEDED] * 3])
def test_older_work_under_way_has_no_invented_progress(generation: list[JobState]) -> None:
    shown = project(analysis=None, own=None, generation=generation, older_live=True)
    assert shown.ai_status is AiStatus.PROCESSING
    assert shown.progress is None
    assert "of" not in shown.stage_message.split()


def test_a_partly_failed_generation_is_completed_and_says_how_much() -> None:
    generation = [JobState.SUCCEEDED, JobState.SUCCEEDED, JobState.FAILED]
    shown = project(analysis=None, own=None, generation=generation)
    assert shown.ai_status is AiStatus.COMPLETED
    assert shown.stage_message == "2 of 3 variations completed"


def test_a_generation_in_which_all_failed_is_failed() -> None:
    shown = project(analysis=None, own=None, generation=[JobState.FAILED] * 3)
    assert (shown.ai_status, shown.stage) == (AiStatus.FAILED, Stage.FAILED)
    assert shown.stage_message == "0 of 3 variations completed"


def test_a_failed_analysis_gives_its_reason() -> None:
    shown = project(analysis=analysis(JobState.FAILED), own=None, generation=())
    assert (shown.ai_status, shown.stage) == (AiStatus.FAILED, Stage.FAILED)
    assert (shown.failure, shown.stage_message) == (REFUSED, REFUSED.message)


def test_a_cancelled_child_reads_failed_with_the_code_cancelled() -> None:
    shown = project(analysis=None, own=own(JobState.CANCELLED), generation=())
    assert (shown.ai_status, shown.stage) == (AiStatus.FAILED, Stage.CANCELLED)
    assert shown.failure == STOPPED


@given(st.lists(st.sampled_from(sorted(TERMINAL)), min_size=1, max_size=12))
def test_the_order_of_a_generation_does_not_matter(generation: list[JobState]) -> None:
    shown = project(analysis=None, own=None, generation=generation)
    assert shown == project(analysis=None, own=None, generation=generation[::-1])


@given(st.lists(st.integers(0, 12), min_size=5, max_size=5))
def test_the_counts_add_up(numbers: list[int]) -> None:
    counts = GenerationCounts(*numbers)
    assert counts.total == sum(numbers)
    assert counts.live == counts.queued + counts.processing
    assert counts.total - counts.live == counts.completed + counts.failed + counts.cancelled
