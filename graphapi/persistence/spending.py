"""Reading the ledger: what was spent in a period, and what single images cost."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.jobs import Billed, JobKind
from graphapi.domain.ledger import Entry
from graphapi.domain.money import FREE, Exactness, Price, total
from graphapi.domain.spending import Certainty, Spent
from graphapi.persistence.ledger import (
    ADOPTED,
    AMOUNT,
    ITS_CORRECTION,
    STILL_COUNTS,
    THE_SAME_JOB,
    Closed,
    Corrected,
    Reserved,
)
from graphapi.persistence.tables import JobRow

_EXACTNESS: ColumnElement[Exactness] = func.coalesce(
    Corrected.exactness, Closed.exactness, Reserved.exactness
)
_MODEL: ColumnElement[str] = func.coalesce(Closed.model, Reserved.model)
_CERTAINTY = case(
    (Closed.billed.is_(None), Certainty.RESERVED.value),
    (func.coalesce(Corrected.billed, Closed.billed) == Billed.UNKNOWN, Certainty.UNCERTAIN.value),
    else_=Certainty.SETTLED.value,
)


async def of_period(
    connection: AsyncConnection, owner_id: str, start: datetime, end: datetime
) -> list[Spent]:
    """Sum up what an owner's requests of a period cost; `end` is no more within it."""
    requests = (
        select(
            _utc_day(connection).label("day"),
            Reserved.project_name.label("project"),
            Reserved.provider,
            _MODEL.label("model"),
            _CERTAINTY.label("certainty"),
            _EXACTNESS.label("exactness"),
            AMOUNT.label("micros"),
        )
        .select_from(Reserved)
        .outerjoin(Closed, THE_SAME_JOB)
        .outerjoin(Corrected, ITS_CORRECTION)
        .where(Reserved.owner_id == owner_id, ~Reserved.closes, STILL_COUNTS)
        .where(Reserved.created_at >= start, Reserved.created_at < end)
        # What takes in late what another attempt brought is the same request, not one more.
        .where(Reserved.price_source.is_distinct_from(ADOPTED.source))
        .subquery()
    )
    alike = [column for column in requests.c if column.name != "micros"]
    statement = select(
        *alike, func.count().label("requests"), func.sum(requests.c.micros).label("micros")
    ).group_by(*alike)
    return [
        Spent(
            day=row.day if isinstance(row.day, date) else date.fromisoformat(row.day),
            project=row.project,
            provider=row.provider,
            model=row.model,
            certainty=Certainty(row.certainty),
            exactness=Exactness(row.exactness),
            count=row.requests,
            micros=None if row.micros is None else int(row.micros),
        )
        for row in await connection.execute(statement)
    ]


async def of_images(
    connection: AsyncConnection, owner_id: str, image_ids: Collection[str]
) -> dict[str, Price]:
    """Read what variations cost or have reserved, all attempts together, by the image's id."""
    made = (JobRow.kind == JobKind.VARIATION) & JobRow.image_id.in_(image_ids)
    return await _together(connection, owner_id, JobRow.image_id, made)


async def of_recordings(
    connection: AsyncConnection, owner_id: str, recording_ids: Collection[str]
) -> dict[str, Price]:
    """Read what recordings cost or have reserved, by their ids."""
    made = JobRow.recording_id.in_(recording_ids)
    return await _together(connection, owner_id, JobRow.recording_id, made)


async def _together(
    connection: AsyncConnection, owner_id: str, whole: Any, made: ColumnElement[bool]
) -> dict[str, Price]:
    statement = (
        select(
            whole.label("whole"),
            func.coalesce(Corrected.entry, Closed.entry).label("closing"),
            AMOUNT.label("micros"),
            _EXACTNESS.label("exactness"),
            _latest("price_source").label("source"),
            _latest("price_as_of").label("as_of"),
        )
        .select_from(JobRow)
        .join(Reserved, (Reserved.job_id == JobRow.id) & ~Reserved.closes)
        .outerjoin(Closed, THE_SAME_JOB)
        .outerjoin(Corrected, ITS_CORRECTION)
        .where(JobRow.owner_id == owner_id, made)
    )
    attempts: dict[str, list[Price]] = {}
    for row in await connection.execute(statement):
        attempts.setdefault(row.whole, []).append(_price(row))
    return {whole_id: total(prices) for whole_id, prices in attempts.items()}


def _latest(name: str) -> ColumnElement[Any]:
    return func.coalesce(*(getattr(each, name) for each in (Corrected, Closed, Reserved)))


def _price(row: Any) -> Price:
    if row.closing is Entry.RELEASE:
        return FREE
    return Price(row.micros, Exactness(row.exactness), row.source, row.as_of)


def _utc_day(connection: AsyncConnection) -> ColumnElement[Any]:
    if connection.dialect.name == "postgresql":
        return cast(func.timezone("UTC", Reserved.created_at), Date)
    return func.date(Reserved.created_at)
