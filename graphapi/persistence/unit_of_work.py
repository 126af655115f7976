"""One write: a transaction, and what is told to others once it is committed."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.jobs import JobKind, JobState
from graphapi.ports.bus import Change
from graphapi.ports.doorbell import Bell


@dataclass(slots=True)
class UnitOfWork:
    """A transaction under way, with the bells and changes it has noted.

    Bells are rung and changes are published after the commit, never on rollback.
    """

    connection: AsyncConnection
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
