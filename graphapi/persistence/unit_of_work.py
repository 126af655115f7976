"""One write: a transaction, and what is told to others once it is committed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.jobs import JobKind, JobState
from graphapi.ports.bus import Change
from graphapi.ports.clock import Clock, SystemClock
from graphapi.ports.doorbell import Bell

# What is read through, by its name for those who know no SQL.
Connection: TypeAlias = AsyncConnection


@dataclass(slots=True)
class UnitOfWork:
    """A transaction under way, with the bells and changes it has noted.

    Bells are rung and changes are published after the commit, never on rollback. `daily_cap` is
    the most, in millionths of a dollar, that an owner may ask for in a day; None: no limit.
    """

    connection: AsyncConnection
    daily_cap: int | None = None
    clock: Clock = field(default_factory=SystemClock)
    bells: dict[Bell, None] = field(default_factory=dict)
    changes: dict[str, Change] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    moves: list[tuple[JobKind, JobState]] = field(default_factory=list)

    def ring(self, bells: Iterable[Bell]) -> None:
        """Note bells, each once, in order."""
        self.bells.update(dict.fromkeys(bells))

    def note(self, change: Change) -> None:
        """Note a change; the newest version of an image replaces an older one."""
        self.changes[change.image_id] = change
