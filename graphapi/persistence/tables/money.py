"""What is reserved, settled and released, and what became known later."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from graphapi.domain.jobs import Billed
from graphapi.domain.ledger import Entry
from graphapi.domain.money import Exactness
from graphapi.persistence.columns import PlainText
from graphapi.persistence.tables.base import Base


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


class CorrectionRow(Base):
    """What became known of a sum that was settled uncertainly; it counts in that line's stead.

    Not if the line itself was settled surely since, by a late result.
    """

    __tablename__ = "corrections"

    job_id: Mapped[str] = mapped_column(
        ForeignKey("jobs.id", ondelete="RESTRICT"), primary_key=True
    )
    entry: Mapped[Entry]
    amount_micros: Mapped[int] = mapped_column(BigInteger)
    exactness: Mapped[Exactness]
    price_source: Mapped[str]
    price_as_of: Mapped[date]
    billed: Mapped[Billed]
    created_at: Mapped[datetime]
