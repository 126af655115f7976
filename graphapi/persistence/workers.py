"""Which processes are alive, and which of them holds a duty."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.persistence.tables import LeaseRow, WorkerRow
from graphapi.persistence.unit_of_work import UnitOfWork

DEAD_AFTER = timedelta(seconds=8)
LEASE_FOR = timedelta(seconds=8)


async def beat(unit: UnitOfWork, worker_id: str, now: datetime) -> None:
    """Say that a worker is alive."""
    statement = _insert(unit.connection, WorkerRow).values(id=worker_id, heartbeat_at=now)
    await unit.connection.execute(
        statement.on_conflict_do_update(index_elements=["id"], set_={"heartbeat_at": now})
    )


async def leave(unit: UnitOfWork, worker_id: str) -> None:
    """Take a worker off the list, so that what it had claimed is free at once."""
    await unit.connection.execute(delete(WorkerRow).where(WorkerRow.id == worker_id))


async def forget_dead(unit: UnitOfWork, now: datetime) -> None:
    """Take workers off the list that have been silent for long."""
    await unit.connection.execute(
        delete(WorkerRow).where(WorkerRow.heartbeat_at < now - DEAD_AFTER)
    )


def heard_since() -> Select[str]:
    """Select the ids of the workers that were heard of since `dead_before`, a parameter."""
    return select(WorkerRow.id).where(WorkerRow.heartbeat_at >= bindparam("dead_before"))


def dead_before(now: datetime) -> datetime:
    """Tell since when a worker must have been heard of, to be alive now."""
    return now - DEAD_AFTER


async def take_lease(unit: UnitOfWork, name: str, holder: str, now: datetime) -> bool:
    """Take or renew a duty; False while another process holds it."""
    values = {"holder": holder, "expires_at": now + LEASE_FOR}
    created = _insert(unit.connection, LeaseRow).values(name=name, **values)
    await unit.connection.execute(created.on_conflict_do_nothing(index_elements=["name"]))
    mine_or_over = (LeaseRow.holder == holder) | (LeaseRow.expires_at < now)
    renewed = await unit.connection.execute(
        update(LeaseRow).where(LeaseRow.name == name, mine_or_over).values(**values)
    )
    return renewed.rowcount == 1


async def give_up_lease(unit: UnitOfWork, name: str, holder: str) -> None:
    """Give up a duty, so that another process takes it at once."""
    mine = (LeaseRow.name == name) & (LeaseRow.holder == holder)
    await unit.connection.execute(delete(LeaseRow).where(mine))


async def holder_of(connection: AsyncConnection, name: str, now: datetime) -> str | None:
    """Read who holds a duty now."""
    statement = select(LeaseRow.holder).where(LeaseRow.name == name, LeaseRow.expires_at >= now)
    return (await connection.execute(statement)).scalar_one_or_none()


def _insert(connection: AsyncConnection, table: type[Any]) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)
