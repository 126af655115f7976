"""Stopping what nobody wants any more, and saying truly what that saves."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from graphapi.domain.attempts import Stop, stop_of
from graphapi.domain.jobs import Billed, JobState, Mover
from graphapi.domain.ledger import known_since
from graphapi.domain.library import Image
from graphapi.domain.recordings import Recording
from graphapi.domain.standing import Generation
from graphapi.domain.users import User
from graphapi.errors import NotFound, ProviderError, Refused, UserErrorCode
from graphapi.persistence import (
    attempts,
    corrections,
    generations,
    images,
    job_events,
    jobs,
    riding,
)
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import (
    cancelled_unsent,
    failed,
    lock_owner,
    project_job,
    report,
    transition,
)
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.ports.clock import Clock
from graphapi.ports.doorbell import Bell, Step
from graphapi.ports.editing import Cancelled
from graphapi.services.endings import cancelled_there
from graphapi.services.models import Models
from graphapi.services.polling import ticket_of
from graphapi.services.recordings import read_made

logger = logging.getLogger(__name__)

# What is shown of a job that is to be stopped, as long as nothing better is known.
_ASKED = {
    JobState.SUBMITTED: "The provider is asked to stop; it may still finish and charge for it",
    JobState.SUBMITTING: "Cancelled while it was being sent; the provider is asked to stop",
    JobState.SUBMIT_UNKNOWN: "Cancelled, but it is not known whether the provider took the request",
}
_UNBEGUN = "it was seen to leave the provider's queue before it was begun"
_SHARED = "Not stopped: its request makes pictures too that are wanted; what it makes is kept"
_TOLD = {
    Cancelled.REQUESTED: "The provider was asked to stop; it may still finish and charge for it",
    Cancelled.TOO_LATE: "It was finished before it could be stopped; what was made is kept",
    Cancelled.UNKNOWN: "The provider was asked to stop, and does not know the request",
}


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What became of the wish to stop some variations; each is in one of the five lists.

    `deleted` are the ids of those that were deleted before. They are in none, and were stopped, or
    are to be, like the others.
    """

    generation: Generation
    images: dict[Stop, tuple[Image, ...]]
    deleted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CancelledRecording:
    """A recording as it stands now, and what became of the wish to stop it."""

    recording: Recording
    outcome: Stop


class Cancelling:
    """Stops what can be stopped. No mutation waits for a provider: a step asks it afterwards."""

    def __init__(self, database: Database, models: Models, clock: Clock) -> None:
        self._database = database
        self._models = models
        self._clock = clock

    async def cancel_variation(self, owner: User, image_id: str) -> Cancellation:
        """Stop the latest attempt at a variation; raises NotFound, or Refused for a source."""
        async with self._database.write() as unit:
            await lock_owner(unit, owner.id)
            image = await images.get(unit.connection, owner.id, image_id)
            if image is None:
                raise NotFound("image", ("imageId",))
            if image.generation_id is None:
                message = "This image is no variation. Cancel its variations, or a generation."
                raise Refused(UserErrorCode.INVALID_INPUT, message, ("imageId",))
            found = await attempts.of_images(unit.connection, owner.id, [image_id])
            return await self._cancel(unit, owner, image.generation_id, found[image_id][-1:])

    async def cancel_generation(self, owner: User, generation_id: str) -> Cancellation:
        """Stop the latest attempt at each variation of a generation; raises NotFound."""
        async with self._database.write() as unit:
            await lock_owner(unit, owner.id)
            latest = await attempts.latest_of_generation(unit.connection, owner.id, generation_id)
            if not latest:
                raise NotFound("generation", ("id",))
            return await self._cancel(unit, owner, generation_id, latest)

    async def cancel_recording(self, owner: User, recording_id: str) -> CancelledRecording:
        """Stop the latest attempt at a recording; raises NotFound, or Refused for an upload."""
        async with self._database.write() as unit:
            await lock_owner(unit, owner.id)
            _, made = await read_made(unit.connection, owner, recording_id)
            await _stop(unit, made[-1], self._clock.now())
            recording, standing = await read_made(unit.connection, owner, recording_id)
            return CancelledRecording(recording, stop_of(standing[-1].state, standing[-1].billed))

    async def tell_provider(self, job_id: str) -> None:
        """Ask the provider to stop a job that it has and a person cancelled; safe to repeat.

        Not while its request also makes a picture that is wanted.
        """
        async with self._database.read() as connection:
            job = await jobs.get(connection, job_id)
            job = job and await riding.leader_of(connection, job)
            if job is None or not _to_be_told(job):
                return
            if await riding.still_wanted(connection, [job]):
                return
        asked = self._models.asked(job)
        if asked is None:
            return
        try:
            answer = await asked.cancel(ticket_of(job))
        except ProviderError as error:
            logger.info("Stopping %s is asked for again: %s", job_id, error)
            return
        await self._note(job, answer)

    async def _cancel(
        self, unit: UnitOfWork, owner: User, generation_id: str, latest: Sequence[AnyRow]
    ) -> Cancellation:
        now = self._clock.now()
        for job in latest:
            await _stop(unit, job, now)
        shared = [job for job in latest if job.pictures > 1]
        for leader_id in dict.fromkeys(job.rides_with or job.id for job in shared):
            await _stop_request(unit, leader_id)
        ids = [job.image_id for job in latest]
        standing = await attempts.of_images(unit.connection, owner.id, ids)
        last = [standing[image_id][-1] for image_id in ids]
        wanted = await riding.still_wanted(unit.connection, last)
        shown = await images.get_many(unit.connection, owner.id, ids)
        sorted_out: dict[Stop, list[Image]] = {stop: [] for stop in Stop}
        for job in last:
            stop = stop_of(job.state, job.billed, wanted_beside=job.id in wanted)
            if job.image_id in shown:
                sorted_out[stop].append(shown[job.image_id])
        found = await generations.get_many(unit.connection, owner.id, [generation_id])
        lists = {stop: tuple(each) for stop, each in sorted_out.items()}
        deleted = tuple(image_id for image_id in ids if image_id not in shown)
        return Cancellation(found[generation_id], lists, deleted)

    async def _note(self, job: AnyRow, answer: Cancelled) -> None:
        now = self._clock.now()
        async with self._database.write() as unit:
            await lock_owner(unit, job.owner_id)
            current = await jobs.get(unit.connection, job.id)
            if current is not None and answer is Cancelled.STOPPED:
                await _release(unit, current)
            if current is None or current.state is not JobState.SUBMITTED:
                return
            # Also when another was told meanwhile that it is over: it saw what this one did.
            if answer is Cancelled.STOPPED:
                values = failed(cancelled_there(unspent=True))
                values |= {"billed": Billed.NO, "finished_at": now, "cancel_told_at": now}
                await transition(unit, job.id, JobState.CANCELLED, by=Mover.CANCELLER, **values)
                return
            if not _to_be_told(current):
                return
            told = {"cancel_told_at": now, "stage_message": _TOLD[answer]}
            for each in await riding.party_of(unit.connection, current):
                await _report(unit, each, Mover.CANCELLER, **told)


async def _stop(unit: UnitOfWork, job: AnyRow, now: datetime) -> None:
    """Stop a job where that is in our hands, else write down that it is not wanted any more."""
    if job.state is JobState.QUEUED:
        stopped = cancelled_unsent(now) | {"cancel_requested_at": now}
        await transition(unit, job.id, JobState.CANCELLED, by=Mover.API, **stopped)
    elif job.state in _ASKED and job.cancel_requested_at is None:
        asked = {"cancel_requested_at": now, "stage_message": _ASKED[job.state]}
        await _report(unit, job, Mover.API, **asked)
    if job.state is JobState.SUBMITTED and job.cancel_told_at is None and job.pictures == 1:
        unit.ring([Bell(Step.CANCEL, job.id)])


async def _stop_request(unit: UnitOfWork, leader_id: str) -> None:
    """Have the provider asked to stop a shared request, once nobody wants anything of it."""
    leader = await jobs.get(unit.connection, leader_id)
    assert leader is not None  # noqa: S101 - jobs are never deleted
    if leader.state not in _ASKED or leader.cancel_told_at is not None:
        return
    wanted = await riding.still_wanted(unit.connection, [leader])
    message = _SHARED if wanted else _ASKED[leader.state]
    for each in await riding.party_of(unit.connection, leader):
        if each.cancel_requested_at is not None and each.stage_message != message:
            await _report(unit, each, Mover.API, stage_message=message)
    if leader.state is JobState.SUBMITTED and not wanted:
        unit.ring([Bell(Step.CANCEL, leader.id)])


async def _release(unit: UnitOfWork, job: AnyRow) -> None:
    """Say of what was seen to stop unbegun, after another had noted its end, that it is unspent."""
    for each in await riding.party_of(unit.connection, job):
        if each.state is JobState.CANCELLED:
            unspent = cancelled_there(unspent=True)
            closing = known_since(None, _UNBEGUN)
            values = failed(unspent)
            by = Mover.CANCELLER
            if await corrections.correct(unit, each, closing, by, unspent.message, **values):
                await project_job(unit, each)


async def _report(unit: UnitOfWork, job: AnyRow, by: Mover, **values: object) -> None:
    if await report(unit, job.id, job.version, **values):
        changed = await jobs.get(unit.connection, job.id)
        assert changed is not None  # noqa: S101 - it has just been written
        await job_events.add(unit, changed, by)


def _to_be_told(job: AnyRow) -> bool:
    return (
        job.state is JobState.SUBMITTED
        and job.cancel_requested_at is not None
        and job.cancel_told_at is None
    )
