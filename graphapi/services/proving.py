"""What becomes known of an attempt after its end, and corrects what was believed of its money."""

from typing import Any

from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.jobs import Billed, JobState, Mover
from graphapi.domain.ledger import Bill, known_since
from graphapi.persistence import attempts, corrections, riding
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import failed, project_job
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.services.answers import Arrived, ready_values
from graphapi.services.endings import recovery_of

_KEPT = "The provider's result came after the end; it is kept"


async def keep_late(
    unit: UnitOfWork, job: AnyRow, arrived: Arrived, by: Mover, **found: Any
) -> None:
    """Keep a result that came after an attempt's end, and settle what it proves to have cost.

    The owner must be locked. `found` are further columns of the job.
    """
    state, values = JobState.RESULT_READY, ready_values(arrived)
    if job.pictures > 1:
        state, values = riding.own_part(job, values, unit.clock.now())
    found["result"] = arrived.kept
    if state is not JobState.RESULT_READY:
        await attempts.keep_evidence(unit, job, by, _KEPT, **found)
        return
    bill = Bill(Billed.YES, values["charged_micros"], values["billable_units"])
    found |= failed(_made_late(job))
    await corrections.prove_made(unit, job, bill, by, _KEPT, **found)
    await project_job(unit, job)


async def prove_unbilled(unit: UnitOfWork, job: AnyRow, failure: Failure, by: Mover) -> None:
    """Release what an attempt was believed to have cost that has failed and is never billed.

    The owner must be locked. What is certain already stays.
    """
    shown = failed(failure) if job.state is JobState.FAILED else {}
    closing = known_since(None, corrections.NEVER_BILLED)
    if await corrections.correct(unit, job, closing, by, failure.message, **shown):
        await project_job(unit, job)


def _made_late(job: AnyRow) -> Failure:
    """Make the failure of an attempt that has brought something all the same."""
    stopped = job.state is JobState.CANCELLED
    return Failure(
        JobErrorCode.CANCELLED if stopped else JobErrorCode.RESULT_LOST,
        "It was made all the same, after this attempt had ended, and was charged for. "
        f"`{recovery_of(job.kind)}` takes it in, unless another attempt has succeeded.",
    )
