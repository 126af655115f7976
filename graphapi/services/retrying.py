"""Trying again what failed: each time as a new attempt with its own price."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graphapi.domain.attempts import RetryOutcome, hopeless
from graphapi.domain.images import AspectRatio
from graphapi.domain.jobs import Billed, JobKind
from graphapi.domain.library import Image
from graphapi.domain.models import Model, ModelKind
from graphapi.domain.money import Price
from graphapi.domain.options import counted, reseeded
from graphapi.domain.recordings import Recording
from graphapi.domain.standing import Generation
from graphapi.domain.users import User
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.persistence import attempts, generations, images, inputs, ledger, recordings
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import (
    add_jobs,
    lock_owner,
    project_image,
    project_recording,
)
from graphapi.persistence.unit_of_work import Connection, UnitOfWork
from graphapi.ports.clock import Clock
from graphapi.ports.doorbell import Bell, Step
from graphapi.services.models import Models
from graphapi.services.once import Once
from graphapi.services.recordings import read_made
from graphapi.services.requests import MOST_PICTURES
from graphapi.services.scheduling import first_bells, new_job, patience, seed_for

# What another attempt is asked in the very same way.
_SAME = (
    "image_id", "source_image_id", "generation_id", "picture_id", "prompt", "mode", "shot_type",
    "beat", "aspect_ratio",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Retried:
    """What was tried again, and what was not since it may have been charged for already."""

    generation: Generation
    variations: tuple[Image, ...]
    left_out: tuple[Image, ...]


@dataclass(frozen=True, slots=True)
class RetryWanted:
    """Another attempt at a recording; `expires_after` is as in `VariationsWanted`."""

    recording_id: str
    even_if_maybe_charged: bool = False
    expires_after: int | None = None


@dataclass(frozen=True, slots=True)
class RetriedRecording:
    """What became of the wish to try a recording again, and what the new attempt costs.

    The recording stands as it does now, and is None when it was deleted since; the price is None
    when it is not tried again.
    """

    recording: Recording | None
    outcome: RetryOutcome
    price: Price | None = None


class Retrying:
    """Tries again what never succeeded, when a person asks for it."""

    def __init__(
        self, database: Database, models: Models, clock: Clock, deadline: timedelta
    ) -> None:
        self._database = database
        self._models = models
        self._clock = clock
        self._deadline = deadline

    async def retry_failed(
        self,
        owner: User,
        generation_id: str,
        *,
        even_if_maybe_charged: bool = False,
        key: str | None = None,
    ) -> Retried:
        """Make a new attempt at each variation whose attempts all failed or were cancelled.

        One whose last attempt may have been charged for is left out, unless a person says that it
        may be paid for twice. Raises NotFound, or Refused when an image to work on was deleted,
        the model cannot be asked now or the owner's cap would be passed.
        """
        once = Once.of(key, "retryFailed", generation_id, even_if_maybe_charged)
        async with self._database.write() as unit:
            await lock_owner(unit, owner.id)
            known = await once.known(unit, owner.id)
            if known is not None:
                return await _answer(unit, owner, generation_id, known)
            failed = await _failed(unit, owner, generation_id)
            held = [] if even_if_maybe_charged else await _maybe_charged(unit.connection, failed)
            again = [job for job in failed if job not in held]
            await self._try_again(unit, owner, again)
            result = {
                "variations": [job.image_id for job in again],
                "left_out": [job.image_id for job in held],
            }
            await once.remember(unit, owner.id, result, self._clock.now())
            return await _answer(unit, owner, generation_id, result)

    async def rehearse_recording(
        self, owner: User, wanted: RetryWanted, key: str | None = None
    ) -> RetriedRecording:
        """Check what `retry_recording` checks and write nothing; raises as it would."""
        once = Once.of(key, "retryRecording", wanted)
        async with self._database.read() as connection:
            await once.rehearse(connection, owner.id)
            recording, made = await read_made(connection, owner, wanted.recording_id)
            outcome = await _outcome(connection, made, wanted)
            if outcome is not RetryOutcome.RETRIED:
                return RetriedRecording(recording, outcome)
            job = self._another_of_sound(made[-1], wanted)
            cap, price = self._database.daily_cap, job["price"]
            await ledger.check_cap(connection, cap, owner.id, (price,), job["created_at"])
        return RetriedRecording(recording, outcome, price)

    async def retry_recording(
        self, owner: User, wanted: RetryWanted, key: str | None = None
    ) -> RetriedRecording:
        """Make a new attempt at a recording whose attempts all failed or were cancelled.

        Not if its last attempt may have been charged for, unless a person says that it may be paid
        for twice. Raises NotFound, or Refused for an upload, when the model cannot be asked now or
        when the owner's cap would be passed.
        """
        once = Once.of(key, "retryRecording", wanted)
        async with self._database.write() as unit:
            await lock_owner(unit, owner.id)
            known = await once.known(unit, owner.id)
            if known is None:
                known = await self._retry_recording(unit, owner, wanted)
                await once.remember(unit, owner.id, known, self._clock.now())
            recording = await recordings.get(unit.connection, owner.id, wanted.recording_id)
            outcome, job_id = RetryOutcome(known["outcome"]), known["job"]
            price = await ledger.reserved(unit.connection, job_id) if job_id else None
            return RetriedRecording(recording, outcome, price)

    async def _retry_recording(
        self, unit: UnitOfWork, owner: User, wanted: RetryWanted
    ) -> dict[str, Any]:
        _, made = await read_made(unit.connection, owner, wanted.recording_id)
        outcome = await _outcome(unit.connection, made, wanted)
        if outcome is not RetryOutcome.RETRIED:
            return {"outcome": outcome.value, "job": None}
        job = self._another_of_sound(made[-1], wanted)
        await add_jobs(unit, owner.id, [job])
        await project_recording(unit, owner.id, wanted.recording_id)
        step = Step.PREPARE if job["prepared_at"] is None else Step.SUBMIT
        unit.ring([Bell(step, job["id"])])
        return {"outcome": outcome.value, "job": job["id"]}

    def _another_of_sound(self, last: AnyRow, wanted: RetryWanted) -> dict[str, Any]:
        try:
            model = self._models.sound_model(last.model, ModelKind(last.kind.value))
        except Refused as refusal:
            raise Refused(refusal.code, refusal.message, ("id",)) from refusal
        now = self._clock.now()
        deadline_at = now + patience(wanted.expires_after, self._deadline)
        return new_job(last.kind, model, now, deadline_at, last.options, text=last.prompt) | {
            "recording_id": last.recording_id,
            "prompt": last.prompt,
            # Words travel inside the request: there is nothing to prepare.
            "prepared_at": None if last.kind is JobKind.TRANSCRIPTION else now,
        }

    async def _try_again(self, unit: UnitOfWork, owner: User, last: Sequence[AnyRow]) -> None:
        if not last:
            return
        await _check_sources(unit, owner, last[0].generation_id)
        now = self._clock.now()
        model = self._model(last[0])
        rows = [_another(job, model, now, now + self._deadline) for job in last]
        await add_jobs(unit, owner.id, rows)
        for job in last:
            await project_image(unit, owner.id, job.image_id)
        unit.ring(first_bells(rows))

    def _model(self, job: AnyRow) -> Model:
        try:
            if job.mode is None:
                return self._models.image_model(job.model, 1 if job.picture_id else 0)
            return self._models.edit_model(job.model, AspectRatio(job.aspect_ratio))
        except Refused as refusal:
            raise Refused(refusal.code, refusal.message, ("generationId",)) from refusal


async def _failed(unit: UnitOfWork, owner: User, generation_id: str) -> list[AnyRow]:
    """Read the last attempt at each variation that has none to hope for; raises NotFound."""
    if not await generations.get_many(unit.connection, owner.id, [generation_id]):
        raise NotFound("generation", ("generationId",))
    children = await images.of_generations(unit.connection, owner.id, [generation_id])
    ids = [child.id for child in children[generation_id]]
    found = await attempts.of_images(unit.connection, owner.id, ids)
    return [found[each][-1] for each in ids if hopeless(job.state for job in found[each])]


async def _maybe_charged(connection: Connection, failed: Sequence[AnyRow]) -> list[AnyRow]:
    """Pick those of which it is not sure that nothing is paid for them.

    Adopting costs nothing by itself, but what it adopts was, or may have been, charged for.
    """
    return [
        job
        for job in failed
        if job.adopts is not None
        or (
            job.billed is not Billed.NO
            # Of what is free, nothing can have been charged.
            and not (await ledger.reserved(connection, job.id)).is_free
        )
    ]


async def _outcome(
    connection: Connection, made: Sequence[AnyRow], wanted: RetryWanted
) -> RetryOutcome:
    """Tell whether there is to be another attempt."""
    if not hopeless(job.state for job in made):
        return RetryOutcome.NOT_NEEDED
    if not wanted.even_if_maybe_charged and await _maybe_charged(connection, made[-1:]):
        return RetryOutcome.MAYBE_CHARGED
    return RetryOutcome.RETRIED


async def _check_sources(unit: UnitOfWork, owner: User, generation_id: str) -> None:
    """Check that every image that a request works on is still there; raises Refused."""
    named = (await inputs.of_generations(unit.connection, owner.id, [generation_id]))[generation_id]
    wanted = {each.image_id for each in named}
    there = await images.get_many(unit.connection, owner.id, wanted)
    if wanted - there.keys():
        message = (
            "An image that this request works on was deleted, so it is not sent again. "
            "Make a new request with images that are there."
        )
        raise Refused(UserErrorCode.SOURCE_MISSING, message, ("generationId",))


def _another(job: AnyRow, model: Model, now: datetime, deadline_at: datetime) -> dict[str, Any]:
    """Make another attempt, by itself also when the last one shared its request."""
    same = {name: getattr(job, name) for name in _SAME}
    # By the same seed, the first picture of its request would come again.
    options = reseeded(model, counted(model, job.options, 1), job.place * MOST_PICTURES)
    fresh = {
        "options": options,
        "seed": seed_for(model, options),
        "prepared_at": None if job.picture_id else now,
    }
    return new_job(JobKind.VARIATION, model, now, deadline_at, options) | same | fresh


async def _answer(unit: UnitOfWork, owner: User, generation_id: str, result: Any) -> Retried:
    found = await images.get_many(
        unit.connection, owner.id, [*result["variations"], *result["left_out"]]
    )
    asked = await generations.get_many(unit.connection, owner.id, [generation_id])
    return Retried(
        asked[generation_id],
        tuple(found[each] for each in result["variations"] if each in found),
        tuple(found[each] for each in result["left_out"] if each in found),
    )
