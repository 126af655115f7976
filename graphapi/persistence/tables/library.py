"""What is in a library: images, their pictures, and the requests that made them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import AiStatus, ReviewStatus, SourceType
from graphapi.domain.jobs import Stage
from graphapi.domain.variations import ModificationMode, ShotType
from graphapi.persistence.columns import PlainText
from graphapi.persistence.tables.base import Base


class PictureRow(Base):
    """Stored pixels and what was measured of them; its id is the API's `storageId`.

    Once `given_up_at` it is for nobody any more, and when its bytes are removed it has none.
    """

    __tablename__ = "pictures"

    id: Mapped[str] = mapped_column(PlainText(40), primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    key: Mapped[str] = mapped_column(PlainText(200), unique=True)
    content_type: Mapped[str] = mapped_column(PlainText(40))
    width: Mapped[int]
    height: Mapped[int]
    byte_count: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(PlainText(64))
    placeholder: Mapped[str] = mapped_column(PlainText(80))
    colors: Mapped[list[str]]
    derivatives: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    given_up_at: Mapped[datetime | None]


class HostedSourceRow(Base):
    """A picture, by the hash of its bytes, that a provider hosts for us until `expires_at`."""

    __tablename__ = "hosted_sources"

    sha256: Mapped[str] = mapped_column(PlainText(64), primary_key=True)
    provider: Mapped[str] = mapped_column(PlainText(40), primary_key=True)
    url: Mapped[str]
    expires_at: Mapped[datetime]


class ImageRow(Base):
    """An image of a library. Only `persistence.transition` writes the columns of its standing."""

    __tablename__ = "images"
    __table_args__ = (
        Index("ix_images_owner_newest", "owner_id", "created_at", "id"),
        Index("ix_images_owner_status", "owner_id", "ai_status"),
        Index("ix_images_owner_changed", "owner_id", "changed_seq"),
    )

    id: Mapped[str] = mapped_column(PlainText(40), primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    parent_image_id: Mapped[str | None] = mapped_column(
        ForeignKey("images.id", ondelete="RESTRICT"), index=True
    )
    # No foreign key: tables that refer to each other cannot be created in any order.
    generation_id: Mapped[str | None] = mapped_column(PlainText(40), index=True)
    storage_id: Mapped[str | None] = mapped_column(ForeignKey("pictures.id", ondelete="RESTRICT"))
    source_type: Mapped[SourceType]
    source_url: Mapped[str | None]
    status: Mapped[ReviewStatus]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    # Its standing.
    version: Mapped[int] = mapped_column(BigInteger, default=1)
    changed_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    ai_status: Mapped[AiStatus | None]
    stage: Mapped[Stage]
    stage_message: Mapped[str] = mapped_column(default="")
    progress: Mapped[float | None]
    queue_position: Mapped[int | None]
    failure_code: Mapped[JobErrorCode | None]
    failure_message: Mapped[str | None]

    # What it shows and where it belongs; `authors` names who wrote each field last.
    title: Mapped[str | None]
    description: Mapped[str | None]
    tags: Mapped[list[str]]
    colors: Mapped[list[str]]
    color_families: Mapped[list[str]]
    category: Mapped[str | None]
    group: Mapped[str | None]
    genre: Mapped[str | None]
    style: Mapped[str | None]
    shot: Mapped[str | None]
    project_name: Mapped[str | None]
    moodboard_name: Mapped[str | None]
    source: Mapped[str | None]
    sref: Mapped[str | None]
    authors: Mapped[dict[str, Any]]

    # What was asked of it: on a source the last request, on a variation its own.
    modification_mode: Mapped[ModificationMode | None]
    variation_count: Mapped[int | None]
    variation_detail: Mapped[str | None]
    shots_used: Mapped[int] = mapped_column(default=0)
    beats_used: Mapped[dict[str, Any]]

    # How it was made, on a variation.
    prompt: Mapped[str | None]
    provider: Mapped[str | None] = mapped_column(PlainText(40))
    model: Mapped[str | None]
    shot_type: Mapped[ShotType | None]
    aspect_ratio: Mapped[str | None] = mapped_column(PlainText(40))
    provider_metadata: Mapped[dict[str, Any] | None]
    quality_flags: Mapped[list[dict[str, str]] | None]


class GenerationRow(Base):
    """One request; without a mode it is in a person's own words, and perhaps for no `image_id`."""

    __tablename__ = "generations"

    id: Mapped[str] = mapped_column(PlainText(40), primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    image_id: Mapped[str | None] = mapped_column(
        ForeignKey("images.id", ondelete="RESTRICT"), index=True
    )
    mode: Mapped[ModificationMode | None]
    variation_count: Mapped[int]
    detail: Mapped[str | None]
    shot_types: Mapped[list[str]]
    aspect_ratio: Mapped[str | None] = mapped_column(PlainText(40))
    # Where the image stood in its shots and beats when this was asked, to plan it again alike.
    shots_used: Mapped[int]
    beats_used: Mapped[dict[str, Any]]
    provider: Mapped[str] = mapped_column(PlainText(40))
    model: Mapped[str]
    # What became of each parameter that was asked for, or had to be said.
    normalised: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    created_at: Mapped[datetime]


class InputRow(Base):
    """An image that a request in own words works on; the first, 0, is its jobs' source as well."""

    __tablename__ = "generation_inputs"

    generation_id: Mapped[str] = mapped_column(
        ForeignKey("generations.id", ondelete="RESTRICT"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    image_id: Mapped[str] = mapped_column(ForeignKey("images.id", ondelete="RESTRICT"), index=True)
    picture_id: Mapped[str] = mapped_column(ForeignKey("pictures.id", ondelete="RESTRICT"))
    role: Mapped[str | None]
