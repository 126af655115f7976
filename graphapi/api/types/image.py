"""One image of a library, as the schema shows it."""

from datetime import datetime
from typing import Self

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import relation
from graphapi.api.types.attempt import Attempt
from graphapi.api.types.directions import AspectRatio, ModificationMode, ShotType
from graphapi.api.types.enums import AiStatus, ReviewStatus, SourceType
from graphapi.api.types.errors import JobError
from graphapi.api.types.generation import Generation
from graphapi.api.types.money import Price
from graphapi.api.types.node import Node
from graphapi.api.types.normalisation import Normalisation
from graphapi.api.types.provider_metadata import ProviderMetadata
from graphapi.api.types.quality_flag import QualityFlag
from graphapi.domain import library
from graphapi.domain.images import Size
from graphapi.ports.storage import MediaLinks

_URL = (
    "An absolute, signed address, good for one to two hours and the same within each hour, so "
    "that caches can keep it. Query again for a fresh one."
)


@strawberry.type(
    description="A still in your library: one you brought, or one that a model made, as a "
    "variation or in your own words. It exists from the moment it is scheduled, so it can be drawn "
    "as a placeholder. What is said of variations below holds for every image a model made."
)
class Image(Node):
    """Plain attributes, made once from the domain's image; only relations are read later."""

    title: str | None = strawberry.field(description="A short title, of at most 200 characters.")
    description: str | None = strawberry.field(
        description="What is to be seen, in whole sentences; it anchors person and place in the "
        "prompts of variations."
    )
    image_url: str | None = strawberry.field(
        description=f"The picture in full size; null while there is none. {_URL}"
    )
    preview_url: str | None = strawberry.field(
        description="The picture within 640 x 360 pixels, for lists. Otherwise as `imageUrl`."
    )
    small_url: str | None = strawberry.field(
        description="The picture within 320 x 320 pixels. Otherwise as `imageUrl`."
    )
    medium_url: str | None = strawberry.field(
        description="The picture within 960 x 960 pixels. Otherwise as `imageUrl`."
    )
    large_url: str | None = strawberry.field(
        description="The picture within 1920 x 1920 pixels. Otherwise as `imageUrl`."
    )
    storage_id: strawberry.ID | None = strawberry.field(
        description="The stored picture; null while there is none. Mutations take it as "
        "`storageId`."
    )
    width: int | None = strawberry.field(
        description="The width of the full picture in pixels; null while there is none."
    )
    height: int | None = strawberry.field(
        description="The height of the full picture in pixels; null while there is none."
    )
    placeholder: str | None = strawberry.field(
        description="A thumbhash in base64, some 25 bytes: a blurred likeness to draw until the "
        "picture has loaded. See https://evanw.github.io/thumbhash/."
    )
    colors: list[str] = strawberry.field(
        description="The five colours that fill the picture most, as `#rrggbb`, sampled from its "
        "pixels with black bars left out; empty while there is no picture."
    )
    tags: list[str] = strawberry.field(
        description="Words to find the image by, at most 50, each once."
    )
    category: str | None = strawberry.field(
        description="What kind of picture it is: one of `Query.categories`, or free text."
    )
    group: str | None = strawberry.field(
        description="What kind of production it belongs to: one of `Query.groups`, or free text. "
        "It colours the prompts of `SHOT_VARIATION` and `ACTION_SHOT`."
    )
    genre: str | None = strawberry.field(description="The genre, such as `Neo-noir`.")
    style: str | None = strawberry.field(description="The visual style, such as `35 mm, grainy`.")
    shot: str | None = strawberry.field(description="The shot in words, such as `Close-up`.")
    project_name: str | None = strawberry.field(description="The project it is filed under.")
    moodboard_name: str | None = strawberry.field(description="The moodboard it is pinned to.")
    source: str | None = strawberry.field(
        description="Where it is from, in a person's words: a film, a photographer, an address."
    )
    sref: str | None = strawberry.field(
        description="A style reference that a person noted beside it, such as a code of a model."
    )
    source_type: SourceType = strawberry.field(description="How it came into the library.")
    source_url: str | None = strawberry.field(
        description="The address it was fetched from, when it was; what is shown is our own copy, "
        "at `imageUrl`."
    )
    status: ReviewStatus = strawberry.field(description="How far a person has taken it.")
    ai_status: AiStatus | None = strawberry.field(
        description="Where the models stand with it; null when none was ever asked. Subscribe to "
        "`aiStatusChanged` to follow it."
    )
    error: JobError | None = strawberry.field(
        description="Why `aiStatus` is `FAILED`; null otherwise, and on a source whose variations "
        "all failed, each with an error of its own."
    )
    version: int = strawberry.field(
        description="A number that grows with every change. Of two answers about one image, keep "
        "the one with the higher version."
    )
    parent_image_id: strawberry.ID | None = strawberry.field(
        description="The image that this was made from, of several the first; null on an image you "
        "brought, and on one made from words alone."
    )
    prompt: str | None = strawberry.field(
        description="The prompt that made this variation, to the byte; null on an image you "
        "brought. While an analysis is awaited, the prompt may still change."
    )
    provider: str | None = strawberry.field(
        description="Who made this variation, such as `fal`; `local` is this server itself. Null "
        "on an image you brought."
    )
    model: str | None = strawberry.field(
        description="The model that made this variation; null on an image you brought."
    )
    shot_type: ShotType | None = strawberry.field(
        description="The shot this variation was asked as; null where the mode or a detail "
        "decided the shot, and on an image you brought."
    )
    aspect_ratio: AspectRatio | None = strawberry.field(
        description="The shape this variation was asked in, that of a `size` which comes before "
        "`aspectRatio` if it is one of these; null on an image you brought, and "
        "where `generateImage` or `editImage` asked for another than these: see `normalised`."
    )
    modification_mode: ModificationMode | None = strawberry.field(
        description="On a variation, the mode that made it; on a source, the mode last asked. Null "
        "on what was made in your own words."
    )
    variation_count: int | None = strawberry.field(
        description="How many variations of this image were last asked for; null before that."
    )
    variation_detail: str | None = strawberry.field(
        description="On a variation, the detail it was asked with; on a source, the one last given."
    )
    provider_metadata: ProviderMetadata | None = strawberry.field(
        description="What the provider said about this variation; null on an image you brought."
    )
    quality_flags: list[QualityFlag] = strawberry.field(
        description="What is doubtful about this variation, such as another shape than was asked "
        "for; empty when nothing is, and on an image you brought. It is kept all the same: it is "
        "yours to judge."
    )
    created_at: datetime = strawberry.field(description="When it came into the library.")
    updated_at: datetime = strawberry.field(
        description="When its words, its status or its picture last changed."
    )
    generation_id: strawberry.Private[str | None]

    @relation(
        "The image that this was made from, of several the first; null on an image you brought, on "
        "one made from words alone, and once the parent is deleted."
    )
    async def parent_image(self, info: Info) -> "Image | None":
        """Load the parent."""
        if self.parent_image_id is None:
            return None
        found = await info.context.loaders.image.load(self.parent_image_id)
        return Image.of(found, info.context.services.links) if found else None

    @relation("All variations of this image, newest first, those still being made included.")
    async def variations(self, info: Info) -> "list[Image]":
        """Load the variations."""
        found = await info.context.loaders.variations.load(self.id)
        return [Image.of(each, info.context.services.links) for each in found]

    @relation(
        "What became of each parameter that this variation was asked with, or that had to be said; "
        "empty on an image you brought."
    )
    async def normalised(self, info: Info) -> list[Normalisation]:
        """Load what was settled with the request."""
        if self.generation_id is None:
            return []
        found = await info.context.loaders.normalised.load(self.id)
        return [Normalisation.of(each) for each in found]

    @relation(
        "The attempts at this variation, oldest first, each with how it ended; empty on an image "
        "you brought. The latest decides `aiStatus`."
    )
    async def attempts(self, info: Info) -> list[Attempt]:
        """Load the attempts."""
        found = await info.context.loaders.attempts.load(self.id)
        return [Attempt.of(each) for each in found]

    @relation("The request that this variation was made by; null on an image you brought.")
    async def generation(self, info: Info) -> Generation | None:
        """Load the generation."""
        if self.generation_id is None:
            return None
        found = await info.context.loaders.generation.load(self.generation_id)
        return Generation.of(found) if found else None

    @relation(
        "What this variation cost; while it is being made, what is reserved for it, and `0.00` "
        "when it failed and nothing was charged. All its attempts are added up. Null on an image "
        "you brought."
    )
    async def price(self, info: Info) -> Price | None:
        """Load the price."""
        if self.generation_id is None:
            return None
        found = await info.context.loaders.price.load(self.id)
        return Price.of(found) if found else None

    @classmethod
    def of(cls, image: library.Image, links: MediaLinks) -> Self:
        """Show an image of the domain."""
        picture, standing = image.picture, image.standing
        urls = _urls(image, links)
        failed = standing.failure if standing.ai_status is AiStatus.FAILED else None
        said = image.provider_metadata
        return cls(
            id=strawberry.ID(image.id),
            title=image.title,
            description=image.description,
            image_url=links.media_url(picture.key) if picture else None,
            preview_url=urls.get(Size.PREVIEW),
            small_url=urls.get(Size.SMALL),
            medium_url=urls.get(Size.MEDIUM),
            large_url=urls.get(Size.LARGE),
            storage_id=_id(image.storage_id),
            width=picture.width if picture else None,
            height=picture.height if picture else None,
            placeholder=picture.placeholder if picture else None,
            colors=list(image.colors),
            tags=list(image.tags),
            category=image.category,
            group=image.group,
            genre=image.genre,
            style=image.style,
            shot=image.shot,
            project_name=image.project_name,
            moodboard_name=image.moodboard_name,
            source=image.source,
            sref=image.sref,
            source_type=image.source_type,
            source_url=image.source_url,
            status=image.status,
            ai_status=standing.ai_status,
            error=JobError.of(failed) if failed else None,
            version=image.version,
            parent_image_id=_id(image.parent_image_id),
            prompt=image.prompt,
            provider=image.provider,
            model=image.model,
            shot_type=image.shot_type,
            aspect_ratio=_ratio(image.aspect_ratio),
            modification_mode=image.modification_mode,
            variation_count=image.variation_count,
            variation_detail=image.variation_detail,
            provider_metadata=ProviderMetadata.of(said) if said else None,
            quality_flags=[QualityFlag.of(flag) for flag in image.quality_flags],
            created_at=image.created_at,
            updated_at=image.updated_at,
            generation_id=image.generation_id,
        )


def _urls(image: library.Image, links: MediaLinks) -> dict[Size, str]:
    if image.picture is None:
        return {}
    return {size: links.media_url(key) for size, key in image.picture.derivatives.items()}


def _ratio(ratio: str | None) -> AspectRatio | None:
    return AspectRatio(ratio) if ratio in set(AspectRatio) else None


def _id(identifier: str | None) -> strawberry.ID | None:
    return None if identifier is None else strawberry.ID(identifier)
