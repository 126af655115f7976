"""Adding, editing and removing images."""

from typing import Annotated

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import mutation
from graphapi.api.types.arguments import IdempotencyKey, OwnImageId
from graphapi.api.types.image import Image
from graphapi.api.types.image_inputs import CreateImageInput, UpdateImageInput
from graphapi.api.types.payload import Payload


@strawberry.type(description="What `createImage` answers.")
class CreateImagePayload(Payload):
    """The new image."""

    image: Image | None = strawberry.field(
        default=None,
        description="The new image, its `aiStatus` `PROCESSING` while it is analysed; null when "
        "refused, or when it was deleted since this `idempotencyKey` made it.",
    )


@strawberry.type(description="What `updateImage` answers.")
class UpdateImagePayload(Payload):
    """The changed image."""

    image: Image | None = strawberry.field(
        default=None, description="The image as it is now; null when refused."
    )


@strawberry.type(description="What `deleteImages` answers.")
class DeleteImagesPayload(Payload):
    """What is gone."""

    deleted_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="The ids of the images that are gone, each once; empty when refused.",
    )


@strawberry.type
class ImageMutations:
    """Changes of the library."""

    @mutation(
        CreateImagePayload,
        "Put a picture into the library, as a `DRAFT`, and let a model describe it.",
    )
    async def create_image(
        self,
        info: Info,
        *,
        input: Annotated[
            CreateImageInput,
            strawberry.argument(description="The picture, and what you already know of it."),
        ],
        idempotency_key: IdempotencyKey = None,
    ) -> CreateImagePayload | None:
        """Add an image."""
        services = info.context.services
        image = await services.images.create(info.context.user, input.wanted(), idempotency_key)
        return CreateImagePayload(image=Image.of(image, services.links) if image else None)

    @mutation(
        UpdateImagePayload,
        "Change what is written about an image, or how far it has been taken.",
    )
    async def update_image(
        self,
        info: Info,
        *,
        id: OwnImageId,
        input: Annotated[
            UpdateImageInput, strawberry.argument(description="What to change, and nothing else.")
        ],
    ) -> UpdateImagePayload | None:
        """Edit an image."""
        services = info.context.services
        image = await services.images.update(info.context.user, id, input.changes())
        return UpdateImagePayload(image=Image.of(image, services.links))

    @mutation(
        DeleteImagesPayload,
        "Remove images: all of them or, when one is not there, none. Variations of a "
        "removed image stay. What waits for its turn is cancelled unpaid; what a provider already "
        "works on is finished and paid. The pictures themselves are removed from storage a while "
        "later: a day, unless the server is set otherwise.",
    )
    async def delete_images(
        self,
        info: Info,
        *,
        ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="The ids of own images.")
        ],
    ) -> DeleteImagesPayload | None:
        """Remove images."""
        deleted = await info.context.services.images.delete(info.context.user, ids)
        return DeleteImagesPayload(deleted_ids=[strawberry.ID(each) for each in deleted])
