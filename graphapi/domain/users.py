"""Who uses the server."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class User:
    """A signed-in person."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token: never the token itself, of which only a hash is kept."""

    id: str
    user_name: str
    created_at: datetime
