"""The one place where a job moves, and where an image's standing, version and number change.

A recording stands, and is numbered, as an image is.

Every function here takes the owner's lock first (raising the owner's change number), then the
job, then the images, always in that order. Without it, two variations that finish at the same
moment on PostgreSQL would each see the other unfinished, and leave their parent PROCESSING.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Update, bindparam, insert, select, update

from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.images import IN_FLIGHT, AiStatus
from graphapi.domain.jobs import LIVE, MOVES, Billed, JobKind, JobState, Mover, shown
from graphapi.domain.ledger import closes
from graphapi.domain.money import UNKNOWN_PRICE
from graphapi.persistence import corrections, job_events, ledger, riding, standings
from graphapi.persistence.records import AnyRow, standing_values
from graphapi.persistence.tables import ImageRow, JobRow, RecordingRow, UserRow, table_of
from graphapi.persistence.turns import NEXT_IN_LINE
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.ports.bus import Change
from graphapi.ports.doorbell import Bell, Step


@dataclass(frozen=True, slots=True)
class Guard:
    """What must still hold for a move: the fence of a claimed step, or the version once read."""

    fence: int | None = None
    version: int | None = None


UNGUARDED = Guard()

# Made once: every move asks these. What they set comes with the values they are executed with.
_users = table_of(UserRow)
_images = table_of(ImageRow)
_jobs = table_of(JobRow)
_recordings = table_of(RecordingRow)
_LOCK = (
    update(_users)
    .where(_users.c.id == bindparam("the_owner"))
    .values(change_seq=_users.c.change_seq + 1)
    .returning(_users.c.change_seq)
)
_IDENTITY = select(
    *(_jobs.c[name] for name in ("owner_id", "provider", "kind")),
    *(_jobs.c[name] for name in ("image_id", "source_image_id", "recording_id")),
    *(_jobs.c[name] for name in ("rides_with", "pictures", "place", "estimated_micros")),
).where(_jobs.c.id == bindparam("the_job"))
_CHANGE = (
    update(_images)
    .where(_images.c.id == bindparam("the_image"), _images.c.owner_id == bindparam("the_owner"))
    .values(version=_images.c.version + 1)
    .returning(_images.c.version, _images.c.ai_status)
)

_CHANGE_RECORDING = (
    update(_recordings)
    .where(_recordings.c.id == bindparam("the_recording"))
    .where(_recordings.c.owner_id == bindparam("the_owner"))
    .values(version=_recordings.c.version + 1)
    .returning(_recordings.c.version, _recordings.c.ai_status)
)


def failed(failure: Failure) -> dict[str, Any]:
    """Make the columns that say why a job or an image ended badly."""
    return {"failure_code": failure.code, "failure_message": failure.message}


def cancelled_unsent(now: datetime) -> dict[str, Any]:
    """Make the columns of a job that was stopped before anything was sent."""
    failure = Failure(JobErrorCode.CANCELLED, "Cancelled before anything was sent or spent.")
    return {"finished_at": now, "billed": Billed.NO} | failed(failure)


async def lock_owner(unit: UnitOfWork, owner_id: str) -> int:
    """Lock an owner for the rest of the unit; answers the owner's new change number."""
    if owner_id not in unit.sequences:
        locked = await unit.connection.execute(_LOCK, {"the_owner": owner_id})
        unit.sequences[owner_id] = locked.scalar_one()
    return unit.sequences[owner_id]


async def transition(
    unit: UnitOfWork,
    job_id: str,
    to: JobState,
    *,
    by: Mover,
    guard: Guard = UNGUARDED,
    **values: Any,
) -> AnyRow | None:
    """Move a job, if the law allows it from where the job is now and the guard still holds.

    `values` are further columns of the job. An analysis that ends badly takes with it the
    variations that waited for it, and a job takes those along that ride with it; what a shared
    request has brought is parted among them, and who gets no picture fails. Answers the moved row,
    or None when somebody else was first; then nothing has changed.
    """
    job = await _identity(unit, job_id)
    if job is None:
        return None
    await lock_owner(unit, job.owner_id)
    whole, asked = to, values
    if to is JobState.RESULT_READY and job.pictures > 1:
        to, values = riding.own_part(job, values, unit.clock.now())
    elif job.pictures > 1 and values.keys() >= riding.BILL:
        values = riding.own_bill(job, values)
    values = _entering(job.kind, to) | values | {"state": to}
    moved = await _update_job(unit, job_id, _starts(to, by), guard, values)
    if moved is None:
        return None
    unit.moves.append((job.kind, to))
    await ledger.settle(unit, moved, values.get("finished_at"))
    await corrections.follow_adopting(unit, moved, by)
    await job_events.add(unit, moved, by)
    if moved.pictures > 1:
        await _take_along(unit, moved, whole, by, asked)
    if to is JobState.QUEUED and moved.cancel_requested_at is not None:
        # It came back unsent, and nobody wants it any more.
        stopped = cancelled_unsent(unit.clock.now())
        return await transition(unit, job_id, JobState.CANCELLED, by=by, **stopped)
    if to is JobState.SUBMITTED and _is_to_be_stopped(moved):
        unit.ring([Bell(Step.CANCEL, job_id)])
    await project_job(unit, job)
    if to in {JobState.FAILED, JobState.CANCELLED}:
        await _fail_waiting(unit, job_id, by, values.get("finished_at"))
    if to is not JobState.SUBMITTED and moved.rides_with is None:
        await _ring_next(unit, job.provider)
    return moved


async def report(unit: UnitOfWork, job_id: str, version: int, **values: Any) -> bool:
    """Write what is shown of a job that stays where it is; False when it moved meanwhile."""
    return await _report(unit, job_id, version, values) is not None


async def report_request(
    unit: UnitOfWork, job_id: str, version: int, riders: Mapping[str, Any], **values: Any
) -> None:
    """Write what is shown of a job and, as `riders`, of those that ride with it.

    Whoever of these is to be stopped goes on saying so.
    """
    leader = await _report(unit, job_id, version, values)
    if leader is None or not riding.leads(leader):
        return
    for rider in await riding.riders_of(unit.connection, job_id):
        own = dict(riders)
        if rider.cancel_requested_at is not None:
            own.pop("stage_message", None)
        if own:
            await _report(unit, rider.id, rider.version, own)


async def change_image(unit: UnitOfWork, owner_id: str, image_id: str, **values: Any) -> None:
    """Write an image's columns, and say that it changed."""
    sequence = await lock_owner(unit, owner_id)
    values |= {"the_image": image_id, "the_owner": owner_id, "changed_seq": sequence}
    row = (await unit.connection.execute(_CHANGE, values)).one()
    unit.note(Change(owner_id, image_id, row.version, sequence, row.ai_status in IN_FLIGHT))


async def add_images(unit: UnitOfWork, owner_id: str, rows: Iterable[dict[str, Any]]) -> None:
    """Insert images, and say that they are there. Their standing comes with the rows."""
    sequence = await lock_owner(unit, owner_id)
    numbered = [row | {"owner_id": owner_id, "version": 1, "changed_seq": sequence} for row in rows]
    await unit.connection.execute(insert(ImageRow), numbered)
    for row in numbered:
        unit.note(Change(owner_id, row["id"], 1, sequence, row["ai_status"] in IN_FLIGHT))


async def add_jobs(
    unit: UnitOfWork,
    owner_id: str,
    rows: Sequence[dict[str, Any]],
    state: JobState = JobState.QUEUED,
) -> None:
    """Insert jobs with what they cost, and project the images that asked for them.

    They begin in `state`: queued, unless they take in what an ended attempt has brought late.
    Beside columns a row brings `price` and `unit_micros`, for the ledger. Raises Refused with
    BUDGET_EXCEEDED when the owner's cap of the day would be passed.
    """
    await lock_owner(unit, owner_id)
    queued = [_unpriced(row) | {"owner_id": owner_id, "state": state} for row in rows]
    await unit.connection.execute(insert(JobRow), queued)
    await job_events.add_first(unit, queued)
    await ledger.reserve(unit, queued, rows)
    if closes(state):
        added = select(JobRow).where(JobRow.id.in_([row["id"] for row in queued]))
        for job in (await unit.connection.execute(added)).all():
            await ledger.settle(unit, job, None)
    for image_id in dict.fromkeys(filter(None, (row.get("source_image_id") for row in queued))):
        await project_image(unit, owner_id, image_id)


async def change_recording(
    unit: UnitOfWork, owner_id: str, recording_id: str, **values: Any
) -> None:
    """Write a recording's columns, and say that it changed."""
    sequence = await lock_owner(unit, owner_id)
    values |= {"the_recording": recording_id, "the_owner": owner_id, "changed_seq": sequence}
    row = (await unit.connection.execute(_CHANGE_RECORDING, values)).one()
    _note_recording(unit, owner_id, recording_id, row.version, row.ai_status)


async def add_recording(unit: UnitOfWork, owner_id: str, row: dict[str, Any]) -> None:
    """Insert a recording, and say that it is there. Its standing comes with the row."""
    numbers = {"version": 1, "changed_seq": await lock_owner(unit, owner_id)}
    await unit.connection.execute(
        insert(RecordingRow), row | numbers | {"owner_id": owner_id, "created_at": unit.clock.now()}
    )
    _note_recording(unit, owner_id, row["id"], 1, row["ai_status"])


async def project_image(unit: UnitOfWork, owner_id: str, image_id: str) -> None:
    """Write an image's standing as its jobs now have it, if that is news."""
    await _project(unit, owner_id, image_id, image_id)


async def project_recording(unit: UnitOfWork, owner_id: str, recording_id: str) -> None:
    """Write a recording's standing as its jobs now have it, if that is news."""
    standing = await standings.news_of_recording(unit.connection, recording_id)
    if standing is not None:
        await change_recording(unit, owner_id, recording_id, **standing_values(standing))


async def project_job(unit: UnitOfWork, job: AnyRow) -> None:
    """Write the standing of whatever a job is of, if that is news."""
    if job.recording_id is None:
        await _project(unit, job.owner_id, job.image_id, job.source_image_id)
    else:
        await project_recording(unit, job.owner_id, job.recording_id)


def _unpriced(row: dict[str, Any]) -> dict[str, Any]:
    columns = {name: row[name] for name in row if name not in {"price", "unit_micros"}}
    return columns | {"estimated_micros": row.get("price", UNKNOWN_PRICE).micros}


def _entering(kind: JobKind, to: JobState) -> dict[str, Any]:
    stage, message = shown(kind, to)
    entering: dict[str, Any] = {
        "stage": stage,
        "stage_message": message,
        "progress": None,
        "queue_position": None,
    }
    if to is JobState.RESULT_READY:
        entering["tries"] = 0  # of taking it in; those of sending it are over
    # Whoever held the job has done with it; only an intent stays claimed until its answer.
    return entering if to is JobState.SUBMITTING else entering | {"claimed_by": None}


def _starts(to: JobState, by: Mover) -> frozenset[JobState]:
    return frozenset(start for (start, end), movers in MOVES.items() if end is to and by in movers)


async def _identity(unit: UnitOfWork, job_id: str) -> AnyRow | None:
    return (await unit.connection.execute(_IDENTITY, {"the_job": job_id})).one_or_none()


async def _update_job(
    unit: UnitOfWork,
    job_id: str,
    starts: frozenset[JobState],
    guard: Guard,
    values: dict[str, Any],
) -> AnyRow | None:
    guards = {"fence": guard.fence, "version": guard.version}
    held = {name: value for name, value in guards.items() if value is not None}
    bound = {f"the_{name}": value for name, value in held.items()} | {"the_job": job_id}
    moving = _moving(starts, frozenset(held))
    return (await unit.connection.execute(moving, values | bound)).one_or_none()


@lru_cache(maxsize=256)
def _moving(starts: frozenset[JobState], guards: frozenset[str]) -> Update:
    """Make the statement of a move from one of these states; there are some dozens of them."""
    conditions = [_jobs.c[name] == bindparam(f"the_{name}") for name in sorted(guards)]
    return (
        update(_jobs)
        .where(_jobs.c.id == bindparam("the_job"), _jobs.c.state.in_(starts), *conditions)
        .values(version=_jobs.c.version + 1)
        .returning(*_jobs.c)
    )


async def _report(
    unit: UnitOfWork, job_id: str, version: int, values: dict[str, Any]
) -> AnyRow | None:
    job = await _identity(unit, job_id)
    if job is None:
        return None
    await lock_owner(unit, job.owner_id)
    written = await _update_job(unit, job_id, LIVE, Guard(version=version), values)
    if written is not None:
        await project_job(unit, job)
    return written


async def _take_along(
    unit: UnitOfWork, moved: AnyRow, to: JobState, by: Mover, values: dict[str, Any]
) -> None:
    """Move those that ride with a moved job as it was moved, or let one of them lead from now."""
    if riding.left_unsent(to, by):
        leader = await riding.leave(unit, moved)
        if leader is not None:
            step = Step.PREPARE if leader.prepared_at is None else Step.SUBMIT
            unit.ring([Bell(step, leader.id)])
    elif riding.leads(moved) and by is not Mover.FINALISER:  # each picture is taken in by itself
        for rider in await riding.riders_of(unit.connection, moved.id):
            followed = await transition(unit, rider.id, to, by=by, **riding.of_rider(values))
            if followed is not None and followed.state is JobState.RESULT_READY:
                unit.ring([Bell(Step.FINALISE, rider.id)])


def _is_to_be_stopped(job: AnyRow) -> bool:
    return job.cancel_requested_at is not None and job.rides_with is None


async def _fail_waiting(
    unit: UnitOfWork, analysis_id: str, by: Mover, finished_at: datetime | None
) -> None:
    statement = select(JobRow.id).where(JobRow.waits_for == analysis_id)
    failure = Failure(
        JobErrorCode.ANALYSIS_FAILED,
        "The analysis that this variation waited for did not succeed; nothing was sent or spent.",
    )
    for waiting in (await unit.connection.execute(statement)).scalars().all():
        await transition(
            unit, waiting, JobState.FAILED, by=by, finished_at=finished_at, **failed(failure)
        )


async def _project(unit: UnitOfWork, owner_id: str, one: str, other: str) -> None:
    for image_id, standing in (await standings.news(unit.connection, one, other)).items():
        await change_image(unit, owner_id, image_id, **standing_values(standing))


def _note_recording(
    unit: UnitOfWork, owner_id: str, recording_id: str, version: int, status: AiStatus | None
) -> None:
    sequence = unit.sequences[owner_id]
    unit.note(Change(owner_id, recording_id, version, sequence, status in IN_FLIGHT))


async def _ring_next(unit: UnitOfWork, provider: str) -> None:
    """Ring the job whose turn it is to take a slot.

    Also after a slot was taken, since two that were freed at once both rang the same job.
    """
    asked = {"the_provider": provider, "now": unit.clock.now()}
    row = (await unit.connection.execute(NEXT_IN_LINE, asked)).one_or_none()
    if row is not None:
        step = Step.ANALYSE if row.kind is JobKind.ANALYSIS else Step.SUBMIT
        unit.ring([Bell(step, row.id)])
