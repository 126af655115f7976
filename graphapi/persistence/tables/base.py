"""What all tables share: how Python types become columns, and constraints get names."""

from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import JSON, MetaData, Table
from sqlalchemy.orm import DeclarativeBase

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
