"""Asking for something to be heard or said, and keeping recordings."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graphapi.domain.attempts import Attempt
from graphapi.domain.ids import Noun, new_id
from graphapi.domain.images import AiStatus
from graphapi.domain.jobs import JobKind, JobState, Mover, Stage
from graphapi.domain.models import Model, ModelKind
from graphapi.domain.money import Price
from graphapi.domain.options import Normalisation, Settled, asking_price, settle
from graphapi.domain.pages import Page, RecordingFilter, Window, check_search
from graphapi.domain.recordings import Audio, Recording
from graphapi.domain.users import User
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.persistence import attempts, ledger, recordings
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow, attempt_of, normalisation_values
from graphapi.persistence.transition import (
    add_jobs,
    add_recording,
    cancelled_unsent,
    change_recording,
    lock_owner,
    transition,
)
from graphapi.persistence.unit_of_work import Connection, UnitOfWork
from graphapi.ports.clock import Clock
from graphapi.ports.doorbell import Bell, Step
from graphapi.ports.pictures import Fetcher
from graphapi.ports.storage import Storage
from graphapi.services.models import Models
from graphapi.services.once import Once
from graphapi.services.requests import SoundWanted
from graphapi.services.scheduling import new_job, patience
from graphapi.services.sounding import keep_sound

LONGEST_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a request costs, and what becomes of its parameters."""

    price: Price
    notes: tuple[Normalisation, ...]


@dataclass(frozen=True, slots=True)
class Sounded:
    """What was scheduled: the recording, which stands as it does now, and its quote.

    The recording is None when it was deleted since.
    """

    recording: Recording | None
    quote: Quoted


@dataclass(frozen=True, slots=True)
class _Order:
    """Everything that is written down of a request."""

    wanted: SoundWanted
    model: Model
    settled: Settled
    now: datetime
    deadline_at: datetime

    @property
    def quote(self) -> Quoted:
        """Price it."""
        price = asking_price(self.model, self.settled.wire, self.wanted.text)
        return Quoted(price, self.settled.notes)


class Recordings:
    """Keeps recordings, and schedules what makes them; `fetcher` fetches recordings."""

    def __init__(  # noqa: PLR0913, PLR0917 - one neighbour each, wired in one place
        self,
        database: Database,
        storage: Storage,
        fetcher: Fetcher,
        models: Models,
        clock: Clock,
        deadline: timedelta,
    ) -> None:
        self._database = database
        self._storage = storage
        self._fetcher = fetcher
        self._models = models
        self._clock = clock
        self._deadline = deadline

    async def receive(self, owner_id: str, content: bytes) -> str:
        """Keep an uploaded recording as it is; answers its `storageId`. Raises SoundRefused."""
        recording_id = new_id(Noun.RECORDING)
        audio = await keep_sound(self._storage, recording_id, content)
        async with self._database.write() as unit:
            await add_recording(unit, owner_id, _uploaded(recording_id, audio))
        return recording_id

    async def get(self, owner: User, recording_id: str) -> Recording | None:
        """Read an own recording; None when there is none of this id."""
        async with self._database.read() as connection:
            return await recordings.get(connection, owner.id, recording_id)

    async def get_many(self, owner: User, recording_ids: Collection[str]) -> dict[str, Recording]:
        """Read own recordings; those that are not there are left out."""
        async with self._database.read() as connection:
            return await recordings.get_many(connection, owner.id, recording_ids)

    async def check(self, owner: User, recording_ids: Collection[str]) -> None:
        """Check that all of these are there and the owner's; raises NotFound."""
        if set(recording_ids) - set(await self.get_many(owner, recording_ids)):
            raise NotFound("recording", ("ids",))

    async def followed(self, owner: User, recording_ids: Collection[str]) -> dict[str, Recording]:
        """Read own recordings that are followed; of one deleted meanwhile that is told."""
        async with self._database.read() as connection:
            return await recordings.followed(connection, owner.id, recording_ids)

    async def page(
        self, owner: User, window: Window, chosen: RecordingFilter, search: str | None
    ) -> Page[Recording]:
        """Read one page of what was heard or said, newest first; uploads are not among it.

        Raises Refused for a search that is too long.
        """
        check_search(search)
        async with self._database.read() as connection:
            return await recordings.page(connection, owner.id, window, chosen, search)

    async def attempts_at(
        self, owner: User, recording_ids: Collection[str]
    ) -> dict[str, list[Attempt]]:
        """Read the attempts at each of these recordings, oldest first; an upload has none."""
        async with self._database.read() as connection:
            found = await attempts.of_recordings(connection, owner.id, recording_ids)
        return {
            recording_id: [attempt_of(row, number) for number, row in enumerate(rows, 1)]
            for recording_id, rows in found.items()
        }

    async def delete(self, owner: User, recording_ids: Collection[str]) -> list[str]:
        """Remove recordings; all of them or, when one is not there, none.

        What waits for its turn is cancelled unspent. What a provider is already working on goes
        on, and what it brings is kept.
        """
        wanted = list(dict.fromkeys(recording_ids))
        async with self._database.write() as unit:
            await lock_owner(unit, owner.id)
            found = await recordings.get_many(unit.connection, owner.id, wanted)
            if len(found) < len(wanted):
                missing = next(each for each in wanted if each not in found)
                raise NotFound("recording", ("ids", str(list(recording_ids).index(missing))))
            made = await attempts.of_recordings(unit.connection, owner.id, wanted)
            for recording_id in wanted:
                await self._delete(unit, owner, recording_id, made[recording_id])
        return wanted

    async def _delete(
        self, unit: UnitOfWork, owner: User, recording_id: str, made: Collection[AnyRow]
    ) -> None:
        now = self._clock.now()
        for job in made:
            if job.state is JobState.QUEUED:
                stopped = cancelled_unsent(now)
                await transition(unit, job.id, JobState.CANCELLED, by=Mover.API, **stopped)
        await change_recording(unit, owner.id, recording_id, deleted_at=now)

    async def rehearse(self, owner: User, wanted: SoundWanted, key: str | None = None) -> Quoted:
        """Check what a request checks, fetch and write nothing; raises as it would."""
        once = Once.of(key, _OPERATIONS[wanted.kind], wanted)
        async with self._database.read() as connection:
            await once.rehearse(connection, owner.id)
            order = self._order(wanted)
            if wanted.audio_url is not None:
                with _of_audio_url():
                    self._fetcher.check(wanted.audio_url)
            await _source(connection, owner, wanted)
            cap = self._database.daily_cap
            prices = (order.quote.price,)
            await ledger.check_cap(connection, cap, owner.id, prices, order.now)
        return order.quote

    async def request(self, owner: User, wanted: SoundWanted, key: str | None = None) -> Sounded:
        """Schedule one recording to be heard or said, and answer it as it now stands: waiting.

        Under an idempotency key that was used before, answer what was scheduled then. What is
        heard at an address is fetched first, within bounds; all else is written in one
        transaction, or nothing is. Raises NotFound or Refused.
        """
        once = Once.of(key, _OPERATIONS[wanted.kind], wanted)
        known = await once.known_already(self._database, owner.id)
        if known is not None:
            async with self._database.read() as connection:
                return await _again(connection, owner, known)
        self._order(wanted)
        recording_id = new_id(Noun.RECORDING)
        fetched = await self._fetched(recording_id, wanted)
        async with self._database.write() as unit:
            await lock_owner(unit, owner.id)
            known = await once.known(unit, owner.id)
            if known is not None:
                return await _again(unit.connection, owner, known)
            order = self._order(wanted)
            audio = fetched or await _source(unit.connection, owner, wanted)
            job_id = await _schedule(unit, owner, order, recording_id, audio)
            written = {"recording": recording_id, "job": job_id}
            await once.remember(unit, owner.id, written, order.now)
            return await _again(unit.connection, owner, written)

    async def _fetched(self, recording_id: str, wanted: SoundWanted) -> Audio | None:
        if wanted.audio_url is None:
            return None
        with _of_audio_url():
            content = await self._fetcher.fetch(wanted.audio_url)
            return await keep_sound(self._storage, recording_id, content)

    def _order(self, wanted: SoundWanted) -> _Order:
        model = self._models.sound_model(wanted.model, wanted.kind)
        if wanted.kind is ModelKind.SPEECH:
            _check_text(wanted.text or "")
        elif (wanted.storage_id is None) is (wanted.audio_url is None):
            message = "Name one recording to write down: by `storageId`, or by `audioUrl`."
            raise Refused(UserErrorCode.SOURCE_MISSING, message, ("storageId",))
        now = self._clock.now()
        return _Order(
            wanted=wanted,
            model=model,
            settled=settle(model, wanted.options),
            now=now,
            deadline_at=now + patience(wanted.expires_after, self._deadline),
        )


_OPERATIONS = {ModelKind.TRANSCRIPTION: "transcribe", ModelKind.SPEECH: "generateSpeech"}
_KINDS = {
    ModelKind.TRANSCRIPTION: JobKind.TRANSCRIPTION,
    ModelKind.SPEECH: JobKind.SPEECH,
}


@contextmanager
def _of_audio_url() -> Iterator[None]:
    """Name the argument in whatever is refused."""
    try:
        yield
    except Refused as refusal:
        raise Refused(refusal.code, refusal.message, ("audioUrl",)) from refusal


async def read_made(
    connection: Connection, owner: User, recording_id: str
) -> tuple[Recording, list[AnyRow]]:
    """Read an own recording that a model was asked for, and the attempts at it, oldest first.

    Raises NotFound, or Refused for an upload.
    """
    recording = await recordings.get(connection, owner.id, recording_id)
    if recording is None:
        raise NotFound("recording", ("id",))
    made = (await attempts.of_recordings(connection, owner.id, [recording_id]))[recording_id]
    if not made:
        message = "This recording was uploaded, so no model was asked for it. Name one that was."
        raise Refused(UserErrorCode.INVALID_INPUT, message, ("id",))
    return recording, made


async def _again(connection: Connection, owner: User, known: Mapping[str, Any]) -> Sounded:
    """Answer what was scheduled, at the price of then."""
    recording = await recordings.get(connection, owner.id, known["recording"])
    reserved = await ledger.reserved(connection, known["job"])
    notes = await recordings.normalised(connection, owner.id, known["recording"])
    return Sounded(recording, Quoted(reserved, notes))


async def _source(connection: Connection, owner: User, wanted: SoundWanted) -> Audio | None:
    """Find what is to be heard; None when nothing is, or when it is yet to be fetched."""
    if wanted.storage_id is None:
        return None
    recording = await recordings.get(connection, owner.id, wanted.storage_id)
    if recording is None or recording.audio is None:
        raise NotFound("recording", ("storageId",))
    return recording.audio


async def _schedule(
    unit: UnitOfWork, owner: User, order: _Order, recording_id: str, audio: Audio | None
) -> str:
    """Write a recording and its job, and ring for it; answers the job's id."""
    notes = [normalisation_values(note) for note in order.settled.notes]
    waiting = {
        "text": order.wanted.text,
        "provider": order.model.provider,
        "model": order.model.id,
        "normalised": notes,
        "ai_status": AiStatus.QUEUED,
        "stage": Stage.WAITING,
        "stage_message": "Waiting for its turn",
    }
    await add_recording(unit, owner.id, _uploaded(recording_id, audio) | waiting)
    kind, wire = _KINDS[order.wanted.kind], order.settled.wire
    text = order.wanted.text
    job = new_job(kind, order.model, order.now, order.deadline_at, wire, text=text)
    heard = kind is JobKind.TRANSCRIPTION
    job |= {
        "recording_id": recording_id,
        "prompt": text,
        # Words travel inside the request: there is nothing to prepare.
        "prepared_at": None if heard else order.now,
    }
    await add_jobs(unit, owner.id, [job])
    unit.ring([Bell(Step.PREPARE if heard else Step.SUBMIT, job["id"])])
    return str(job["id"])


def _uploaded(recording_id: str, audio: Audio | None) -> dict[str, Any]:
    sound = recordings.audio_values(audio) if audio else {}
    return {
        "id": recording_id,
        "ai_status": None,
        "stage": Stage.DONE,
        "stage_message": "",
        "segments": [],
        "normalised": [],
    } | sound


def _check_text(text: str) -> None:
    if not text.strip() or len(text) > LONGEST_TEXT:
        message = f"The text has {len(text)} characters. Give 1 to {LONGEST_TEXT}, not all blank."
        raise Refused(UserErrorCode.INVALID_INPUT, message, ("text",))
