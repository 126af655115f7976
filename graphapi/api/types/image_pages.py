"""Pages of a library, as the Relay cursor connections specification has them."""

from typing import Self

import strawberry

from graphapi.api.types.enums import AiStatus, ReviewStatus
from graphapi.api.types.image import Image
from graphapi.api.types.page_info import PageInfo
from graphapi.domain import library, pages
from graphapi.domain.colors import COLOR_FAMILIES
from graphapi.ports.storage import MediaLinks


@strawberry.type(description="One image of a page, with its place in the list.")
class ImageEdge:
    """An image and its cursor."""

    node: Image = strawberry.field(description="The image.")
    cursor: str = strawberry.field(
        description="Its place in the list, opaque; it holds when other images come or go."
    )


@strawberry.type(description="One page of images, newest first, whichever end it was asked from.")
class ImageConnection:
    """A page."""

    edges: list[ImageEdge] = strawberry.field(description="The images, each with its cursor.")
    nodes: list[Image] = strawberry.field(description="The images alone, in the same order.")
    page_info: PageInfo = strawberry.field(description="What lies beyond this page.")
    total_count: int = strawberry.field(
        description="How many images match in all, on every page together."
    )

    @classmethod
    def of(cls, page: pages.Page[library.Image], links: MediaLinks) -> Self:
        """Show a page of the library."""
        edges = [
            ImageEdge(
                node=Image.of(image, links),
                cursor=pages.Cursor(image.created_at, image.id).encode(),
            )
            for image in page.items
        ]
        return cls(
            edges=edges,
            nodes=[edge.node for edge in edges],
            page_info=PageInfo.of(page, [edge.cursor for edge in edges]),
            total_count=page.total,
        )


@strawberry.input(
    description="Which images to list. What is left out or null does not restrict; everything "
    "given must hold. Words match whole, whatever their case; a blank one does not restrict."
)
class ImageFilter:
    """Conditions, all of which must hold."""

    group: str | None = strawberry.field(default=None, description="The production, `Film` say.")
    project_name: str | None = strawberry.field(default=None, description="The project.")
    moodboard_name: str | None = strawberry.field(default=None, description="The moodboard.")
    category: str | None = strawberry.field(default=None, description="The kind of picture.")
    tag: str | None = strawberry.field(default=None, description="One of its tags.")
    color: str | None = strawberry.field(
        default=None,
        description="A colour it shows, any shade of it: as `#rrggbb`, or one of "
        f"{', '.join(COLOR_FAMILIES)}.",
    )
    ai_status: AiStatus | None = strawberry.field(
        default=None, description="Where the models stand with it."
    )
    parent_image_id: strawberry.ID | None = strawberry.field(
        default=None, description="The image that it is a variation of."
    )
    status: ReviewStatus | None = strawberry.field(
        default=None, description="How far a person has taken it."
    )

    def chosen(self) -> pages.ImageFilter:
        """Put it in the domain's words."""
        return pages.ImageFilter(
            group=_unless_blank(self.group),
            project_name=_unless_blank(self.project_name),
            moodboard_name=_unless_blank(self.moodboard_name),
            category=_unless_blank(self.category),
            tag=_unless_blank(self.tag),
            color=_unless_blank(self.color),
            ai_status=self.ai_status,
            parent_image_id=self.parent_image_id,
            status=self.status,
        )


def _unless_blank(word: str | None) -> str | None:
    return word if word and word.strip() else None
