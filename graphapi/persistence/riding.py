"""Jobs that ride together: one request makes a picture for each of them.

The first of them leads: it alone is due, sent, polled and looked for, and the others go where it
goes (`persistence.transition`) until their pictures are there, each of which is then taken in by
itself. Whoever is cancelled before anything was sent leaves; when that is the leader, the next
one leads.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from graphapi.domain.jobs import LIVE, Billed, JobState, Mover
from graphapi.domain.sharing import not_made, share
from graphapi.persistence.records import AnyRow
from graphapi.persistence.tables import JobRow
from graphapi.persistence.unit_of_work import UnitOfWork

# What is the leader's alone: the claim, the name of the one request, and its place in it.
_LEADERS_OWN = frozenset(
    {"claimed_by", "fence", "attempt_token_hash", "pictures", "place", "options"}
)
# The columns that say what a request is charged.
BILL = frozenset({"billable_units", "charged_micros"})
_AT_PROVIDER = frozenset({JobState.SUBMITTING, JobState.SUBMIT_UNKNOWN, JobState.SUBMITTED})
_BEFORE_SENDING = frozenset({Mover.API, Mover.SUBMITTER, Mover.SWEEPER})
_Other = aliased(JobRow, name="other")


def leads(job: AnyRow) -> bool:
    """Tell whether others may ride with a job; what takes in a late picture is alone."""
    return job.pictures > 1 and job.rides_with is None and job.adopts is None


def left_unsent(to: JobState, by: Mover) -> bool:
    """Tell whether a move ends a job of which nothing was sent, by itself alone."""
    return to is JobState.CANCELLED and by in _BEFORE_SENDING


async def riders_of(connection: AsyncConnection, leader_id: str) -> Sequence[AnyRow]:
    """Read the jobs that ride with this one and have not ended, in order."""
    statement = select(JobRow).where(JobRow.rides_with == leader_id, JobRow.state.in_(LIVE))
    return (await connection.execute(statement.order_by(JobRow.id))).all()


async def leader_of(connection: AsyncConnection, job: AnyRow) -> AnyRow:
    """Read the job whose request makes a job's picture, which may be the job itself."""
    if job.rides_with is None:
        return job
    statement = select(JobRow).where(JobRow.id == job.rides_with)
    return (await connection.execute(statement)).one()


async def party_of(connection: AsyncConnection, job: AnyRow) -> Sequence[AnyRow]:
    """Read all jobs of a job's request, the ended ones too, in order."""
    if job.pictures == 1:
        return [job]
    leader_id = job.rides_with or job.id
    statement = select(JobRow).where((JobRow.id == leader_id) | (JobRow.rides_with == leader_id))
    return (await connection.execute(statement.order_by(JobRow.id))).all()


async def gather(
    unit: UnitOfWork, leader: AnyRow, riders: Sequence[AnyRow], field: str | None
) -> dict[str, Any]:
    """Give places to all that are about to be sent with a leader, whose owner is locked.

    Some may have left since they were last counted. Answers the columns of the leader. `field` is
    what carries how many pictures are asked for.
    """
    asked: dict[str, Any] = {"pictures": 1 + len(riders)}
    if field is not None and field in leader.options:
        asked["options"] = {**leader.options, field: asked["pictures"]}
    for place, rider in enumerate(riders, 1):
        statement = update(JobRow).where(JobRow.id == rider.id)
        await unit.connection.execute(statement.values(asked | {"place": place}))
    return asked | {"place": 0}


async def leave(unit: UnitOfWork, job: AnyRow) -> AnyRow | None:
    """Let a job that ended unsent ride with nobody; answers who leads in its place, if it led."""
    statement = update(JobRow).where(JobRow.id == job.id)
    await unit.connection.execute(statement.values(rides_with=None, pictures=1))
    riders = await riders_of(unit.connection, job.id) if leads(job) else []
    if not riders:
        return None
    leader = riders[0]
    statement = update(JobRow).where(JobRow.rides_with == job.id)
    await unit.connection.execute(statement.values(rides_with=leader.id))
    statement = update(JobRow).where(JobRow.id == leader.id)
    await unit.connection.execute(statement.values(rides_with=None))
    return leader


def of_rider(values: Mapping[str, Any]) -> dict[str, Any]:
    """Choose what a rider takes over of the columns its leader is moved with; nobody claims it."""
    taken = {name: value for name, value in values.items() if name not in _LEADERS_OWN}
    return taken | {"claimed_by": None}


def own_part(
    job: AnyRow, values: Mapping[str, Any], now: datetime
) -> tuple[JobState, dict[str, Any]]:
    """Tell where the result of a shared request takes one of its jobs, and with which columns.

    It pays its part of what the pictures that came have cost. One for which none came fails: a
    bill that is told, or a price by the picture, is for what came, and so it pays nothing.
    """
    came = len(values["result"]["images"])
    units, charged = values.get("billable_units"), values.get("charged_micros")
    if job.place < came:
        own = _part(values, min(came, job.pictures), job.place)
        if came > job.pictures and job.rides_with is None:
            own["stage_message"] = (
                f"Saving the result: {came} pictures came, and {job.pictures} were asked for"
            )
        return JobState.RESULT_READY, {**values, **own}
    known = (units, charged, job.estimated_micros) != (None, None, None)
    billed = Billed.NO if known else Billed.UNKNOWN
    failure = not_made(came, job.pictures, billed)
    kept = {name: value for name, value in values.items() if name not in BILL}
    return JobState.FAILED, kept | {
        "billed": billed,
        "finished_at": now,
        "failure_code": failure.code,
        "failure_message": failure.message,
    }


def own_bill(job: AnyRow, values: Mapping[str, Any]) -> dict[str, Any]:
    """Part what a provider charges for a shared request that it failed among all its jobs."""
    return {**values, **_part(values, job.pictures, job.place)}


def _part(values: Mapping[str, Any], payers: int, place: int) -> dict[str, Any]:
    units, charged = values.get("billable_units"), values.get("charged_micros")
    return {
        "billable_units": None if units is None else units / payers,
        "charged_micros": None if charged is None else share(charged, payers, place),
    }


def wanted_beside(job: type[JobRow]) -> ColumnElement[bool]:
    """Select the jobs whose request a provider is still to finish for another job's sake."""
    return exists().where(
        _Other.provider == job.provider,
        _Other.request_id == job.request_id,
        _Other.state == JobState.SUBMITTED,
        _Other.cancel_requested_at.is_(None),
    )


async def still_wanted(connection: AsyncConnection, jobs: Collection[AnyRow]) -> frozenset[str]:
    """Tell of which of these jobs the request is wanted by somebody, by their ids."""
    shared = [job for job in jobs if job.pictures > 1 and job.state in _AT_PROVIDER]
    found = [job.id for job in shared if await _is_wanted(connection, job)]
    return frozenset(found)


async def _is_wanted(connection: AsyncConnection, job: AnyRow) -> bool:
    leader_id = job.rides_with or job.id
    same = or_(
        JobRow.id == leader_id,
        JobRow.rides_with == leader_id,
        # Whoever follows the same request again, for a picture that came too late.
        and_(JobRow.provider == job.provider, JobRow.request_id == job.request_id)
        if job.request_id is not None
        else JobRow.id == leader_id,
    )
    statement = select(JobRow.id).where(
        same, JobRow.state.in_(_AT_PROVIDER), JobRow.cancel_requested_at.is_(None)
    )
    return (await connection.execute(statement.limit(1))).first() is not None
