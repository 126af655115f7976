"""The tables of those who work on jobs."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from graphapi.persistence.columns import PlainText
from graphapi.persistence.models import Base


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
