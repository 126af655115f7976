"""The table of what became known of uncertain sums."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from graphapi.domain.jobs import Billed
from graphapi.domain.ledger import Entry
from graphapi.domain.money import Exactness
from graphapi.persistence.models import Base


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
