"""What was asked under which key, and what came of it.

Read and written under the owner's lock, in the transaction of the work itself: of many calls
with one key, one does the work and all answer it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.persistence.records import AnyRow
from graphapi.persistence.tables import IdempotencyRow
from graphapi.persistence.unit_of_work import UnitOfWork


async def get(connection: AsyncConnection, owner_id: str, key: str) -> AnyRow | None:
    """Read what an owner asked under a key; None when nothing was."""
    statement = select(IdempotencyRow).where(
        IdempotencyRow.owner_id == owner_id, IdempotencyRow.key == key
    )
    return (await connection.execute(statement)).one_or_none()


async def add(
    unit: UnitOfWork, owner_id: str, key: str, asked: dict[str, Any], now: datetime
) -> None:
    """Insert what came of a key."""
    values = asked | {"owner_id": owner_id, "key": key, "created_at": now}
    await unit.connection.execute(insert(IdempotencyRow).values(**values))
