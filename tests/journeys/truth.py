"""What was true at the provider, moment by moment, to compare with what was said of it."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from tests.emulators.fal import FalEmulator
from tests.emulators.fal.jobs import Job
from tests.journeys.watching import Heard

# A stage, with the position in the queue where it is one of waiting there.
Standing = tuple[str, int | None]

# From the provider's answer to the subscriber, on a busy machine.
ON_ITS_WAY = 2.5
# A job is asked about twice a second while it is young; the rest is a busy machine's.
NOTICED_WITHIN = 2.5
_INSTANT = 0.000_001
_BEFORE_SUBMIT = {"WAITING", "PREPARING", "SUBMITTING"}
_AFTER_END = {"SAVING", "DONE", "FAILED"}


class Truth:
    """How every accepted request stood, at every moment until now.

    `slack` is how many seconds a busy machine may add to what is promised.
    """

    def __init__(self, fal: FalEmulator, slack: float = 0.0) -> None:
        self._slack = slack
        self._jobs = fal.jobs

    def running_now(self) -> int:
        """Count the jobs that run."""
        return sum(job.started_at is not None and job.ended_at is None for job in self._jobs)

    def most_at_once(self) -> int:
        """Count how many jobs ran at the same moment, at most."""
        begun = [_started(job) for job in self._jobs]
        return max(sum(_started(j) <= at < _ended(j) for j in self._jobs) for at in begun)

    def assert_never_false(self, request_id: str, heard: Iterable[Heard]) -> None:
        """Fail if anything heard of a request had not been so shortly before."""
        job = self._job(request_id)
        for each in heard:
            stage, place = each.event["stage"], each.event["queuePosition"]
            if stage in _AFTER_END:
                assert _ended(job) <= each.at, f"{stage} before the end"
            elif stage not in _BEFORE_SUBMIT:
                was = self._within(job, each.at - ON_ITS_WAY - self._slack, each.at)
                assert (stage, place) in was, f"said {stage} {place}, was {was}"

    def assert_never_late(self, request_id: str, heard: Sequence[Heard]) -> None:
        """Fail if something that stayed true for a while was not heard of meanwhile."""
        job = self._job(request_id)
        for start, end in pairwise(self._turns(job)):
            if end - start > NOTICED_WITHIN + self._slack:
                last = [each.event for each in heard if each.at < end][-1]
                said = (last["stage"], last["queuePosition"])
                assert said == self._at(job, start), f"still said {said} after {end - start} s"

    def _job(self, request_id: str) -> Job:
        return next(job for job in self._jobs if job.request_id == request_id)

    def _at(self, job: Job, moment: float) -> Standing:
        if moment >= _ended(job):
            return "DONE", None
        if moment >= _started(job):
            return "PROVIDER_RUNNING", None
        before = self._jobs[: self._jobs.index(job)]
        return "PROVIDER_QUEUED", sum(_started(each) > moment for each in before)

    def _turns(self, job: Job) -> list[float]:
        """List the moments at which something became true of a job, from its acceptance on."""
        before = self._jobs[: self._jobs.index(job)]
        sent = job.sent_at.timestamp()
        moved = {_started(each) for each in before if sent < _started(each) < _started(job)}
        return [sent, *sorted(moved), _started(job), _ended(job)]

    def _within(self, job: Job, start: float, end: float) -> set[Standing]:
        turns = [turn for turn in self._turns(job) if start <= turn <= end]
        moments = [start, end, *turns, *(turn - _INSTANT for turn in turns)]
        return {self._at(job, moment) for moment in moments}


def _started(job: Job) -> float:
    assert job.started_at is not None
    return job.started_at.timestamp()


def _ended(job: Job) -> float:
    assert job.ended_at is not None
    return job.ended_at.timestamp()
