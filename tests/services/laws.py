"""What holds at every moment of every life: of jobs, of images, of the history and of the money."""

from collections import Counter
from collections.abc import Iterable, Mapping

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import IN_FLIGHT
from graphapi.domain.jobs import LIVE, MOVES, TERMINAL, JobKind, JobState
from graphapi.persistence.records import AnyRow

# Each picture that came is taken in by itself, and each may end by itself.
_ALONE = {JobState.RESULT_READY, *TERMINAL}
_AT_PROVIDER = {JobState.SUBMITTING, JobState.SUBMIT_UNKNOWN, JobState.SUBMITTED}
# What an owner is told whose picture may be at the provider all the same.
SAYS_SO = {JobErrorCode.SUBMIT_UNKNOWN, JobErrorCode.RESULT_LOST, JobErrorCode.INVALID_OUTPUT}


def reachable(start: JobState) -> set[JobState]:
    """Walk the law from one state to all that may follow."""
    seen, ahead = {start}, [start]
    while ahead:
        here = ahead.pop()
        fresh = {end for begin, end in MOVES if begin is here} - seen
        seen |= fresh
        ahead.extend(fresh)
    return seen


FOLLOWING = {state: reachable(state) for state in JobState}


def assert_jobs_went_on(before: Mapping[str, AnyRow], after: Mapping[str, AnyRow]) -> None:
    """Fail if a job is gone or went back, or if an end was not one."""
    for job_id, was in before.items():
        now = after[job_id]
        assert now.version >= was.version
        assert now.fence >= was.fence
        assert now.state in FOLLOWING[was.state]
        if was.state in TERMINAL:
            assert now.state is was.state


def assert_shown_went_on(before: Mapping[str, AnyRow], after: Mapping[str, AnyRow]) -> None:
    """Fail if an image or a recording changed without a new version, or went back."""
    for shown_id, was in before.items():
        now = after[shown_id]
        assert now.version >= was.version
        assert now == was or now.version > was.version
        assert now.changed_seq >= was.changed_seq


def assert_shown_truly(shown: Iterable[AnyRow], jobs: Iterable[AnyRow]) -> None:
    """Fail if an image or a recording spins for which nothing is under way, or the other way."""
    concerned = ("image_id", "source_image_id", "recording_id")
    live = [job for job in jobs if job.state in LIVE]
    awaited = {getattr(job, name) for job in live for name in concerned}
    for each in shown:
        assert (each.ai_status in IN_FLIGHT) is (each.id in awaited), (each.id, each.ai_status)


def assert_one_at_a_time(jobs: Iterable[AnyRow]) -> None:
    """Fail if anything is being made twice at once, or made again although it is there."""
    hopeful = Counter(
        job.recording_id or job.image_id
        for job in jobs
        if job.kind is not JobKind.ANALYSIS and job.state in LIVE | {JobState.SUCCEEDED}
    )
    assert not hopeful or max(hopeful.values()) == 1, hopeful.most_common(1)


def assert_moved_by_law(history: Iterable[AnyRow]) -> None:
    """Fail if any move in these histories, in order, was not its mover's to make."""
    stood: dict[str, AnyRow] = {}
    for event in history:
        was = stood.get(event.job_id)
        if was is not None:
            assert event.version > was.version
            if event.state is not was.state:
                assert event.mover in MOVES.get((was.state, event.state), ()), (was, event)
        stood[event.job_id] = event


def assert_rode_together(jobs: Mapping[str, AnyRow]) -> None:
    """Fail if a job that rides with another is not where that one is, until it has its picture."""
    for job in jobs.values():
        if job.rides_with is None:
            continue
        leader = jobs[job.rides_with]
        assert leader.rides_with is None
        together = job.state is leader.state or {job.state, leader.state} <= _ALONE
        assert together, (job.id, job.state, leader.state)
        assert (job.attempt_token_hash, job.seed) == (None, leader.seed)
        assert job.pictures == leader.pictures
        if job.state in _AT_PROVIDER:
            assert (job.claimed_by, job.request_id) == (None, leader.request_id)
            assert 0 < job.place < job.pictures


def assert_asked_for_each(requests: Iterable[tuple[list[str], int]]) -> None:
    """Fail if a request asked for more pictures, or fewer, than there were jobs to bring them."""
    for senders, pictures in requests:
        assert len(senders) == pictures, (senders, pictures)


def assert_paid_once(requests: Iterable[list[str]], analyses: Iterable[str]) -> None:
    """Fail if a job was accepted twice, or a request that no row knew of.

    `requests` are the jobs of each; `analyses` are the questions that OpenRouter took, each of
    which is asked once.
    """
    by_request = list(requests)
    assert [] not in by_request, "a request arrived that no row knew of"
    accepted = Counter(job_id for senders in by_request for job_id in senders)
    assert not accepted or max(accepted.values()) == 1, "a job was accepted twice"
    asked = Counter(analyses)
    assert not asked or max(asked.values()) == 1, "an analysis was asked for twice"


def contents_at_hand(jobs: Iterable[AnyRow]) -> list[str]:
    """List where that lies which came inside answers; fail if a result is neither here nor there.

    A transcription has words alone.
    """
    keys = []
    for job in jobs:
        if job.state is JobState.RESULT_READY and job.kind in {JobKind.VARIATION, JobKind.SPEECH}:
            kept = job.result["images"][job.place] if "images" in job.result else job.result
            assert (kept["key"] is None) is not (kept["url"] is None), job.id
            keys += [kept["key"]] if kept["key"] else []
    return keys


def assert_settled(jobs: Iterable[AnyRow], ledger: Iterable[AnyRow]) -> None:
    """Fail if a job that has ended is not reserved once and closed once."""
    lines = Counter((line.job_id, line.closes) for line in ledger)
    for job in jobs:
        assert (lines[job.id, False], lines[job.id, True]) == (1, 1), (job.id, job.state)


def assert_kept(made: Iterable[AnyRow]) -> None:
    """Fail if a job whose picture was made ended otherwise, without saying so."""
    for job in made:
        kept = job.state is JobState.SUCCEEDED or job.failure_code in SAYS_SO
        assert kept, (job.id, job.state, job.failure_code)
