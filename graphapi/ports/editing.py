"""Image-edit models: what we ask of one and what it may answer.

Errors raised by an adapter (see `graphapi.errors`) say what is known about money: `NotSent` and
`Throttled` mean that nothing was accepted, `Rejected` that it is over, `InDoubt` that it cannot
be known. While a ticket is checked only `Rejected` is final; all others mean "look again later".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

from graphapi.domain.failures import Failure
from graphapi.domain.images import ProviderMetadata
from graphapi.domain.variations import ModificationMode, ShotType
from graphapi.ports.sound_result import SoundResult


class SourceRoute(StrEnum):
    """How a provider wants the source picture."""

    BYTES = "BYTES"
    URL = "URL"


@dataclass(frozen=True, slots=True)
class Source:
    """The source picture, as the provider's `source_route` asks for it."""

    url: str | None = None
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class EditRequest:
    """One paid request, for one image or, as its `options` say, for several.

    `source` is the first picture it works on, empty for an image from words alone; `further` are
    those beside it, in order. `mode`, `shot_type` and `beat` are those of a variation, which is
    asked in one of the shapes of `AspectRatio`. `model` is what the provider calls it. `options`
    are the parameters by the provider's names, as they were settled when the request was asked
    for, its seed included; beside them go the prompt and the sources, in `image_field`, as a list
    or singly; without one, none. `attempt_token` is secret, ours, and comes back in webhooks and
    tags. `start_seconds` is how long the request may wait to be started by the provider.
    `webhook_url` is where the provider tells of the end, and as secret as the token in it; None:
    nobody is told.
    """

    job_id: str
    model: str
    prompt: str
    aspect_ratio: str | None
    source: Source
    mode: ModificationMode | None
    shot_type: ShotType | None
    beat: int | None
    seed: int
    attempt_token: str
    start_seconds: float
    webhook_url: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    image_field: str | None = "image_urls"
    takes_list: bool = True
    further: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Ticket:
    """An accepted request: the provider's id and the three addresses it gave."""

    request_id: str
    status_url: str | None = None
    response_url: str | None = None
    cancel_url: str | None = None
    queue_position: int | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An accepted request that is not finished. `message` is the provider's last log line."""

    running: bool
    queue_position: int | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class ResultImage:
    """One image of a result: an address to fetch it from, or the bytes themselves.

    `metadata` is what was said of this one image, where that differs from image to image.
    """

    url: str | None = None
    content: bytes | None = None
    metadata: ProviderMetadata | None = None


@dataclass(frozen=True, slots=True)
class EditResult:
    """A finished request. `billable_units` is what the provider says it will charge for.

    Its `images` may be fewer than were asked for; `metadata` is what was said of the first.
    `charged_micros` is its own bill for the whole, in millionths of a US dollar, if it sends one.
    """

    images: tuple[ResultImage, ...]
    metadata: ProviderMetadata = field(default_factory=ProviderMetadata)
    billable_units: float | None = None
    charged_micros: int | None = None
    raw: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HostedSource:
    """A source picture that the provider itself now hosts, until `expires_at`."""

    url: str
    expires_at: datetime


class Cancelled(StrEnum):
    """What became of a request to cancel.

    STOPPED: seen to be taken out of the queue, unbilled. REQUESTED: signalled; it may still finish
    and be billed, so keep looking. TOO_LATE: it had ended. UNKNOWN: the provider knows no such
    request.
    """

    STOPPED = "STOPPED"
    REQUESTED = "REQUESTED"
    TOO_LATE = "TOO_LATE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Marker:
    """What tells one request of ours from all others in a provider's history.

    `prompt` and `seed` are as they were sent, between `since` and `until`, which is when to stop
    looking. A model of sound is told its words or its address `asked_as` another field, and has no
    seed: all of its `options` must be found too, so that what is mistaken for it was asked the very
    same. `shown` is what else was asked, its sources among it: a history need not show it, but what
    it shows must be the same. `token_hash` is the SHA-256 of the attempt token, in hex, for a
    history that gives our tags back. `others` are the request ids that belong to other attempts.
    """

    model: str
    prompt: str
    seed: int | None
    since: datetime
    until: datetime
    token_hash: str | None = None
    others: frozenset[str] = frozenset()
    asked_as: str = "prompt"
    options: Mapping[str, Any] = field(default_factory=dict)
    shown: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """Our request, in the history. `outcome` is None when only asking by the ticket can tell."""

    ticket: Ticket
    outcome: EditResult | SoundResult | Failure | None = None


@dataclass(frozen=True, slots=True)
class NotSeen:
    """No finished request bears the marker. One that waits or runs would not be listed yet."""


@dataclass(frozen=True, slots=True)
class CannotKnow:
    """The history could not be read to its end; `reason` is a sentence for a person."""

    reason: str
    retry_after: timedelta | None = None


Sighting: TypeAlias = Found | NotSeen | CannotKnow


class Editor(Protocol):
    """One provider of image edits.

    `repeatable`: free and deterministic, so that a lost request may simply be sent again.
    `slots`: how many requests it takes at once; None when it queues for itself.
    """

    @property
    def provider(self) -> str:
        """Name the provider, as stored on jobs."""

    @property
    def repeatable(self) -> bool:
        """Tell whether a lost request may simply be sent again."""

    @property
    def slots(self) -> int | None:
        """Tell how many requests may be under way at once."""

    @property
    def source_route(self) -> SourceRoute:
        """Tell how the source picture must be given."""

    async def host(self, content: bytes, content_type: str) -> HostedSource:
        """Upload a source picture to the provider; free, so safe to repeat."""

    async def submit(self, request: EditRequest) -> Ticket | EditResult:
        """Send one paid request, exactly once; a synchronous provider answers the result."""

    async def check(self, ticket: Ticket) -> Waiting | EditResult:
        """Ask how an accepted request stands, and fetch its result once there is one."""

    def ticket(self, model: str, request_id: str) -> Ticket:
        """Make the ticket of a request whose id came from elsewhere than its submit's answer.

        Raises Rejected for what is no model or no request id.
        """

    async def cancel(self, ticket: Ticket) -> Cancelled:
        """Ask the provider to stop a request; free, so safe to repeat. Raises Throttled."""

    async def find(self, marker: Marker) -> Sighting:
        """Look for a request whose submit was never answered; free, so safe to repeat."""

    async def close(self) -> None:
        """Close connections."""
