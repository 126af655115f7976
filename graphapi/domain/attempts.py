"""Attempts at making a variation: each is one paid request at most, and keeps how it ended."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from graphapi.domain.failures import Failure
from graphapi.domain.jobs import TERMINAL, Billed, JobState


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, numbered from 1. `request_id` is the provider's own name for it."""

    number: int
    state: JobState
    billed: Billed
    provider: str
    model: str
    started_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None
    cancel_requested_at: datetime | None
    seed: int | None
    request_id: str | None
    failure: Failure | None


class Stop(StrEnum):
    """What became of the wish to stop an attempt."""

    STOPPED = "STOPPED"
    STOPPING = "STOPPING"
    UNCERTAIN = "UNCERTAIN"
    ENDED = "ENDED"


class RecoveryOutcome(StrEnum):
    """What a search for a late result came to."""

    RECOVERED = "RECOVERED"
    STILL_RUNNING = "STILL_RUNNING"
    NOTHING_FOUND = "NOTHING_FOUND"
    CANNOT_KNOW = "CANNOT_KNOW"
    NOT_NEEDED = "NOT_NEEDED"


def stop_of(state: JobState, billed: Billed) -> Stop:
    """Tell what became of the wish to stop an attempt that now stands so.

    Asking twice answers alike, since only where the attempt stands is looked at. One whose result
    has come counts as ended: it is made, and kept.
    """
    if state is JobState.CANCELLED and billed is Billed.NO:
        return Stop.STOPPED
    if state is JobState.SUBMITTED:
        return Stop.STOPPING
    if state in {JobState.SUBMITTING, JobState.SUBMIT_UNKNOWN}:
        return Stop.UNCERTAIN
    assert state in TERMINAL | {JobState.RESULT_READY}  # noqa: S101 - a queued one is cancelled
    return Stop.ENDED
