"""What changed, read from the rows: the backlog of the change bus."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Select, select, union_all

from graphapi.domain.images import IN_FLIGHT, AiStatus
from graphapi.persistence.database import Database
from graphapi.persistence.tables import ImageRow, RecordingRow, UserRow
from graphapi.ports.bus import Change

# Made once: every commit asks it.
_WATERMARKS = select(UserRow.id, UserRow.change_seq)


class Changes:
    """Reads every owner's number, and what is above a number."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def watermarks(self) -> Mapping[str, int]:
        """Read every owner's number, as it stands after the owner's latest commit."""
        async with self._database.read() as connection:
            rows = await connection.execute(_WATERMARKS)
            return {row.id: row.change_seq for row in rows}

    async def since(self, owner_id: str, seq: int) -> Sequence[Change]:
        """List this owner's images and recordings that changed after `seq`, deleted ones too."""
        statement = union_all(*(_changed(row, owner_id, seq) for row in (ImageRow, RecordingRow)))
        async with self._database.read() as connection:
            rows = (await connection.execute(statement)).all()
        return [
            Change(owner_id, row.id, row.version, row.changed_seq, row.ai_status in IN_FLIGHT)
            for row in rows
        ]


def _changed(
    row: type[ImageRow | RecordingRow], owner_id: str, seq: int
) -> Select[str, int, int, AiStatus | None]:
    return select(row.id, row.version, row.changed_seq, row.ai_status).where(
        row.owner_id == owner_id, row.changed_seq > seq
    )
