"""The work, and all that happened to it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.jobs import Billed, JobKind, JobState, Mover, Stage
from graphapi.domain.variations import ModificationMode, ShotType
from graphapi.persistence.columns import PlainText
from graphapi.persistence.tables.base import Base


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
