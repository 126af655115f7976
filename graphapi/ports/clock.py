"""The time of day, so that tests can turn it."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Tell the current moment, always in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Tell the current moment, always in UTC."""
        return datetime.now(UTC)
