"""The tables. Domain values are made from their rows in the repositories beside this file."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, MetaData, Table, false
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import AiStatus, ReviewStatus, SourceType
from graphapi.domain.jobs import Billed, JobKind, JobState, Mover, Stage
from graphapi.domain.ledger import Entry
from graphapi.domain.money import Exactness
from graphapi.domain.variations import ModificationMode, ShotType
from graphapi.persistence.columns import PlainText, UtcDateTime, Word

_WORDS: tuple[type[StrEnum], ...] = (
    AiStatus, Billed, Entry, Exactness, JobErrorCode, JobKind, JobState, ModificationMode, Mover,
    ReviewStatus, ShotType, SourceType, Stage,
)  # fmt: skip
_COLUMN_TYPES: dict[Any, Any] = {word: Word(word) for word in _WORDS} | {
    str: PlainText(),
    datetime: UtcDateTime(),
    dict[str, Any]: JSON(),
    list[str]: JSON(),
    list[Any]: JSON(),
    list[dict[str, str]]: JSON(),
}


class Base(DeclarativeBase):
    """The tables' common ground: how Python types become columns, and constraints get names."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = _COLUMN_TYPES


def table_of(row: type[Base]) -> Table:
    """Tell the table of a row's class, for statements that are made once and asked often."""
    return cast("Table", row.__table__)


class UserRow(Base):
    """A person. `change_seq` numbers every change of the person's images, in commit order."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(PlainText(40), primary_key=True)
    name: Mapped[str] = mapped_column(PlainText(80), unique=True)
    change_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime]


class TokenRow(Base):
    """An API token, kept only as a hash."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(PlainText(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    token_hash: Mapped[str] = mapped_column(PlainText(64), unique=True)
    created_at: Mapped[datetime]


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


class JobRow(Base):
    """One paid attempt, never recycled. Only `persistence.transition` moves it."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_state_next", "state", "next_at"),
        Index("ix_jobs_provider_state", "provider", "state"),
        Index("ix_jobs_image_kind", "image_id", "kind", "id"),
        Index("ix_jobs_source_state", "source_image_id", "state"),
        Index("ix_jobs_provider_request", "provider", "request_id"),
    )

    id: Mapped[str] = mapped_column(PlainText(40), primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    image_id: Mapped[str | None] = mapped_column(ForeignKey("images.id", ondelete="RESTRICT"))
    source_image_id: Mapped[str | None] = mapped_column(
        ForeignKey("images.id", ondelete="RESTRICT")
    )
    recording_id: Mapped[str | None] = mapped_column(
        ForeignKey("recordings.id", ondelete="RESTRICT"), index=True
    )
    generation_id: Mapped[str | None] = mapped_column(
        ForeignKey("generations.id", ondelete="RESTRICT"), index=True
    )
    waits_for: Mapped[str | None] = mapped_column(
        ForeignKey("jobs.id", ondelete="RESTRICT"), index=True
    )
    # The job whose request makes this one's picture too: until it is there, this one goes wherever
    # that one goes, is never due by itself, and takes no slot.
    rides_with: Mapped[str | None] = mapped_column(
        ForeignKey("jobs.id", ondelete="RESTRICT"), index=True
    )
    # How many pictures its request asks for, or at most until it is sent, and which is its own.
    pictures: Mapped[int] = mapped_column(default=1, server_default="1")
    place: Mapped[int] = mapped_column(default=0, server_default="0")
    # The ended attempt whose late result this one takes in; nothing is sent or paid for it.
    adopts: Mapped[str | None] = mapped_column(ForeignKey("jobs.id", ondelete="RESTRICT"))
    kind: Mapped[JobKind]
    state: Mapped[JobState]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    deadline_at: Mapped[datetime]

    # What is asked. `context` is what only an analysis needs.
    provider: Mapped[str] = mapped_column(PlainText(40))
    model: Mapped[str]
    # The first picture it works on; null for an image from words alone.
    picture_id: Mapped[str | None] = mapped_column(ForeignKey("pictures.id", ondelete="RESTRICT"))
    prompt: Mapped[str | None]
    mode: Mapped[ModificationMode | None]
    shot_type: Mapped[ShotType | None]
    beat: Mapped[int | None]
    aspect_ratio: Mapped[str | None] = mapped_column(PlainText(40))
    seed: Mapped[int | None] = mapped_column(BigInteger)
    # By the provider's names, as they go out; a seed is among them only if somebody asked for it.
    options: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    context: Mapped[dict[str, Any]]

    # Who works on it: a claim of a dead worker is free, and every claim raises the fence.
    claimed_by: Mapped[str | None] = mapped_column(PlainText(40))
    fence: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    source_url: Mapped[str | None]
    further_urls: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    prepared_at: Mapped[datetime | None]

    # A person no longer wants it, and the provider has been told so.
    cancel_requested_at: Mapped[datetime | None]
    cancel_told_at: Mapped[datetime | None]

    # What was sent and what came back. `intended_at` is when sending it was committed to.
    intended_at: Mapped[datetime | None]
    awaits_webhook: Mapped[bool] = mapped_column(default=False, server_default=false())
    attempt_token_hash: Mapped[str | None] = mapped_column(PlainText(64), index=True)
    request_hash: Mapped[str | None] = mapped_column(PlainText(64))
    request_id: Mapped[str | None]
    status_url: Mapped[str | None]
    response_url: Mapped[str | None]
    cancel_url: Mapped[str | None]
    submitted_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None]
    finished_at: Mapped[datetime | None]

    # What is shown of it.
    stage: Mapped[Stage]
    stage_message: Mapped[str] = mapped_column(default="")
    progress: Mapped[float | None]
    queue_position: Mapped[int | None]
    failure_code: Mapped[JobErrorCode | None]
    failure_message: Mapped[str | None]

    # What it costs, in millionths; the ledger settles by these.
    billed: Mapped[Billed]
    billable_units: Mapped[float | None]
    estimated_micros: Mapped[int | None] = mapped_column(BigInteger)
    charged_micros: Mapped[int | None] = mapped_column(BigInteger)


class LedgerRow(Base):
    """A line of the ledger. Only `persistence.transition` writes any, with the move it belongs to.

    Every job has one line that reserves its price (`closes` false) and, once it is decided, one
    that settles or releases it (`closes` true): the key allows no third.
    """

    __tablename__ = "ledger"
    __table_args__ = (Index("ix_ledger_owner_day", "owner_id", "closes", "created_at"),)

    job_id: Mapped[str] = mapped_column(
        ForeignKey("jobs.id", ondelete="RESTRICT"), primary_key=True
    )
    closes: Mapped[bool] = mapped_column(primary_key=True)
    entry: Mapped[Entry]
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    # As it was called when the job was asked for.
    project_name: Mapped[str | None]
    provider: Mapped[str] = mapped_column(PlainText(40))
    model: Mapped[str]
    # In millionths of a dollar; null is unknown, never 0.
    amount_micros: Mapped[int | None] = mapped_column(BigInteger)
    unit_micros: Mapped[int | None] = mapped_column(BigInteger)
    exactness: Mapped[Exactness]
    price_source: Mapped[str | None]
    price_as_of: Mapped[date | None]
    billed: Mapped[Billed]
    created_at: Mapped[datetime]


class JobEventRow(Base):
    """One thing that happened to a job: it is the job's version of this number that it made."""

    __tablename__ = "job_events"

    job_id: Mapped[str] = mapped_column(
        ForeignKey("jobs.id", ondelete="RESTRICT"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    mover: Mapped[Mover]
    state: Mapped[JobState]
    message: Mapped[str]


class IdempotencyRow(Base):
    """A key under which a person asked for something once, and what came of it."""

    __tablename__ = "idempotency_keys"

    owner_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="RESTRICT"), primary_key=True
    )
    key: Mapped[str] = mapped_column(PlainText(200), primary_key=True)
    operation: Mapped[str] = mapped_column(PlainText(40))
    arguments_hash: Mapped[str] = mapped_column(PlainText(64))
    result: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class SlotRow(Base):
    """One row a provider with a limit; locked while its free slots are counted."""

    __tablename__ = "slots"

    provider: Mapped[str] = mapped_column(PlainText(40), primary_key=True)


class BreakerRow(Base):
    """A provider that fails, or one model of it; an empty `model` is the provider as a whole."""

    __tablename__ = "breakers"

    provider: Mapped[str] = mapped_column(PlainText(40), primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[JobErrorCode]
    since: Mapped[datetime]
    struck_at: Mapped[datetime]
    strikes: Mapped[int]
    pauses: Mapped[int]
    # Set while it is open; the trial is the one job that may be sent.
    retry_at: Mapped[datetime | None]
    trial_job_id: Mapped[str | None] = mapped_column(PlainText(40))
