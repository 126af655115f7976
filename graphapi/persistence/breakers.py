"""The breakers of providers and models, and the jobs that wait for them.

A breaker's row is locked before anything else of a unit but a slot. There is none for a provider
that has nothing against it.
"""

from collections.abc import Collection
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import ColumnElement, bindparam, delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.breakers import FORGOTTEN_AFTER, Breaker
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.jobs import JobState
from graphapi.persistence.records import AnyRow
from graphapi.persistence.tables import BreakerRow, JobRow
from graphapi.persistence.unit_of_work import UnitOfWork

# A provider and a model of it; the empty model stands for the provider as a whole.
Key: TypeAlias = tuple[str, str]


async def every(connection: AsyncConnection) -> dict[Key, Breaker]:
    """Read every breaker that there is."""
    rows = await connection.execute(select(BreakerRow).where(BreakerRow.strikes > 0))
    return {(row.provider, row.model): _breaker(row) for row in rows}


def has_open() -> ColumnElement[bool]:
    """Select the jobs whose provider, or whose model there, has an open breaker.

    `forgotten_before` is a parameter.
    """
    return exists().where(
        BreakerRow.provider == JobRow.provider,
        BreakerRow.model.in_(("", JobRow.model)),
        BreakerRow.retry_at > bindparam("forgotten_before"),
    )


def forgotten_before(now: datetime) -> datetime:
    """Tell which breakers count no more now: those whose trial was due before."""
    return now - FORGOTTEN_AFTER


async def lock(unit: UnitOfWork, provider: str, models: Collection[str]) -> dict[Key, Breaker]:
    """Read breakers of a provider, keeping others from changing them until commit."""
    statement = (
        select(BreakerRow)
        .where(BreakerRow.provider == provider, BreakerRow.model.in_(models))
        .order_by(BreakerRow.model)
        .with_for_update()
    )
    rows = await unit.connection.execute(statement)
    return {(row.provider, row.model): _breaker(row) for row in rows if row.strikes}


async def lay(unit: UnitOfWork, key: Key, now: datetime) -> None:
    """Insert a row without strikes where there is none, so that there is something to lock."""
    dialect = postgresql if unit.connection.dialect.name == "postgresql" else sqlite
    provider, model = key
    blank = dialect.insert(BreakerRow).values(
        provider=provider,
        model=model,
        code=JobErrorCode.PROVIDER_UNAVAILABLE,
        since=now,
        struck_at=now,
        strikes=0,
        pauses=0,
    )
    await unit.connection.execute(
        blank.on_conflict_do_nothing(index_elements=["provider", "model"])
    )


async def save(unit: UnitOfWork, key: Key, breaker: Breaker | None) -> None:
    """Write how a breaker stands that is locked; None removes it."""
    if breaker is None:
        await unit.connection.execute(delete(BreakerRow).where(*_is(key)))
        return
    statement = update(BreakerRow).where(*_is(key))
    await unit.connection.execute(
        statement.values(
            code=breaker.code,
            since=breaker.since,
            struck_at=breaker.struck_at,
            strikes=breaker.strikes,
            pauses=breaker.pauses,
            retry_at=breaker.retry_at,
            trial_job_id=breaker.trial,
        )
    )


async def wake(unit: UnitOfWork, key: Key, waited_until: datetime, now: datetime) -> None:
    """Let the jobs be looked at now that were to wait until then; the sweeper rings for them.

    One that somebody else is moving right now is left out: waiting for it while holding others
    could end in a deadlock, and it is looked at then anyway.
    """
    provider, model = key
    waiting = select(JobRow.id).where(
        JobRow.provider == provider,
        JobRow.state == JobState.QUEUED,
        JobRow.next_at == waited_until,
    )
    if model:
        waiting = waiting.where(JobRow.model == model)
    free = waiting.with_for_update(skip_locked=True)
    await unit.connection.execute(update(JobRow).where(JobRow.id.in_(free)).values(next_at=now))


def _is(key: Key) -> tuple[ColumnElement[bool], ...]:
    provider, model = key
    return BreakerRow.provider == provider, BreakerRow.model == model


def _breaker(row: AnyRow) -> Breaker:
    return Breaker(
        code=row.code,
        since=row.since,
        struck_at=row.struck_at,
        strikes=row.strikes,
        pauses=row.pauses,
        retry_at=row.retry_at,
        trial=row.trial_job_id,
    )
