"""The law of a job's life, read off its table."""

import pytest

from graphapi.domain.jobs import LIVE, MOVES, TERMINAL, JobState, Mover, may_move

ACCEPTED = (JobState.SUBMITTED, JobState.RESULT_READY)


def reachable(start: JobState) -> set[JobState]:
    """Walk the table from one state to all that can follow."""
    seen, ahead = {start}, [start]
    while ahead:
        here = ahead.pop()
        fresh = {end for begin, end in MOVES if begin is here} - seen
        seen |= fresh
        ahead.extend(fresh)
    return seen


def test_every_state_is_either_live_or_terminal() -> None:
    assert set(JobState) == LIVE | TERMINAL
    assert not LIVE & TERMINAL


@pytest.mark.parametrize("state", sorted(TERMINAL))
def test_a_terminal_state_has_no_way_out(state: JobState) -> None:
    assert reachable(state) == {state}


def test_every_state_can_be_reached_from_the_queue() -> None:
    assert reachable(JobState.QUEUED) == set(JobState)


@pytest.mark.parametrize("state", sorted(LIVE))
def test_every_live_state_can_end(state: JobState) -> None:
    assert reachable(state) & TERMINAL
    assert JobState.FAILED in reachable(state)


def test_every_move_has_a_mover_and_goes_somewhere_else() -> None:
    for (start, end), movers in MOVES.items():
        assert movers
        assert start is not end


def test_every_mover_has_something_to_move() -> None:
    assert set().union(*MOVES.values()) == set(Mover)


@pytest.mark.parametrize("state", ACCEPTED)
def test_an_accepted_job_is_never_queued_or_submitted_again(state: JobState) -> None:
    assert not reachable(state) & {JobState.QUEUED, JobState.SUBMITTING, JobState.SUBMIT_UNKNOWN}


def test_a_submit_in_doubt_is_never_sent_again() -> None:
    after = reachable(JobState.SUBMIT_UNKNOWN)
    assert not after & {JobState.QUEUED, JobState.SUBMITTING}


def test_only_the_submitter_starts_a_paid_call() -> None:
    starts = [movers for (_, end), movers in MOVES.items() if end is JobState.SUBMITTING]
    assert starts == [frozenset({Mover.SUBMITTER})]


def test_only_the_finaliser_calls_a_job_done() -> None:
    ends = [movers for (_, end), movers in MOVES.items() if end is JobState.SUCCEEDED]
    assert ends == [frozenset({Mover.FINALISER})]


def test_may_move_is_the_table_and_nothing_else() -> None:
    for start in JobState:
        for end in JobState:
            for mover in Mover:
                assert may_move(start, end, mover) is (mover in MOVES.get((start, end), ()))
    assert not may_move(JobState.SUCCEEDED, JobState.QUEUED, Mover.SWEEPER)
