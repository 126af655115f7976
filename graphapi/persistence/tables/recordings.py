"""What is heard and said."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import AiStatus
from graphapi.domain.jobs import Stage
from graphapi.persistence.columns import PlainText
from graphapi.persistence.tables.base import Base


class RecordingRow(Base):
    """Something said. Only `persistence.transition` writes the columns of its standing.

    What was uploaded has its sound and no model; its id is the API's `storageId`. Once
    `given_up_at` its sound is for nobody any more, and when its bytes are removed it has none.
    """

    __tablename__ = "recordings"
    __table_args__ = (
        Index("ix_recordings_owner_newest", "owner_id", "created_at", "id"),
        Index("ix_recordings_owner_changed", "owner_id", "changed_seq"),
    )

    id: Mapped[str] = mapped_column(PlainText(40), primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    created_at: Mapped[datetime]
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

    # Its sound, once it is there.
    key: Mapped[str | None] = mapped_column(PlainText(200))
    content_type: Mapped[str | None] = mapped_column(PlainText(40))
    byte_count: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(PlainText(64))
    seconds: Mapped[float | None]
    given_up_at: Mapped[datetime | None]

    # Its words, once they are there.
    text: Mapped[str | None]
    segments: Mapped[list[Any]]
    language: Mapped[str | None] = mapped_column(PlainText(40))

    # Who was asked, with what, and what was said beside.
    provider: Mapped[str | None] = mapped_column(PlainText(40))
    model: Mapped[str | None]
    normalised: Mapped[list[Any]]
    provider_metadata: Mapped[dict[str, Any] | None]
