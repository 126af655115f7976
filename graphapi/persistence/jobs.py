"""Jobs: what is due, who has claimed what, and the rows that steps begin from."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.jobs import JobKind, JobState, Stage
from graphapi.persistence import breakers, riding, workers
from graphapi.persistence.records import AnyRow
from graphapi.persistence.tables import InputRow, JobRow, SlotRow, table_of
from graphapi.persistence.transition import lock_owner
from graphapi.persistence.turns import HOLDS_SLOT, with_turns
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.ports.doorbell import Bell, Step

# No step lasts longer; a claim that is older was left behind, though its worker may live.
CLAIM_FOR = timedelta(minutes=5)

# Below: made once, since every step and every sweep asks these. Of those that ride together the
# first one stands for all, until their pictures are there. A worker that has not been heard
# of since `dead_before` is dead, and its claims are free; so is one older than any step may last.
_jobs = table_of(JobRow)
_LEFT_BEHIND = JobRow.claimed_by.is_not(None) & JobRow.claimed_by.not_in(workers.heard_since())
_AVAILABLE = or_(JobRow.next_at <= bindparam("now"), _LEFT_BEHIND)
_LEADS = JobRow.rides_with.is_(None)
_HELD = JobRow.claimed_by.is_not(None) & ~_AVAILABLE
_BY_ID = select(_jobs).where(JobRow.id == bindparam("the_job"))
_CLAIM = (
    update(_jobs)
    .where(JobRow.id == bindparam("the_job"), JobRow.state == bindparam("the_state"), _AVAILABLE)
    .values(fence=JobRow.fence + 1)
    .returning(*_jobs.c)
)
_SUBMITTED = (
    select(JobRow.id, JobRow.submitted_at, JobRow.awaits_webhook)
    .where(JobRow.state == JobState.SUBMITTED, _LEADS)
    .order_by(JobRow.id)
)
_ABANDONED = (
    select(JobRow)
    .where(JobRow.state == JobState.SUBMITTING, _LEADS, _LEFT_BEHIND)
    .order_by(JobRow.id)
)
_OVERDUE = (
    select(JobRow)
    .where(JobRow.state == bindparam("the_state"), JobRow.deadline_at < bindparam("now"), _LEADS)
    .order_by(JobRow.id)
)
_TO_BE_STOPPED = (
    select(JobRow.id)
    .where(JobRow.state == JobState.SUBMITTED, _LEADS)
    .where(JobRow.cancel_requested_at.is_not(None), JobRow.cancel_told_at.is_(None))
    .where(~riding.wanted_beside(JobRow))
    .order_by(JobRow.id)
    .limit(bindparam("limit", type_=Integer))
)


def _due() -> Select[Any]:
    line = with_turns(
        JobRow.state.in_((JobState.QUEUED, JobState.RESULT_READY)),
        or_(_LEADS, JobRow.state == JobState.RESULT_READY),
        JobRow.waits_for.is_(None),
        _AVAILABLE,
    )
    place = func.row_number().over(
        partition_by=(line.c.provider, line.c.state),
        order_by=(line.c.turn, line.c.next_at, line.c.id),
    )
    columns = (line.c.id, line.c.kind, line.c.state, line.c.prepared_at, line.c.next_at)
    found = select(*columns, place.label("place")).subquery()
    return select(found).where(found.c.place <= bindparam("limit")).order_by(found.c.id)


def _queue_positions() -> Select[Any]:
    line = with_turns(
        JobRow.state == JobState.QUEUED,
        JobRow.waits_for.is_(None),
        _LEADS,
        or_(JobRow.next_at <= bindparam("now"), JobRow.claimed_by.is_not(None)),
        ~breakers.has_open(),
    )
    ahead = func.row_number().over(
        partition_by=line.c.provider, order_by=(line.c.turn, line.c.next_at, line.c.id)
    )
    in_line = select(line, (ahead - 1).label("ahead")).subquery()
    news = in_line.c.queue_position.is_distinct_from(in_line.c.ahead)
    return (
        select(in_line.c.id, in_line.c.version, in_line.c.ahead)
        .where(news, in_line.c.stage == Stage.WAITING, in_line.c.ahead < bindparam("limit"))
        .order_by(in_line.c.id)
    )


_DUE = _due()
_QUEUE_POSITIONS = _queue_positions()


async def get(connection: AsyncConnection, job_id: str) -> AnyRow | None:
    """Read a job."""
    return (await connection.execute(_BY_ID, {"the_job": job_id})).one_or_none()


async def claim(
    unit: UnitOfWork, job_id: str, state: JobState, worker_id: str, now: datetime
) -> AnyRow | None:
    """Claim a job for one step, raising its fence; None when it is not to be had.

    A claim of a worker that is dead is free, and so is one that is older than any step may last.
    """
    asked = {"the_job": job_id, "the_state": state} | _moments(now) | _claimed(worker_id, now)
    return (await unit.connection.execute(_CLAIM, asked)).one_or_none()


async def claim_source(
    unit: UnitOfWork, job_id: str, worker_id: str, now: datetime
) -> AnyRow | None:
    """Claim a variation with its siblings, so that one step prepares the source of them all.

    Answers the one with the latest deadline; None when somebody is at it already.
    """
    job = await get(unit.connection, job_id)
    if job is None:
        return None
    await lock_owner(unit, job.owner_id)
    held = select(JobRow.id).where(*_same_source(job), _HELD).limit(1)
    if (await unit.connection.execute(held, _moments(now))).first() is not None:
        return None
    statement = update(_jobs).where(*_same_source(job), _AVAILABLE).values(fence=JobRow.fence + 1)
    claimed = await unit.connection.execute(
        statement.returning(*_jobs.c), _moments(now) | _claimed(worker_id, now)
    )
    return max(claimed, key=lambda row: row.deadline_at, default=None)


async def release(unit: UnitOfWork, job: AnyRow, next_at: datetime) -> None:
    """Give a claim back after a failed try, with the moment before which nobody tries again."""
    statement = update(JobRow).where(JobRow.id == job.id, JobRow.fence == job.fence)
    await unit.connection.execute(statement.values(_released(next_at)))


async def release_source(unit: UnitOfWork, job: AnyRow, next_at: datetime) -> None:
    """Give a claim on a source back, for all who were claimed with it."""
    await lock_owner(unit, job.owner_id)
    statement = update(JobRow).where(*_same_source(job), JobRow.claimed_by == job.claimed_by)
    await unit.connection.execute(statement.values(_released(next_at)))


async def mark_prepared(
    unit: UnitOfWork, job: AnyRow, urls: Sequence[str], now: datetime
) -> list[str]:
    """Note that claimed sources are ready, for all who were claimed with them.

    Answers the ids of those that are now to be sent. `urls` are where they are fetched from, or
    what travels inside the request, as `domain.sources.inside` has it; none where that is the
    stored pictures. Not for those who came later: their deadline may be beyond what the address
    lasts.
    """
    await lock_owner(unit, job.owner_id)
    statement = (
        update(JobRow)
        .where(*_same_source(job), JobRow.claimed_by == job.claimed_by)
        .values(source_url=next(iter(urls), None), further_urls=list(urls[1:]), prepared_at=now)
        .values(claimed_by=None, next_at=now, tries=0)
        .returning(JobRow.id, JobRow.rides_with)
    )
    ready = await unit.connection.execute(statement)
    return sorted(row.id for row in ready if row.rides_with is None)


async def lock_provider(unit: UnitOfWork, provider: str) -> None:
    """Keep others until commit from what concerns all jobs of a provider; before any other lock."""
    dialect = postgresql if unit.connection.dialect.name == "postgresql" else sqlite
    lock = dialect.insert(SlotRow).values(provider=provider)
    await unit.connection.execute(
        lock.on_conflict_do_update(index_elements=["provider"], set_={"provider": provider})
    )


async def take_slot(unit: UnitOfWork, provider: str, slots: int) -> bool:
    """Tell whether one of a provider's slots is free, keeping others from asking until commit."""
    await lock_provider(unit, provider)
    holding = (JobRow.provider == provider, JobRow.state.in_(HOLDS_SLOT), _LEADS)
    taken = select(func.count()).where(*holding)
    return (await unit.connection.execute(taken)).scalar_one() < slots


async def set_request(unit: UnitOfWork, job_id: str, **values: Any) -> None:
    """Write what a queued job will ask, before anything of it was sent."""
    statement = update(JobRow).where(JobRow.id == job_id, JobRow.state == JobState.QUEUED)
    await unit.connection.execute(statement.values(**values))


async def unprepared_siblings(connection: AsyncConnection, job: AnyRow) -> Sequence[str]:
    """Read the ids of the queued jobs that need the same source for the same model."""
    statement = select(JobRow.id).where(*_same_source(job))
    return (await connection.execute(statement.order_by(JobRow.id))).scalars().all()


async def waiting_for(connection: AsyncConnection, analysis_id: str) -> Sequence[AnyRow]:
    """Read the variations that wait for an analysis, in the order they were planned.

    Those that ended meanwhile are among them, so that each keeps its place in the plan.
    """
    statement = select(JobRow).where(JobRow.waits_for == analysis_id)
    return (await connection.execute(statement.order_by(JobRow.id))).all()


async def queued_for(connection: AsyncConnection, image_id: str) -> Sequence[str]:
    """Read the ids of the queued jobs that would make or use this image."""
    using = select(InputRow.generation_id).where(InputRow.image_id == image_id)
    concerned = or_(
        JobRow.image_id == image_id,
        JobRow.source_image_id == image_id,
        JobRow.generation_id.in_(using),
    )
    statement = select(JobRow.id).where(concerned, JobRow.state == JobState.QUEUED)
    return (await connection.execute(statement.order_by(JobRow.id))).scalars().all()


async def submitted(connection: AsyncConnection) -> Sequence[AnyRow]:
    """Read the ids of the jobs that a provider is working on, with their age: one a request."""
    return (await connection.execute(_SUBMITTED)).all()


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[Bell]:
    """Read which steps could be taken now: of each provider and state the first `limit` in line.

    A long queue at one provider must not hide what is due at another, or what is ready; nor may
    one person's hide another's.
    """
    asked = _moments(now) | {"limit": limit}
    rows = await connection.execute(_DUE, asked)
    return [Bell(step_of(row), row.id, row.next_at) for row in rows]


async def overdue(connection: AsyncConnection, state: JobState, now: datetime) -> Sequence[AnyRow]:
    """Read the jobs that are past their deadline in this state, one a request."""
    return (await connection.execute(_OVERDUE, {"the_state": state, "now": now})).all()


async def abandoned(connection: AsyncConnection, now: datetime) -> Sequence[AnyRow]:
    """Read the jobs whose worker died between intent and answer, one a request."""
    asked = {"dead_before": workers.dead_before(now)}
    return (await connection.execute(_ABANDONED, asked)).all()


async def in_doubt(connection: AsyncConnection, now: datetime) -> Sequence[AnyRow]:
    """Read the jobs in doubt for which evidence is to be looked for now, or that are overdue.

    One a request is looked for.
    """
    due = (JobRow.next_at <= now) | (JobRow.deadline_at < now)
    statement = select(JobRow).where(JobRow.state == JobState.SUBMIT_UNKNOWN, _LEADS, due)
    return (await connection.execute(statement.order_by(JobRow.id))).all()


async def look_again(unit: UnitOfWork, job: AnyRow, next_at: datetime) -> None:
    """Note when evidence for a job in doubt is to be looked for again."""
    statement = update(JobRow).where(JobRow.id == job.id, JobRow.state == JobState.SUBMIT_UNKNOWN)
    await unit.connection.execute(statement.values(next_at=next_at))


async def to_be_stopped(connection: AsyncConnection, limit: int) -> list[Bell]:
    """Read which jobs a provider is yet to be asked to stop: one a request that nobody wants."""
    ids = (await connection.execute(_TO_BE_STOPPED, {"limit": limit})).scalars()
    return [Bell(Step.CANCEL, job_id) for job_id in ids]


async def by_token_hash(connection: AsyncConnection, token_hash: str) -> AnyRow | None:
    """Read the job whose attempt bears this token."""
    statement = select(JobRow).where(JobRow.attempt_token_hash == token_hash)
    return (await connection.execute(statement)).one_or_none()


async def queue_positions(
    connection: AsyncConnection, now: datetime, limit: int
) -> list[tuple[str, int, int]]:
    """Read which queued jobs' places are news: id, version, and how many are ahead of each.

    Only the first `limit` of each provider; the others are told once they come nearer. A job
    that waits for something else than its turn, such as another try or the end of an outage, is
    not told of its place: a place would replace what it is told to wait for.
    """
    before = {"now": now, "forgotten_before": breakers.forgotten_before(now)}
    found = await connection.execute(_QUEUE_POSITIONS, before | {"limit": limit})
    return [(row.id, row.version, row.ahead) for row in found]


def step_of(job: AnyRow) -> Step:
    """Tell which step a queued or ready job needs next."""
    if job.state is JobState.RESULT_READY:
        return Step.FINALISE
    if job.kind is JobKind.ANALYSIS:
        return Step.ANALYSE
    return Step.PREPARE if job.prepared_at is None else Step.SUBMIT


def retry_delay(tries: int) -> timedelta:
    """Tell how long to wait after so many unsent tries: 1 s, doubling to a minute."""
    return timedelta(seconds=min(60, 2**tries))


def _same_source(job: AnyRow) -> list[ColumnElement[bool]]:
    if job.recording_id is not None:
        # What is heard is asked for once.
        return [
            JobRow.id == job.id,
            JobRow.state == JobState.QUEUED,
            JobRow.prepared_at.is_(None),
        ]
    # One in a person's own words shares its pictures, which may be several, with its request alone.
    shared = (
        (JobRow.generation_id == job.generation_id, JobRow.mode.is_(None))
        if job.mode is None
        else (JobRow.picture_id == job.picture_id, JobRow.mode.is_not(None))
    )
    return [
        *shared,
        JobRow.provider == job.provider,
        JobRow.model == job.model,  # each takes pictures up to a size of its own
        JobRow.owner_id == job.owner_id,
        JobRow.kind == JobKind.VARIATION,
        JobRow.state == JobState.QUEUED,
        JobRow.prepared_at.is_(None),
        JobRow.waits_for.is_(None),
    ]


def _claimed(worker_id: str, now: datetime) -> dict[str, Any]:
    return {"claimed_by": worker_id, "next_at": now + CLAIM_FOR}


def _released(next_at: datetime) -> dict[str, Any]:
    return {"claimed_by": None, "next_at": next_at, "tries": JobRow.tries + 1}


def _moments(now: datetime) -> dict[str, datetime]:
    return {"now": now, "dead_before": workers.dead_before(now)}
