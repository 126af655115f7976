"""Where a page lies within its list, as the Relay cursor connections specification has it."""

from collections.abc import Sequence
from typing import Any, Self

import strawberry

from graphapi.domain.pages import Page


@strawberry.type(description="Where a page lies within its list.")
class PageInfo:
    """The ends of a page."""

    has_next_page: bool = strawberry.field(
        description="Whether older ones follow: ask again with `after: endCursor`."
    )
    has_previous_page: bool = strawberry.field(
        description="Whether newer ones come before: ask again with `before: startCursor`."
    )
    start_cursor: str | None = strawberry.field(
        description="The cursor of the first one of the page; null when it is empty."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last one of the page; null when it is empty."
    )

    @classmethod
    def of(cls, page: Page[Any], cursors: Sequence[str]) -> Self:
        """Show where a page lies, by the cursors of what is on it."""
        return cls(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )
