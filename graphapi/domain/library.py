"""One image of a library, whole."""

from dataclasses import dataclass, field
from datetime import datetime

from graphapi.domain.images import (
    Author,
    Picture,
    ProviderMetadata,
    ReviewStatus,
    SourceType,
)
from graphapi.domain.quality import QualityFlag
from graphapi.domain.standing import Generation, Standing
from graphapi.domain.variations import ModificationMode, ShotType


@dataclass(frozen=True, slots=True)
class Image:
    """One image of one person's library, with where it stands.

    `version` grows with every change of this image; `changed_seq` is its owner's number at the
    last change, in commit order. `authors` tells who wrote each field last. `picture` is null
    on a variation that is not finished.
    """

    id: str
    owner_id: str
    version: int
    changed_seq: int
    standing: Standing
    created_at: datetime
    updated_at: datetime
    source_type: SourceType
    status: ReviewStatus
    parent_image_id: str | None = None
    generation_id: str | None = None
    storage_id: str | None = None
    source_url: str | None = None
    picture: Picture | None = None
    title: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    colors: tuple[str, ...] = ()
    category: str | None = None
    group: str | None = None
    genre: str | None = None
    style: str | None = None
    shot: str | None = None
    project_name: str | None = None
    moodboard_name: str | None = None
    source: str | None = None
    sref: str | None = None
    prompt: str | None = None
    provider: str | None = None
    model: str | None = None
    shot_type: ShotType | None = None
    aspect_ratio: str | None = None
    modification_mode: ModificationMode | None = None
    variation_count: int | None = None
    variation_detail: str | None = None
    provider_metadata: ProviderMetadata | None = None
    quality_flags: tuple[QualityFlag, ...] = ()
    authors: dict[str, Author] = field(default_factory=dict)
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class ImageStatus:
    """An image as it stands now, with the generation it belongs to or last asked for."""

    image: Image
    generation: Generation | None = None
