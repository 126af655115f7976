"""The doorbell: how a committed row asks a worker to look at it.

It may ring zero, one or many times; the row is the job, and the sweeper rings again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Step(StrEnum):
    """The steps of a job that an actor performs; each value is the actor's name."""

    PREPARE = "prepare"
    SUBMIT = "submit"
    ANALYSE = "analyse"
    FINALISE = "finalise"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Bell:
    """One ring: this job is ready for this step, since `due_at` if that is known."""

    step: Step
    job_id: str
    due_at: datetime | None = field(default=None, compare=False)


class Doorbell(Protocol):
    """Rings workers."""

    async def ring(self, bells: Sequence[Bell]) -> None:
        """Ring each bell once, at most; never raise, never block for longer than a second."""
