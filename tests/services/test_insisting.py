"""A database that breaks and holds again: what was begun is let go of, and nothing waits for long.

A disk that is full, a restart, a line that is cut: whatever a step was about to write, at whichever
moment, the next step finds the job free again without waiting for a claim to run out.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from graphapi.container.use_cases import make_steps
from graphapi.domain.analysis import AnalysisContext
from graphapi.domain.jobs import Billed, JobState
from graphapi.errors import Unavailable
from graphapi.ports.doorbell import Step
from graphapi.services import insisting
from graphapi.services.insisting import insist, take_or_leave
from graphapi.services.requests import AnalysisWanted
from tests.persistence.library import TurnedClock
from tests.services.house import WORKER, House, shots
from tests.services.mortal import Broken, Fickle

MINUTE = timedelta(minutes=1)
# Before, within and after each of the first three writes of a step; once, or for some time.
BREAKS = [(moments, 1) for moments in range(1, 10)] + [(moments, 4) for moments in range(1, 8)]
# A claim would have to run out for minutes.
SOON = 10


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insisting, "SHORTEST_WAIT", 0.001)


class Stubborn:
    """A write that fails so often before it is taken."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.tries = 0

    async def __call__(self) -> str:
        self.tries += 1
        if self.tries <= self.failures:
            raise Broken(f"try {self.tries}")
        return "written"


async def test_a_write_is_tried_until_it_is_taken() -> None:
    clock, write = TurnedClock(), Stubborn(3)
    assert await insist(write, "it", clock.now() + MINUTE, clock) == "written"
    assert write.tries == 4


async def test_a_write_is_given_up_with_its_last_error_when_its_time_is_over() -> None:
    clock, write = TurnedClock(), Stubborn(3)
    with pytest.raises(Broken, match="try 1"):
        await insist(write, "it", clock.now(), clock)
    assert write.tries == 1


async def test_what_may_have_been_taken_is_left_before_the_error_is_passed_on() -> None:
    clock, left = TurnedClock(), Stubborn(2)

    async def leave() -> None:
        await left()

    with pytest.raises(Broken, match="try 1"):
        await take_or_leave(Stubborn(1), leave, "it", clock.now() + MINUTE, clock)
    assert left.tries == 3


@pytest.mark.slow
@pytest.mark.parametrize("broken", [Step.PREPARE, Step.SUBMIT, Step.FINALISE])
async def test_a_database_that_breaks_in_a_step_costs_a_variation_no_more_than_seconds(
    house: House, broken: Step
) -> None:
    for moments, times in BREAKS:
        # Of an image of its own, or the source would not have to be prepared again.
        image = await house.furnish()
        wanted = shots(1)
        scheduled = await house.use_cases.variations.request(house.owner, image.id, wanted)
        job = await house.job_of(scheduled.variations[0].id)
        seconds = await ended_over(house, job.id, broken, Fickle(house.database, moments, times))
        job = await house.job(job.id)
        assert (job.state, job.billed) == (JobState.SUCCEEDED, Billed.YES)
        assert seconds < SOON, (moments, times)
    assert len(house.fal.ledger.accepted) == len(BREAKS)


@pytest.mark.slow
@pytest.mark.parametrize("broken", [Step.ANALYSE, Step.FINALISE])
async def test_a_database_that_breaks_in_a_step_costs_an_analysis_no_more_than_seconds(
    house: House, broken: Step
) -> None:
    for moments, times in BREAKS:
        # Never the same question, or OpenRouter would answer from its cache.
        wanted = AnalysisWanted(AnalysisContext(title=f"{moments} {times}"))
        await house.use_cases.analyses.request(house.owner, house.image_id, wanted)
        job = await house.job_of(house.image_id)
        seconds = await ended_over(house, job.id, broken, Fickle(house.database, moments, times))
        assert (await house.job(job.id)).state is JobState.SUCCEEDED
        assert seconds < SOON, (moments, times)
    assert sum(call.charged > 0 for call in house.openrouter.calls) == len(BREAKS)


class Outage(Fickle):
    """A database that is away for a minute at each try."""

    def __init__(self, house: House, moments: int, times: int) -> None:
        super().__init__(house.database, moments, times)
        self._house = house

    def _live_on(self) -> None:
        try:
            super()._live_on()
        except Broken:
            self._house.clock.turn(minutes=1)
            raise


async def test_an_outage_beyond_the_deadline_costs_a_try_and_not_the_picture(house: House) -> None:
    (job_id,) = await house.ask(1)
    await house.answer_bells()
    await house.poll()
    left = (await house.job(job_id)).deadline_at - house.clock.now()
    house.clock.turn(seconds=left.total_seconds() - 30)
    await house.beat()
    # The claim is written, the picture is not, and for some time not even that it is not.
    steps = make_steps(replace(house.base, database=Outage(house, 4, 3)), WORKER)
    await steps[Step.FINALISE](job_id)
    assert (await house.job(job_id)).state is JobState.RESULT_READY
    house.clock.turn(seconds=2)
    await house.beat()
    await house.sweep()
    assert (await house.job(job_id)).state is JobState.SUCCEEDED


@pytest.mark.parametrize(
    ("error", "told"),
    [(Unavailable("It is away."), ("refused", False)), (Broken("a bug"), ("a bug", True))],
)
async def test_an_outage_is_told_in_a_line_and_a_fault_with_its_stack(
    caplog: pytest.LogCaptureFixture, error: Exception, told: tuple[str, bool]
) -> None:
    tries = [error]

    async def write() -> str:
        if tries:
            raise tries.pop() from ConnectionRefusedError("refused")
        return "written"

    clock = TurnedClock()
    assert await insist(write, "job_1", clock.now() + MINUTE, clock) == "written"
    (record,) = caplog.records
    reason, with_stack = told
    assert reason in record.message
    assert bool(record.exc_info) == with_stack


async def ended_over(house: House, job_id: str, broken: Step, fickle: Fickle) -> int:
    """Let a job's steps be taken, the first `broken` one over a database that breaks.

    Answers how many seconds that took, with a sweep in each.
    """
    steps = make_steps(replace(house.base, database=fickle), WORKER)
    pending = {broken: steps[broken]}
    for seconds in range(60):
        await house.listen()
        bells = [*house.heard.bells, *await house.sweeping.sweep()]
        house.heard.forget()
        for bell in dict.fromkeys(bells):
            perform = pending.pop(bell.step, house.steps[bell.step])
            with suppress(Broken, Unavailable):  # its actor writes it into the log
                await perform(bell.job_id)
        await house.poll()
        if (await house.job(job_id)).state is JobState.SUCCEEDED:
            return seconds
        house.clock.turn(seconds=1)
    raise AssertionError(f"not ended: {(await house.job(job_id)).state}")
