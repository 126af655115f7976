"""Where bytes are kept, and the signed addresses under which they are fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class LinkState(StrEnum):
    """What a signed address turns out to be."""

    GOOD = "GOOD"
    EXPIRED = "EXPIRED"
    FORGED = "FORGED"


@dataclass(frozen=True, slots=True)
class UploadTicket:
    """An address to which its holder may POST one picture until `expires_at`."""

    url: str
    expires_at: datetime


class Storage(Protocol):
    """Keeps bytes by key. Writing the same key twice is harmless.

    Raises StorageFailed when the place where they are kept does not take or give them.
    """

    async def put(self, key: str, content: bytes, content_type: str) -> None:
        """Store `content`, whole or not at all."""

    async def get(self, key: str) -> bytes:
        """Read the bytes stored under `key`; raises FileNotFoundError."""

    async def delete(self, keys: Sequence[str]) -> None:
        """Remove these keys; a missing one is no error."""

    async def remove_folder(self, folder: str) -> None:
        """Remove every key that begins with this and a slash; none is no error."""

    async def check(self) -> None:
        """Write, read and remove a probe; raises ConfigurationError with what to do."""


class MediaLinks(Protocol):
    """Makes and checks the signed, expiring addresses of stored media and of uploads."""

    def media_url(self, key: str) -> str:
        """Make an absolute address for a person's browser, its expiry rounded to a window."""

    def provider_url(self, key: str, until: datetime) -> str | None:
        """Make an address that a provider can reach until then; None when we have no public one."""

    def check_media(self, key: str, expires: str, signature: str) -> bool:
        """Tell whether this address was signed by us and has not expired."""

    def upload_ticket(self, user_id: str) -> UploadTicket:
        """Make the address `/uploads/{user_id}?expires=...&signature=...`, good for 15 minutes."""

    def check_upload(self, user_id: str, expires: str, signature: str) -> LinkState:
        """Tell whether this address lets a picture be uploaded for this person."""
