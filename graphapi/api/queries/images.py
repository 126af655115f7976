"""The library: one image, a page of images, and those with work in flight."""

from typing import Annotated

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import query
from graphapi.api.types.image import Image
from graphapi.api.types.image_pages import ImageConnection, ImageFilter
from graphapi.domain import pages
from graphapi.domain.pages import MAX_SEARCH_LENGTH, Window


@strawberry.type
class ImageQueries:
    """Reads of the library."""

    @query(
        "Your images with work in flight (`QUEUED` or `PROCESSING`), sources and "
        "variations alike, newest first. `Subscription.processingImages` is this list, live."
    )
    async def get_processing_images(self, info: Info) -> list[Image]:
        """List the images with work in flight."""
        services = info.context.services
        found = await services.images.in_flight(info.context.user)
        return [Image.of(each, services.links) for each in found]

    @query("One image of yours; null when there is none with this id.")
    async def image(
        self,
        info: Info,
        *,
        id: Annotated[strawberry.ID, strawberry.argument(description="The image's id.")],
    ) -> Image | None:
        """Find an image."""
        found = await info.context.loaders.image.load(id)
        return Image.of(found, info.context.services.links) if found else None

    @query("Your library, newest first, page by page; without `first` and `last`, its 20 newest.")
    async def images(  # noqa: PLR0913 - the documented arguments, by name
        self,
        info: Info,
        *,
        first: Annotated[
            int | None,
            strawberry.argument(description="How many of the newest, 1 to 100; not with `last`."),
        ] = None,
        after: Annotated[
            str | None,
            strawberry.argument(description="Only images older than this cursor's."),
        ] = None,
        last: Annotated[
            int | None,
            strawberry.argument(description="How many of the oldest, 1 to 100; not with `first`."),
        ] = None,
        before: Annotated[
            str | None,
            strawberry.argument(description="Only images newer than this cursor's."),
        ] = None,
        filter: Annotated[
            ImageFilter | None,
            strawberry.argument(description="Which images to list; without it, all of them."),
        ] = None,
        search: Annotated[
            str | None,
            strawberry.argument(
                description=f"Words, at most {MAX_SEARCH_LENGTH} characters, each of which must "
                "appear somewhere in an image's texts or tags or in those of the image it is a "
                "variation of, whatever its case. Prompts count where a person wrote them."
            ),
        ] = None,
    ) -> ImageConnection:
        """Read one page of the library."""
        context = info.context
        window = Window.of(first=first, after=after, last=last, before=before)
        chosen = filter.chosen() if filter else pages.ImageFilter()
        page = await context.services.images.page(context.user, window, chosen, search)
        return ImageConnection.of(page, context.services.links)
