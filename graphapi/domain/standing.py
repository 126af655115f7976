"""Where an image stands: one projection of its jobs, for the person who watches.

It is a projection over the latest analysis and the latest generation, not over history:
anything live reads PROCESSING (a child that waits for its turn: QUEUED); else COMPLETED if
anything succeeded, FAILED if nothing did; null when no model was ever asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.images import AiStatus
from graphapi.domain.jobs import LIVE, JobKind, JobState, Stage


@dataclass(frozen=True, slots=True)
class Standing:
    """What is shown of an image's jobs. `progress` is 0 to 1, null when nobody knows."""

    ai_status: AiStatus | None = None
    stage: Stage = Stage.DONE
    stage_message: str = ""
    progress: float | None = None
    queue_position: int | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class JobView:
    """What the projection needs to know of one job."""

    kind: JobKind
    state: JobState
    stage: Stage
    stage_message: str
    progress: float | None = None
    queue_position: int | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class GenerationCounts:
    """How the variations of one generation stand; the five always add up to `total`."""

    queued: int = 0
    processing: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def total(self) -> int:
        """Add up the variations."""
        return self.queued + self.processing + self.completed + self.failed + self.cancelled

    @property
    def live(self) -> int:
        """Count the variations that are not finished."""
        return self.queued + self.processing


@dataclass(frozen=True, slots=True)
class Generation:
    """One request for variations, with how they stand."""

    id: str
    owner_id: str
    image_id: str
    counts: GenerationCounts
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Input:
    """An image that a request works on; `role` is what a person says it is."""

    image_id: str
    role: str | None = None


def project(
    *,
    analysis: JobView | None,
    own: JobView | None,
    generation: Sequence[JobState],
    older_live: bool = False,
) -> Standing:
    """Project an image's jobs onto what is shown.

    `analysis` is the latest analysis; `own` the latest attempt at making this very image (a
    child's); `generation` the states of the variations last asked of this image; `older_live`
    tells of work in flight that none of these show.
    """
    if analysis is not None and analysis.state in LIVE:
        return _shown(analysis, AiStatus.PROCESSING)
    if own is not None and own.state in LIVE:
        waits = own.state is JobState.QUEUED and own.stage is Stage.WAITING
        return _shown(own, AiStatus.QUEUED if waits else AiStatus.PROCESSING)
    if older_live or any(state in LIVE for state in generation):
        return _generating(generation)
    return _settled(analysis, own, generation)


def _shown(job: JobView, status: AiStatus) -> Standing:
    return Standing(
        status, job.stage, job.stage_message, job.progress, job.queue_position, job.failure
    )


def _generating(generation: Sequence[JobState]) -> Standing:
    live = [state for state in generation if state in LIVE]
    if not live:
        # Only older work is under way, and nobody here knows how far it is.
        message = "Variations asked for before are still being made"
        return Standing(AiStatus.PROCESSING, Stage.PROVIDER_RUNNING, message)
    ended = len(generation) - len(live)
    message = f"{ended} of {len(generation)} variations finished"
    running = any(state is not JobState.QUEUED for state in live)
    stage = Stage.PROVIDER_RUNNING if running else Stage.WAITING
    return Standing(AiStatus.PROCESSING, stage, message, ended / len(generation))


def _settled(
    analysis: JobView | None, own: JobView | None, generation: Sequence[JobState]
) -> Standing:
    asked = [job for job in (analysis, own) if job is not None]
    states = [job.state for job in asked] + list(generation)
    if not states:
        return Standing()
    if JobState.SUCCEEDED in states:
        return Standing(AiStatus.COMPLETED, Stage.DONE, _summary(generation), 1.0)
    failure = next((job.failure for job in asked if job.failure), None)
    if failure is None:
        return Standing(AiStatus.FAILED, Stage.FAILED, _summary(generation))
    cancelled = failure.code is JobErrorCode.CANCELLED
    stage = Stage.CANCELLED if cancelled else Stage.FAILED
    return Standing(AiStatus.FAILED, stage, failure.message, failure=failure)


def _summary(generation: Sequence[JobState]) -> str:
    if not generation:
        return "Done"
    succeeded = sum(state is JobState.SUCCEEDED for state in generation)
    return f"{succeeded} of {len(generation)} variations completed"
