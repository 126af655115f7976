"""Who asks, with which token, and what was asked for once."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from graphapi.persistence.columns import PlainText
from graphapi.persistence.tables.base import Base


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
