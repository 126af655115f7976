"""What reached the emulator, and what fal.ai would have charged for."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Post:
    """One POST to the queue. `request_id` is set when it was accepted, and so will be charged.

    Header names are in lower case; `input` is None when the body was no JSON object.
    """

    endpoint: str
    headers: dict[str, str]
    query: dict[str, str]
    input: dict[str, Any] | None
    request_id: str | None = None

    @property
    def attempt(self) -> str | None:
        """Read the sender's token from the tags."""
        tags = dict(
            tag.partition("=")[::2] for tag in self.headers.get("x-fal-tags", "").split(",")
        )
        return tags.get("attempt")

    def summary(self) -> dict[str, Any]:
        """Tell what a test in another process wants to know."""
        return {
            "endpoint": self.endpoint,
            "request_id": self.request_id,
            "attempt": self.attempt,
            "input": self.input,
        }


@dataclass(frozen=True, slots=True)
class Upload:
    """One stored upload, and how it came."""

    url: str
    content: bytes
    content_type: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook as it was sent, and its answer's status: None when there was none."""

    request_id: str
    url: str
    headers: dict[str, str]
    body: bytes
    status: int | None

    def summary(self) -> dict[str, Any]:
        """Tell what a test in another process wants to know."""
        return {"request_id": self.request_id, "url": self.url, "status": self.status}


@dataclass(slots=True)
class Ledger:
    """Everything that happened, in order.

    `ended` tells the status each request ended with: those with 200 were made, and are billed.
    `results` are the request ids whose result was handed out, `cancels` those that were asked to
    be cancelled and what came of it, `media` the addresses from which pictures were fetched,
    `key_requests` the headers of every question for the public keys.
    """

    posts: list[Post] = field(default_factory=list)
    ended: dict[str, int] = field(default_factory=dict)
    results: list[str] = field(default_factory=list)
    cancels: list[tuple[str, str]] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    media: list[str] = field(default_factory=list)
    key_requests: list[dict[str, str]] = field(default_factory=list)

    @property
    def accepted(self) -> list[Post]:
        """List the POSTs that became jobs: each one a charge."""
        return [post for post in self.posts if post.request_id is not None]

    def summary(self) -> dict[str, Any]:
        """Tell it as JSON, for a judge in another process."""
        return {
            "posts": [post.summary() for post in self.posts],
            "accepted": [post.summary() for post in self.accepted],
            "ended": self.ended,
            "results": self.results,
            "cancels": self.cancels,
            "deliveries": [delivery.summary() for delivery in self.deliveries],
            "uploads": [upload.url for upload in self.uploads],
            "media": self.media,
        }
