"""Following where recordings stand."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Annotated

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import subscription
from graphapi.api.types.recording import Recording


@strawberry.type
class RecordingSubscriptions:
    """Live answers about recordings."""

    @subscription(
        "Where recordings stand: first as they are now, one event each, then again after every "
        "change. Versions never repeat or go back; states in between may be skipped, the final one "
        "always arrives. One that is deleted is told so, once. An unknown id ends it with "
        "`NOT_FOUND`."
    )
    async def recording_status_changed(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="The own recordings to follow.")
        ],
    ) -> AsyncGenerator[Recording, None]:
        """Tell where recordings stand."""
        context, services, user = info.context, info.context.services, info.context.user
        named = frozenset(ids)
        await services.recordings.check(user, named)
        read = partial(services.recordings.followed, user, named)
        async with aclosing(services.listener.follow(named, read)) as following:
            async for recording in following:
                context.forget()
                yield Recording.of(recording, services.links)
