"""Media that is stored for nobody any more: of what was deleted, and what was never used.

First it is given up, under its owner's lock, so that nothing can begin to use it; then its bytes
are removed; then its row has none. Whatever breaks off in between is found again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, SelectBase, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.jobs import LIVE
from graphapi.domain.keys import folder_of
from graphapi.persistence.tables import ImageRow, InputRow, JobRow, PictureRow, RecordingRow
from graphapi.persistence.unit_of_work import UnitOfWork

_Row = type[PictureRow] | type[RecordingRow]
_KINDS: tuple[_Row, ...] = (PictureRow, RecordingRow)


@dataclass(frozen=True, slots=True)
class Leftover:
    """Bytes to be removed: a picture's or a recording's id, and the folder of its bytes."""

    id: str
    folder: str


async def owners(connection: AsyncConnection, before: datetime) -> Sequence[str]:
    """Read the ids of those who have media that nobody has had a use for since `before`."""
    found: set[str] = set()
    for row in _KINDS:
        asked = select(row.owner_id).where(_unused(row, before)).distinct()
        found.update((await connection.execute(asked)).scalars())
    return sorted(found)


async def give_up(unit: UnitOfWork, owner_id: str, before: datetime, now: datetime) -> None:
    """Give up what an owner has had no use for since `before`; the owner must be locked."""
    for row in _KINDS:
        unused = update(row).where(row.owner_id == owner_id, _unused(row, before))
        await unit.connection.execute(unused.values(given_up_at=now))


async def to_be_removed(connection: AsyncConnection, limit: int) -> Sequence[Leftover]:
    """Read what was given up and still has its bytes."""
    found: list[Leftover] = []
    for row in _KINDS:
        asked = select(row.id, row.key).where(row.given_up_at.is_not(None), row.byte_count > 0)
        listed = await connection.execute(asked.order_by(row.id).limit(limit))
        found += [Leftover(each.id, folder_of(each.key)) for each in listed]
    return found


async def forget_bytes(unit: UnitOfWork, leftovers: Sequence[Leftover]) -> None:
    """Note that the bytes of these are removed."""
    ids = [each.id for each in leftovers]
    for row in _KINDS:
        await unit.connection.execute(update(row).where(row.id.in_(ids)).values(byte_count=0))


def _unused(row: _Row, before: datetime) -> ColumnElement[bool]:
    kept: ColumnElement[bool] = (
        row.given_up_at.is_(None) & row.key.is_not(None) & (row.created_at < before)
    )
    if row is RecordingRow:
        return kept & row.key.not_in(_heard(before))
    return kept & row.id.not_in(_shown(before)) & row.id.not_in(_worked_on())


# Each of these is asked once for all, not once for each picture; NULL would empty `NOT IN`.
def _shown(before: datetime) -> SelectBase:
    deleted_lately = or_(ImageRow.deleted_at.is_(None), ImageRow.deleted_at >= before)
    return select(ImageRow.storage_id).where(ImageRow.storage_id.is_not(None), deleted_lately)


def _worked_on() -> SelectBase:
    source = select(JobRow.picture_id).where(JobRow.picture_id.is_not(None), JobRow.state.in_(LIVE))
    inputs = (
        select(InputRow.picture_id)
        .join(JobRow, JobRow.generation_id == InputRow.generation_id)
        .where(InputRow.picture_id.is_not(None), JobRow.state.in_(LIVE))
    )
    return source.union(inputs)


def _heard(before: datetime) -> SelectBase:
    # By key: what was heard keeps the sound of the upload that it heard, under the same one.
    at_work = select(JobRow.recording_id).where(
        JobRow.recording_id.is_not(None), JobRow.state.in_(LIVE)
    )
    return select(RecordingRow.key).where(
        RecordingRow.key.is_not(None),
        or_(
            RecordingRow.deleted_at.is_(None),
            RecordingRow.deleted_at >= before,
            RecordingRow.id.in_(at_work),
        ),
    )
