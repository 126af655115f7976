"""Who works, and what may be sent: workers, their duties, slots and breakers."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from graphapi.domain.failures import JobErrorCode
from graphapi.persistence.columns import PlainText
from graphapi.persistence.tables.base import Base


class WorkerRow(Base):
    """A process that works on jobs, and when it was last heard of."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(PlainText(40), primary_key=True)
    heartbeat_at: Mapped[datetime]


class LeaseRow(Base):
    """A duty that one process at a time holds, such as polling."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(PlainText(40), primary_key=True)
    holder: Mapped[str] = mapped_column(PlainText(40))
    expires_at: Mapped[datetime]


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
