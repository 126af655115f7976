"""The life of a job: one row is one paid attempt, never recycled.

`MOVES` is the whole law. `persistence.transition` is the only code that applies it.
"""

from enum import StrEnum


class JobKind(StrEnum):
    """What a job brings."""

    ANALYSIS = "ANALYSIS"
    VARIATION = "VARIATION"
    TRANSCRIPTION = "TRANSCRIPTION"
    SPEECH = "SPEECH"


# These bring a recording, and all others something of an image.
OF_SOUND = frozenset({JobKind.TRANSCRIPTION, JobKind.SPEECH})


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "QUEUED"
    SUBMITTING = "SUBMITTING"
    SUBMIT_UNKNOWN = "SUBMIT_UNKNOWN"
    SUBMITTED = "SUBMITTED"
    RESULT_READY = "RESULT_READY"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


TERMINAL = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})
LIVE = frozenset(JobState) - TERMINAL


class Mover(StrEnum):
    """Who may move a job."""

    API = "api"
    PREPARE = "prepare"
    SUBMITTER = "submitter"
    POLLER = "poller"
    WEBHOOK = "webhook"
    SWEEPER = "sweeper"
    CANCELLER = "canceller"
    RECONCILER = "reconciler"
    FINALISER = "finaliser"


_Q, _ING, _UNK = JobState.QUEUED, JobState.SUBMITTING, JobState.SUBMIT_UNKNOWN
_ED, _RDY, _OK = JobState.SUBMITTED, JobState.RESULT_READY, JobState.SUCCEEDED
_BAD, _OFF = JobState.FAILED, JobState.CANCELLED

MOVES: dict[tuple[JobState, JobState], frozenset[Mover]] = {
    (_Q, _ING): frozenset({Mover.SUBMITTER}),
    # Whoever fails an analysis also ends the variations that waited for it.
    (_Q, _BAD): frozenset(
        {Mover.PREPARE, Mover.SWEEPER, Mover.SUBMITTER, Mover.RECONCILER, Mover.FINALISER}
    ),
    # A job that a person cancelled while it was being sent, and that was provably not sent.
    (_Q, _OFF): frozenset({Mover.API, Mover.SUBMITTER, Mover.SWEEPER}),
    (_ING, _ED): frozenset({Mover.SUBMITTER, Mover.WEBHOOK}),
    (_ING, _RDY): frozenset({Mover.SUBMITTER}),
    (_ING, _Q): frozenset({Mover.SUBMITTER, Mover.SWEEPER}),
    (_ING, _BAD): frozenset({Mover.SUBMITTER}),
    (_ING, _UNK): frozenset({Mover.SUBMITTER, Mover.SWEEPER}),
    (_UNK, _ED): frozenset({Mover.WEBHOOK, Mover.RECONCILER, Mover.SUBMITTER}),
    (_UNK, _RDY): frozenset({Mover.WEBHOOK, Mover.RECONCILER, Mover.SUBMITTER}),
    # The submitter: by the request's own answer, come late, that has a picture less than asked for.
    (_UNK, _BAD): frozenset({Mover.RECONCILER, Mover.SUBMITTER}),
    (_ED, _RDY): frozenset({Mover.POLLER, Mover.WEBHOOK}),
    (_ED, _BAD): frozenset({Mover.POLLER, Mover.WEBHOOK}),
    (_ED, _OFF): frozenset({Mover.POLLER, Mover.WEBHOOK, Mover.CANCELLER}),
    (_RDY, _OK): frozenset({Mover.FINALISER}),
    (_RDY, _BAD): frozenset({Mover.FINALISER}),
}


class Billed(StrEnum):
    """Whether a job was paid for, as far as anybody can know."""

    NO = "NO"
    YES = "YES"
    UNKNOWN = "UNKNOWN"


class Stage(StrEnum):
    """What is happening to an image right now, for the person who watches."""

    WAITING = "WAITING"
    PREPARING = "PREPARING"
    SUBMITTING = "SUBMITTING"
    SUBMIT_UNKNOWN = "SUBMIT_UNKNOWN"
    PROVIDER_QUEUED = "PROVIDER_QUEUED"
    PROVIDER_RUNNING = "PROVIDER_RUNNING"
    SAVING = "SAVING"
    ANALYSING = "ANALYSING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


# What is shown of a job when it enters a state, unless whoever moves it knows better.
SHOWN: dict[JobState, tuple[Stage, str]] = {
    JobState.QUEUED: (Stage.WAITING, "Waiting for its turn"),
    JobState.SUBMITTING: (Stage.SUBMITTING, "Sending the request"),
    JobState.SUBMIT_UNKNOWN: (
        Stage.SUBMIT_UNKNOWN,
        "It is not known whether the provider took the request; it is not sent again",
    ),
    JobState.SUBMITTED: (Stage.PROVIDER_QUEUED, "Waiting in the provider's queue"),
    JobState.RESULT_READY: (Stage.SAVING, "Saving the result"),
    JobState.SUCCEEDED: (Stage.DONE, "Done"),
    JobState.FAILED: (Stage.FAILED, "Failed"),
    JobState.CANCELLED: (Stage.CANCELLED, "Cancelled"),
}


def shown(kind: JobKind, state: JobState) -> tuple[Stage, str]:
    """Tell what is shown of a job of this kind when it enters a state."""
    if kind is JobKind.ANALYSIS and state is JobState.SUBMITTING:
        return Stage.ANALYSING, "Looking at the picture"
    return SHOWN[state]


def may_move(start: JobState, end: JobState, mover: Mover) -> bool:
    """Tell whether `mover` may take a job from `start` to `end`."""
    return mover in MOVES.get((start, end), frozenset())
