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


@dataclass(slots=True)
class Ledger:
    """Everything that happened, in order.

    `results` are the request ids whose result was handed out, `cancels` those that were asked to
    be cancelled, `media` the addresses from which pictures were fetched.
    """

    posts: list[Post] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    cancels: list[str] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    media: list[str] = field(default_factory=list)

    @property
    def accepted(self) -> list[Post]:
        """List the POSTs that became jobs: each one a charge."""
        return [post for post in self.posts if post.request_id is not None]

    def summary(self) -> dict[str, Any]:
        """Tell it as JSON, for a judge in another process."""
        return {
            "posts": [post.summary() for post in self.posts],
            "accepted": [post.summary() for post in self.accepted],
            "results": self.results,
            "cancels": self.cancels,
            "uploads": [upload.url for upload in self.uploads],
            "media": self.media,
        }
