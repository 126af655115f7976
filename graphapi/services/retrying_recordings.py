"""Trying again what could not be heard or said: each time as a new attempt with its own price."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from graphapi.domain.attempts import RetryOutcome, hopeless
from graphapi.domain.jobs import JobKind
from graphapi.domain.models import ModelKind
from graphapi.domain.money import Price
from graphapi.domain.recordings import Recording
from graphapi.domain.users import User
from graphapi.errors import Refused
from graphapi.persistence import ledger, recordings
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import add_jobs, lock_owner, project_recording
from graphapi.persistence.unit_of_work import Connection, UnitOfWork
from graphapi.ports.clock import Clock
from graphapi.ports.doorbell import Bell, Step
from graphapi.services.models import Models
from graphapi.services.once import Once
from graphapi.services.recordings import read_made
from graphapi.services.retrying import RetryWanted, maybe_charged
from graphapi.services.scheduling import new_job, patience

_OPERATION = "retryRecording"


@dataclass(frozen=True, slots=True)
class RetriedRecording:
    """What became of the wish to try a recording again, and what the new attempt costs.

    The recording stands as it does now, and is None when it was deleted since; the price is None
    when it is not tried again.
    """

    recording: Recording | None
    outcome: RetryOutcome
    price: Price | None = None


class RetryingRecordings:
    """Tries recordings again, when a person asks for it."""

    def __init__(
        self, database: Database, models: Models, clock: Clock, deadline: timedelta
    ) -> None:
        self._database = database
        self._models = models
        self._clock = clock
        self._deadline = deadline

    async def rehearse(
        self, owner: User, wanted: RetryWanted, key: str | None = None
    ) -> RetriedRecording:
        """Check what `retry` checks and write nothing; raises as it would."""
        once = Once.of(key, _OPERATION, wanted)
        async with self._database.read() as connection:
            await once.rehearse(connection, owner.id)
            recording, made = await read_made(connection, owner, wanted.id)
            outcome = await _outcome(connection, made, wanted)
            if outcome is not RetryOutcome.RETRIED:
                return RetriedRecording(recording, outcome)
            job = self._another(made[-1], wanted)
            cap, price = self._database.daily_cap, job["price"]
            await ledger.check_cap(connection, cap, owner.id, (price,), job["created_at"])
        return RetriedRecording(recording, outcome, price)

    async def retry(
        self, owner: User, wanted: RetryWanted, key: str | None = None
    ) -> RetriedRecording:
        """Make a new attempt at a recording whose attempts all failed or were cancelled.

        Not if its last attempt may have been charged for, unless a person says that it may be paid
        for twice. Raises NotFound, or Refused for an upload, when the model cannot be asked now or
        when the owner's cap would be passed.
        """
        once = Once.of(key, _OPERATION, wanted)
        async with self._database.write() as unit:
            await lock_owner(unit, owner.id)
            known = await once.known(unit, owner.id)
            if known is None:
                known = await self._try_again(unit, owner, wanted)
                await once.remember(unit, owner.id, known, self._clock.now())
            recording = await recordings.get(unit.connection, owner.id, wanted.id)
            outcome, job_id = RetryOutcome(known["outcome"]), known["job"]
            price = await ledger.reserved(unit.connection, job_id) if job_id else None
            return RetriedRecording(recording, outcome, price)

    async def _try_again(
        self, unit: UnitOfWork, owner: User, wanted: RetryWanted
    ) -> dict[str, Any]:
        _, made = await read_made(unit.connection, owner, wanted.id)
        outcome = await _outcome(unit.connection, made, wanted)
        if outcome is not RetryOutcome.RETRIED:
            return {"outcome": outcome.value, "job": None}
        job = self._another(made[-1], wanted)
        await add_jobs(unit, owner.id, [job])
        await project_recording(unit, owner.id, wanted.id)
        step = Step.PREPARE if job["prepared_at"] is None else Step.SUBMIT
        unit.ring([Bell(step, job["id"])])
        return {"outcome": outcome.value, "job": job["id"]}

    def _another(self, last: AnyRow, wanted: RetryWanted) -> dict[str, Any]:
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


async def _outcome(
    connection: Connection, made: Sequence[AnyRow], wanted: RetryWanted
) -> RetryOutcome:
    """Tell whether there is to be another attempt."""
    if not hopeless(job.state for job in made):
        return RetryOutcome.NOT_NEEDED
    if not wanted.even_if_maybe_charged and await maybe_charged(connection, made[-1:]):
        return RetryOutcome.MAYBE_CHARGED
    return RetryOutcome.RETRIED
