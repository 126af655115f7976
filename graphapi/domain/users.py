"""Who uses the server."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class User:
    """A signed-in person."""

    id: str
    name: str
