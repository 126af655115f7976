"""Following where images stand."""

from collections.abc import AsyncGenerator, Sequence
from functools import partial
from typing import Annotated, TypedDict

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import subscription
from graphapi.api.types.image import Image
from graphapi.api.types.status_event import AiStatusEvent
from graphapi.domain import library
from graphapi.ports.watching import Watch, in_flight


class _What(TypedDict):
    """What a subscriber names."""

    image_ids: frozenset[str] | None
    parent_image_id: str | None
    generation_id: str | None


@strawberry.type
class StatusSubscriptions:
    """Live answers."""

    @subscription(
        "Where images stand: first as they are now, one event each, then again after "
        "every change. Every filter given must hold; without any it follows your images with work "
        "in flight, and those that start later, each to its end. An unknown id ends it with "
        "`NOT_FOUND`."
    )
    async def ai_status_changed(
        self,
        info: Info,
        image_ids: Annotated[
            list[strawberry.ID] | None, strawberry.argument(description="Only these own images.")
        ] = None,
        parent_image_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only this own image and its variations."),
        ] = None,
        generation_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only the variations of this request of yours."),
        ] = None,
    ) -> AsyncGenerator[AiStatusEvent, None]:
        """Tell where watched images stand."""
        context, services, user = info.context, info.context.services, info.context.user
        what = _What(
            image_ids=None if image_ids is None else frozenset(image_ids),
            parent_image_id=parent_image_id,
            generation_id=generation_id,
        )
        await services.statuses.check_watch(user, **what)
        snapshot = partial(services.statuses.watched, user, **what)
        async with services.watcher.subscribe(Watch(user.id, **what), snapshot) as events:
            async for event in events:
                context.forget()
                yield AiStatusEvent.of(event, services.links)

    @subscription(
        "Your images with work in flight, newest first: the whole list at once, and "
        "again whenever one of them has changed, joined or left."
    )
    async def processing_images(self, info: Info) -> AsyncGenerator[list[Image], None]:
        """Tell the list of images with work in flight whenever it changes."""
        context, services, user = info.context, info.context.services, info.context.user
        snapshot = partial(services.statuses.watched, user)
        async with services.watcher.subscribe(Watch(user.id), snapshot) as events:
            listed = await services.images.in_flight(user)
            yield [Image.of(each, services.links) for each in listed]
            async for event in events:
                if not _is_news(event.status.image, listed):
                    continue
                listed = await services.images.in_flight(user)
                context.forget()
                yield [Image.of(each, services.links) for each in listed]


def _is_news(image: library.Image, listed: Sequence[library.Image]) -> bool:
    """Tell whether a list read before lacks what an event tells of an image."""
    shown = next((each.version for each in listed if each.id == image.id), None)
    if in_flight(image):
        return shown is None or shown < image.version
    return shown is not None
