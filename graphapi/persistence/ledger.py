"""The ledger: what is reserved, settled and released, in the same transaction as the move.

Only `persistence.transition` calls what writes here, and `persistence.corrections`, which adds what
becomes known later. A day, by UTC, is that of the request: what was reserved today and is billed
tomorrow counts for today.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from graphapi.domain.jobs import Billed, JobState
from graphapi.domain.ledger import Bill, Closing, Entry, close, closes, known_since
from graphapi.domain.money import UNKNOWN_PRICE, Exactness, Price, dollars_of
from graphapi.errors import Refused, UserErrorCode
from graphapi.persistence import riding
from graphapi.persistence.records import AnyRow
from graphapi.persistence.tables import CorrectionRow, ImageRow, JobRow, LedgerRow, table_of
from graphapi.persistence.unit_of_work import UnitOfWork

Reserved = aliased(LedgerRow, name="reserved")
Closed = aliased(LedgerRow, name="closed")
Corrected = aliased(CorrectionRow, name="corrected")
# What a job costs as far as is known: its bill, until there is one its reservation.
AMOUNT: ColumnElement[int | None] = func.coalesce(
    Corrected.amount_micros, Closed.amount_micros, Reserved.amount_micros
)
THE_SAME_JOB = and_(Closed.job_id == Reserved.job_id, Closed.closes)
ITS_CORRECTION = and_(Corrected.job_id == Closed.job_id, Closed.billed == Billed.UNKNOWN)
# An attempt that takes in what another one brought late is paid for by that one.
ADOPTED = Price(0, Exactness.EXACT, "paid for with the attempt whose picture this takes in")
# Made once: every move that ends a job asks it.
_ADD = insert(table_of(LedgerRow))
_LINES = (
    select(table_of(LedgerRow))
    .where(LedgerRow.job_id == bindparam("the_job"))
    .order_by(LedgerRow.closes)
)
STILL_COUNTS = func.coalesce(Corrected.entry, Closed.entry).is_distinct_from(Entry.RELEASE)


async def reserve(
    unit: UnitOfWork, rows: Sequence[dict[str, Any]], prices: Sequence[dict[str, Any]]
) -> None:
    """Reserve what new jobs cost; raises Refused when that would pass the owner's cap.

    The owner must be locked: nobody else may be counting the same money. `prices` brings for each
    row what `quoted` made of its model's card.
    """
    known = [
        ADOPTED if row.get("adopts") else price.get("price", UNKNOWN_PRICE)
        for row, price in zip(rows, prices, strict=True)
    ]
    owner_id, now = rows[0]["owner_id"], rows[0]["created_at"]
    await check_cap(unit.connection, unit.daily_cap, owner_id, known, now)
    projects = await _projects(unit.connection, _sources(rows))
    lines = [
        _line(Entry.RESERVE, price, Billed.NO)
        | {name: row[name] for name in ("owner_id", "provider", "model", "created_at")}
        | {
            "job_id": row["id"],
            "unit_micros": None if row.get("adopts") else extra.get("unit_micros"),
            "project_name": projects.get(row.get("source_image_id", "")),
        }
        for row, price, extra in zip(rows, known, prices, strict=True)
    ]
    await unit.connection.execute(_ADD, lines)


async def settle(unit: UnitOfWork, job: AnyRow, finished_at: datetime | None) -> None:
    """Close a moved job's reservation, if its new state closes it and nothing has before."""
    if not closes(job.state):
        return
    lines = await _lines(unit.connection, job.id)
    if len(lines) != 1:
        return
    (reserved,) = lines
    closing = _closing(reserved, job)
    line = _line(closing.entry, closing.price, closing.billed) | {
        "job_id": job.id,
        "closes": True,
        "owner_id": job.owner_id,
        "project_name": reserved.project_name,
        "provider": job.provider,
        "model": job.model,  # an analysis is billed by whichever of its models answered
        "created_at": finished_at or unit.clock.now(),
    }
    await unit.connection.execute(_ADD, line)
    if job.adopts is not None and closing.billed is Billed.YES:
        await _resolve(unit, job)


async def settle_late(unit: UnitOfWork, ended: AnyRow, bill: Bill) -> bool:
    """Settle by its bill an ended attempt that proves to have been made, and so charged for.

    Whatever was believed of it until now: that nothing was charged is disproved as well. False
    when its charge is known already.
    """
    reserved, closed = await _lines(unit.connection, ended.id)
    corrected = select(CorrectionRow.billed).where(CorrectionRow.job_id == ended.id)
    said = (await unit.connection.execute(corrected)).scalar_one_or_none()
    billed = (ended.charged_micros, ended.billable_units) != (None, None)
    news = (bill.charged_micros, bill.units) != (None, None) and not billed
    if said is Billed.YES or (closed.billed is Billed.YES and not news):
        return False
    bill = replace(bill, unit_micros=reserved.unit_micros)
    closing = close(price_of(reserved), JobState.RESULT_READY, bill)
    if await _is_booked_with_another(unit.connection, ended, closing.price):
        closing = known_since(0, "booked whole on another picture of its request")
    statement = update(LedgerRow).where(LedgerRow.job_id == ended.id, LedgerRow.closes)
    values = _line(closing.entry, closing.price, closing.billed)
    await unit.connection.execute(statement.values(values))
    return True


async def _resolve(unit: UnitOfWork, job: AnyRow) -> None:
    """Settle the ended attempt that a job adopts by the bill that came with the late result."""
    statement = select(JobRow).where(JobRow.id == job.adopts)
    adopted = (await unit.connection.execute(statement)).one()
    bill = Bill(Billed.YES, job.charged_micros, job.billable_units)
    if await settle_late(unit, adopted, bill):
        charged = update(JobRow).where(JobRow.id == job.adopts).values(billed=Billed.YES)
        await unit.connection.execute(charged)


async def _is_booked_with_another(connection: AsyncConnection, job: AnyRow, part: Price) -> bool:
    """Tell whether a person booked more than its own part on another job of a shared request."""
    others = [each.id for each in await riding.party_of(connection, job) if each.id != job.id]
    if not others or part.micros is None:
        return False
    statement = select(func.max(CorrectionRow.amount_micros)).where(
        CorrectionRow.job_id.in_(others), CorrectionRow.billed == Billed.YES
    )
    most = (await connection.execute(statement)).scalar_one()
    return most is not None and most > part.micros


async def check_cap(
    connection: AsyncConnection,
    cap: int | None,
    owner_id: str,
    prices: Iterable[Price],
    now: datetime,
) -> None:
    """Refuse with BUDGET_EXCEEDED what would pass the owner's cap of the day, or might.

    What certainly costs nothing is never refused.
    """
    costly = [price for price in prices if not price.is_free]
    if cap is None or not costly:
        return
    left = max(0, cap - await committed(connection, owner_id, now))
    asked = [price.micros for price in costly]
    if None in asked:
        raise Refused(
            UserErrorCode.BUDGET_EXCEEDED,
            f"Nobody knows what this costs, so it cannot be promised to stay within the "
            f"{dollars_of(left)} USD that are left of your day. Choose a model whose price is "
            "known; `models` tells. Or have whoever runs this server give this one a price, in the "
            "file that GRAPHAPI_PRICES_FILE names.",
        )
    wanted = sum(each for each in asked if each is not None)
    if wanted > left:
        raise Refused(
            UserErrorCode.BUDGET_EXCEEDED,
            f"This would cost {dollars_of(wanted)} USD, and {dollars_of(left)} USD are left of "
            f"your {dollars_of(cap)} USD a day. Ask for less, or again after midnight UTC.",
        )


async def committed(connection: AsyncConnection, owner_id: str, now: datetime) -> int:
    """Sum up what an owner's requests of this UTC day cost or may cost, as far as is known."""
    start = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    statement = (
        select(func.sum(AMOUNT))
        .select_from(Reserved)
        .outerjoin(Closed, THE_SAME_JOB)
        .outerjoin(Corrected, ITS_CORRECTION)
        .where(Reserved.owner_id == owner_id, ~Reserved.closes, STILL_COUNTS)
        .where(Reserved.created_at >= start, Reserved.created_at < start + timedelta(days=1))
    )
    # Of no rows the sum is NULL, and PostgreSQL sums BIGINT up as NUMERIC.
    return int((await connection.execute(statement)).scalar_one() or 0)


async def reserved(connection: AsyncConnection, job_id: str) -> Price:
    """Read what was reserved for a job."""
    statement = select(LedgerRow).where(LedgerRow.job_id == job_id, ~LedgerRow.closes)
    return price_of((await connection.execute(statement)).one())


async def closed(connection: AsyncConnection, job_id: str) -> AnyRow | None:
    """Read the line that settles or releases a job's price, once there is one."""
    lines = await _lines(connection, job_id)
    return next((line for line in lines if line.closes), None)


def price_of(line: AnyRow) -> Price:
    """Make the price of a line."""
    return Price(line.amount_micros, line.exactness, line.price_source, line.price_as_of)


async def _lines(connection: AsyncConnection, job_id: str) -> Sequence[AnyRow]:
    return (await connection.execute(_LINES, {"the_job": job_id})).all()


def _closing(reserved: AnyRow, job: AnyRow) -> Closing:
    units, source = job.billable_units, (job.result or {}).get("bill_source")
    bill = Bill(job.billed, job.charged_micros, units, reserved.unit_micros, source)
    if job.adopts is not None:
        bill = Bill(job.billed)  # the other's is not paid for twice
    return close(price_of(reserved), JobState(job.state), bill)


def _line(entry: Entry, price: Price, billed: Billed) -> dict[str, Any]:
    return {
        "closes": entry is not Entry.RESERVE,
        "entry": entry,
        "amount_micros": price.micros,
        "exactness": price.exactness,
        "price_source": price.source,
        "price_as_of": price.as_of,
        "billed": billed,
    }


def _sources(rows: Iterable[dict[str, Any]]) -> set[str]:
    """List the images that jobs are asked of; what is said or heard is of none."""
    return {row["source_image_id"] for row in rows if row.get("source_image_id")}


async def _projects(connection: AsyncConnection, image_ids: Iterable[str]) -> dict[str, str | None]:
    statement = select(ImageRow.id, ImageRow.project_name).where(ImageRow.id.in_(image_ids))
    return {row.id: row.project_name for row in await connection.execute(statement)}
