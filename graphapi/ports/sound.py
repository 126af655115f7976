"""Models of sound: those that write down what is said, and those that speak.

They are asked as image models are (see `graphapi.ports.editing`, whose tickets, errors and manners
they share), and bring words or sound instead of images.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from graphapi.errors import Refused, UserErrorCode
from graphapi.ports.editing import (
    Cancelled,
    HostedSource,
    Marker,
    Sighting,
    SourceRoute,
    Ticket,
    Waiting,
)
from graphapi.ports.sound_result import SoundResult


class SoundRefused(Refused):
    """Bytes that are no recording we can keep, or are too many."""

    def __init__(self, message: str, *, too_large: bool = False) -> None:
        not_audio, large = UserErrorCode.SOURCE_NOT_AUDIO, UserErrorCode.SOURCE_TOO_LARGE
        super().__init__(large if too_large else not_audio, message)


@dataclass(frozen=True, slots=True)
class SoundRequest:
    """One paid request to hear or to say one thing.

    `subject` goes out as `subject_field`: the address of what is heard, or the words to say.
    `options` go beside it, by the provider's names. The others are those of an EditRequest.
    """

    job_id: str
    model: str
    subject: str
    subject_field: str
    attempt_token: str
    start_seconds: float
    webhook_url: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


class SoundModel(Protocol):
    """One provider's models of one kind of sound: those that hear, or those that speak.

    Its members mean what those of `graphapi.ports.editing.Editor` mean.
    """

    @property
    def provider(self) -> str:
        """Name the provider, as stored on jobs."""

    @property
    def slots(self) -> int | None:
        """Tell how many requests of the provider may be under way at once."""

    @property
    def source_route(self) -> SourceRoute:
        """Tell how a recording to be heard must be given."""

    async def host(self, content: bytes, content_type: str) -> HostedSource:
        """Upload a recording to the provider; free, so safe to repeat."""

    async def submit(self, request: SoundRequest) -> Ticket:
        """Send one paid request, exactly once."""

    async def check(self, ticket: Ticket) -> Waiting | SoundResult:
        """Ask how an accepted request stands, and fetch its result once there is one."""

    def ticket(self, model: str, request_id: str) -> Ticket:
        """Make the ticket of a request whose id came from elsewhere; raises Rejected."""

    async def cancel(self, ticket: Ticket) -> Cancelled:
        """Ask the provider to stop a request; free, so safe to repeat. Raises Throttled."""

    async def find(self, marker: Marker) -> Sighting:
        """Look for a request whose submit was never answered; free, so safe to repeat."""
