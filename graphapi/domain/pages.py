"""Paging through a library: what is asked for, and what one page is.

As in the Relay cursor connections specification, with cursors that name a row's place in the
order rather than an offset, so that no row repeats when another is added.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from graphapi.domain.images import AiStatus, ReviewStatus
from graphapi.domain.recordings import RecordingKind
from graphapi.errors import Refused, UserErrorCode

DEFAULT_PAGE = 20
MAX_PAGE = 100
MAX_SEARCH_LENGTH = 200

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the order of a library: newest first, then by id."""

    created_at: datetime
    id: str

    def encode(self) -> str:
        """Write the cursor as an opaque string."""
        plain = f"{self.created_at.astimezone(UTC).isoformat()}|{self.id}"
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, field: str) -> "Cursor":
        """Read a cursor that `encode` wrote; raises Refused for any other."""
        try:
            plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
            moment, _, identifier = plain.partition("|")
            return cls(datetime.fromisoformat(moment).astimezone(UTC), identifier)
        except (ValueError, OverflowError, binascii.Error):
            message = f"`{field}` is not a cursor of this list. Use one from `pageInfo` or `edges`."
            raise Refused(UserErrorCode.INVALID_INPUT, message, (field,)) from None


@dataclass(frozen=True, slots=True)
class Window:
    """Which page is asked for: so many from one end, on one side of a cursor."""

    size: int
    backward: bool
    after: Cursor | None
    before: Cursor | None

    @classmethod
    def of(
        cls, *, first: int | None, after: str | None, last: int | None, before: str | None
    ) -> "Window":
        """Check Relay's four arguments; raises Refused with the one at fault."""
        if first is not None and last is not None:
            message = "Ask for `first` or for `last`, not for both."
            raise Refused(UserErrorCode.INVALID_INPUT, message, ("first",))
        field, asked = ("last", last) if last is not None else ("first", first)
        size = DEFAULT_PAGE if asked is None else asked
        if not 1 <= size <= MAX_PAGE:
            message = f"`{field}` must be from 1 to {MAX_PAGE}."
            raise Refused(UserErrorCode.COUNT_OUT_OF_RANGE, message, (field,))
        return cls(
            size,
            last is not None,
            Cursor.decode(after, "after") if after else None,
            Cursor.decode(before, "before") if before else None,
        )


@dataclass(frozen=True, slots=True)
class ImageFilter:
    """Which images of a library to list; unset parts do not restrict, set ones all apply."""

    group: str | None = None
    project_name: str | None = None
    moodboard_name: str | None = None
    category: str | None = None
    tag: str | None = None
    color: str | None = None
    ai_status: AiStatus | None = None
    parent_image_id: str | None = None
    status: ReviewStatus | None = None


@dataclass(frozen=True, slots=True)
class RecordingFilter:
    """Which recordings to list; unset parts do not restrict, set ones all apply."""

    kind: RecordingKind | None = None
    ai_status: AiStatus | None = None


def check_search(search: str | None) -> None:
    """Raise Refused for a search that is too long."""
    if len(search or "") > MAX_SEARCH_LENGTH:
        message = f"`search` is too long. Shorten it to {MAX_SEARCH_LENGTH} characters."
        raise Refused(UserErrorCode.INVALID_INPUT, message, ("search",))


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """One page of a list, always newest first, and whether there are more on either side."""

    items: tuple[ItemT, ...]
    total: int
    has_next: bool
    has_previous: bool
