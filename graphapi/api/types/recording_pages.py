"""Pages of recordings, as the Relay cursor connections specification has them."""

from typing import Self

import strawberry

from graphapi.api.types.enums import AiStatus, RecordingKind
from graphapi.api.types.page_info import PageInfo
from graphapi.api.types.recording import Recording
from graphapi.domain import pages, recordings
from graphapi.domain.pages import Cursor, Page
from graphapi.ports.storage import MediaLinks


@strawberry.type(description="One recording of a page, with its place in the list.")
class RecordingEdge:
    """A recording and its cursor."""

    node: Recording = strawberry.field(description="The recording.")
    cursor: str = strawberry.field(
        description="Its place in the list, opaque; it holds when other recordings come or go."
    )


@strawberry.type(
    description="One page of recordings, newest first, whichever end it was asked from."
)
class RecordingConnection:
    """A page."""

    edges: list[RecordingEdge] = strawberry.field(
        description="The recordings, each with its cursor."
    )
    nodes: list[Recording] = strawberry.field(
        description="The recordings alone, in the same order."
    )
    page_info: PageInfo = strawberry.field(description="What lies beyond this page.")
    total_count: int = strawberry.field(
        description="How many recordings match in all, on every page together."
    )

    @classmethod
    def of(cls, page: Page[recordings.Recording], links: MediaLinks) -> Self:
        """Show a page of recordings."""
        edges = [
            RecordingEdge(
                node=Recording.of(each, links), cursor=Cursor(each.created_at, each.id).encode()
            )
            for each in page.items
        ]
        return cls(
            edges=edges,
            nodes=[edge.node for edge in edges],
            page_info=PageInfo.of(page, [edge.cursor for edge in edges]),
            total_count=page.total,
        )


@strawberry.input(
    description="Which recordings to list. What is left out or null does not restrict; everything "
    "given must hold."
)
class RecordingFilter:
    """Conditions, all of which must hold."""

    kind: RecordingKind | None = strawberry.field(
        default=None, description="Whether it was written down or spoken."
    )
    ai_status: AiStatus | None = strawberry.field(
        default=None, description="Where the model stands with it."
    )

    def chosen(self) -> pages.RecordingFilter:
        """Put it in the domain's words."""
        return pages.RecordingFilter(kind=self.kind, ai_status=self.ai_status)
