"""What takes the place of a sum, once somebody knows better whether it was charged.

Of an uncertain one the ledger's own lines stay as they were written, and a correction counts in
their stead. What was made is charged for: of that the ledger's line itself is settled.
"""

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.jobs import Billed, JobState, Mover
from graphapi.domain.ledger import Bill, Closing, known_since
from graphapi.persistence import attempts, ledger
from graphapi.persistence.records import AnyRow
from graphapi.persistence.tables import CorrectionRow, JobRow
from graphapi.persistence.unit_of_work import UnitOfWork

NEVER_BILLED = "the provider ended it by a failure that it does not bill"


async def of_job(connection: AsyncConnection, job_id: str) -> AnyRow | None:
    """Read the correction of a job's sum."""
    statement = select(CorrectionRow).where(CorrectionRow.job_id == job_id)
    return (await connection.execute(statement)).one_or_none()


async def correct(
    unit: UnitOfWork, job: AnyRow, closing: Closing, by: Mover, message: str, **values: object
) -> bool:
    """Settle or release what was settled uncertainly, once; the owner must be locked.

    `message` is kept in the job's history, `values` are further columns of the job. False when
    the sum is not uncertain, or not any more; then nothing has changed.
    """
    closed = await ledger.closed(unit.connection, job.id)
    uncertain = closed is not None and closed.billed is Billed.UNKNOWN
    if not uncertain or await of_job(unit.connection, job.id) is not None:
        return False
    now = unit.clock.now()
    line = {
        "job_id": job.id,
        "entry": closing.entry,
        "amount_micros": closing.price.micros,
        "exactness": closing.price.exactness,
        "price_source": closing.price.source,
        "price_as_of": now.date(),
        "billed": closing.billed,
        "created_at": now,
    }
    await unit.connection.execute(insert(CorrectionRow).values(line))
    await attempts.keep_evidence(unit, job, by, message, billed=closing.billed, **values)
    return True


async def prove_made(
    unit: UnitOfWork, job: AnyRow, bill: Bill, by: Mover, message: str, **values: object
) -> None:
    """Settle an ended attempt whose result has come after all, whatever was believed of it.

    The owner must be locked. `message` and `values` are as in `correct`.
    """
    await ledger.settle_late(unit, job, bill)
    known = {"charged_micros": bill.charged_micros, "billable_units": bill.units}
    told = {name: value for name, value in known.items() if value is not None}
    await attempts.keep_evidence(unit, job, by, message, billed=Billed.YES, **told, **values)


async def follow_adopting(unit: UnitOfWork, moved: AnyRow, by: Mover) -> None:
    """Release what an adopted attempt cost, once what adopts it has ended and is never billed."""
    ended = moved.state in {JobState.FAILED, JobState.CANCELLED}
    if moved.adopts is None or not ended or moved.billed is not Billed.NO:
        return
    statement = select(JobRow).where(JobRow.id == moved.adopts)
    adopted = (await unit.connection.execute(statement)).one()
    message = "The attempt that adopted it ended, and nothing is billed"
    await correct(unit, adopted, known_since(None, NEVER_BILLED), by, message)
