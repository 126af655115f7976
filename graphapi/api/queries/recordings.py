"""Reading recordings."""

from typing import Annotated

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import query
from graphapi.api.types.recording import Recording
from graphapi.api.types.recording_pages import RecordingConnection, RecordingFilter
from graphapi.domain import pages
from graphapi.domain.pages import MAX_SEARCH_LENGTH, Window


@strawberry.type
class RecordingQueries:
    """Reads of recordings."""

    @query("One recording of yours; null when there is none with this id.")
    async def recording(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The recording's id.")],
    ) -> Recording | None:
        """Find a recording."""
        services = info.context.services
        found = await services.recordings.get(info.context.user, id)
        return Recording.of(found, services.links) if found else None

    @query(
        "What you had written down or spoken, newest first, page by page; without `first` and "
        "`last`, the 20 newest. Uploads are not among it."
    )
    async def recordings(  # noqa: PLR0913 - the documented arguments, by name
        self,
        info: Info,
        *,
        first: Annotated[
            int | None,
            strawberry.argument(description="How many of the newest, 1 to 100; not with `last`."),
        ] = None,
        after: Annotated[
            str | None,
            strawberry.argument(description="Only recordings older than this cursor's."),
        ] = None,
        last: Annotated[
            int | None,
            strawberry.argument(description="How many of the oldest, 1 to 100; not with `first`."),
        ] = None,
        before: Annotated[
            str | None,
            strawberry.argument(description="Only recordings newer than this cursor's."),
        ] = None,
        filter: Annotated[
            RecordingFilter | None,
            strawberry.argument(description="Which recordings to list; without it, all of them."),
        ] = None,
        search: Annotated[
            str | None,
            strawberry.argument(
                description=f"Words, at most {MAX_SEARCH_LENGTH} characters, each of which must "
                "appear somewhere in what is said, whatever its case."
            ),
        ] = None,
    ) -> RecordingConnection:
        """Read one page of recordings."""
        services = info.context.services
        window = Window.of(first=first, after=after, last=last, before=before)
        chosen = filter.chosen() if filter else pages.RecordingFilter()
        page = await services.recordings.page(info.context.user, window, chosen, search)
        return RecordingConnection.of(page, services.links)
