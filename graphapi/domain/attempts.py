"""Attempts at making an image or a recording: each is one paid request at most, and stays."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from graphapi.domain.failures import Failure
from graphapi.domain.jobs import LIVE, TERMINAL, Billed, JobState


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
    SHARED = "SHARED"
    UNCERTAIN = "UNCERTAIN"
    ENDED = "ENDED"


class RetryOutcome(StrEnum):
    """What became of the wish to try again."""

    RETRIED = "RETRIED"
    MAYBE_CHARGED = "MAYBE_CHARGED"
    NOT_NEEDED = "NOT_NEEDED"


class RecoveryOutcome(StrEnum):
    """What a search for a late result came to."""

    RECOVERED = "RECOVERED"
    STILL_RUNNING = "STILL_RUNNING"
    NOTHING_FOUND = "NOTHING_FOUND"
    CANNOT_KNOW = "CANNOT_KNOW"
    NOT_NEEDED = "NOT_NEEDED"


def stop_of(state: JobState, billed: Billed, *, wanted_beside: bool = False) -> Stop:
    """Tell what became of the wish to stop an attempt that now stands so.

    `wanted_beside`: its request also makes pictures that are still wanted. Asking twice answers
    alike, since only where the attempt stands is looked at. One whose result has come counts as
    ended: it is made, and kept.
    """
    if state is JobState.CANCELLED and billed is Billed.NO:
        return Stop.STOPPED
    if wanted_beside:
        return Stop.SHARED
    if state is JobState.SUBMITTED:
        return Stop.STOPPING
    if state in {JobState.SUBMITTING, JobState.SUBMIT_UNKNOWN}:
        return Stop.UNCERTAIN
    assert state in TERMINAL | {JobState.RESULT_READY}  # noqa: S101 - a queued one is cancelled
    return Stop.ENDED


def hopeless(states: Iterable[JobState]) -> bool:
    """Tell of the attempts at one thing whether none has succeeded and none is under way."""
    hopeful = LIVE | {JobState.SUCCEEDED}
    return not any(state in hopeful for state in states)
