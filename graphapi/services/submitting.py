"""Sending a variation, or what is to be heard or said, to its provider."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.jobs import OF_SOUND, Billed, JobKind, JobState, Mover
from graphapi.domain.keys import content_type_of
from graphapi.domain.models import Model
from graphapi.domain.options import seeded
from graphapi.domain.sources import inside, key_inside
from graphapi.errors import StorageFailed, Unavailable
from graphapi.persistence import inputs, jobs
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import failed, transition
from graphapi.ports.clock import Clock
from graphapi.ports.editing import (
    Editor,
    EditRequest,
    EditResult,
    Source,
    SourceRoute,
    Ticket,
)
from graphapi.ports.pictures import PictureRefused
from graphapi.ports.sound import SoundRequest
from graphapi.ports.storage import Storage
from graphapi.services.answers import Answers, Arrived, ready_values
from graphapi.services.insisting import insist, see_through
from graphapi.services.masks import Masks
from graphapi.services.models import Models
from graphapi.services.preparing import NO_SOURCE, no_key
from graphapi.services.results import write_result
from graphapi.services.sending import Intent, Sender

NO_MASK = Failure(
    JobErrorCode.INVALID_INPUT,
    "The mask cannot be read, to scale it with its picture. Give a PNG, and ask again.",
)


class Submitting:
    """Sends queued variations, each once."""

    def __init__(  # noqa: PLR0913, PLR0917 - one neighbour each, wired in one place
        self,
        database: Database,
        storage: Storage,
        answers: Answers,
        masks: Masks,
        models: Models,
        sender: Sender,
        clock: Clock,
    ) -> None:
        self._database = database
        self._storage = storage
        self._answers = answers
        self._masks = masks
        self._models = models
        self._sender = sender
        self._clock = clock

    async def submit(self, job_id: str) -> None:
        """Send a prepared variation, if it is its turn, and record the answer."""
        async with self._database.read() as connection:
            job = await jobs.get(connection, job_id)
        if job is None or job.state is not JobState.QUEUED or job.rides_with is not None:
            return
        if job.kind in OF_SOUND:
            await self._submit_sound(job)
            return
        editor = self._models.editor(job.provider)
        if editor is None:
            await self._fail(job_id, no_key(job.provider))
            return
        # Whatever can fail without costing money happens before the intent is committed.
        try:
            sources = await self._sources(job, editor)
            mask = await self._masks.scaled(job, self._models.named(job))
        except FileNotFoundError:
            await self._fail(job_id, NO_SOURCE)
            return
        except PictureRefused:
            await self._fail(job_id, NO_MASK)
            return
        counted = self._models.named(job).count_field
        intent = await self._sender.intend(job_id, editor.slots, counted)
        if intent is None:
            return
        answer = await self._sender.send(intent, lambda: self._call(editor, intent, sources, mask))
        if answer is not None:
            await self._record(intent, answer)

    async def _submit_sound(self, job: AnyRow) -> None:
        asked = self._models.sound(job)
        if asked is None:
            await self._fail(job.id, no_key(job.provider))
            return
        intent = await self._sender.intend(job.id, asked.slots)
        if intent is None:
            return
        request = _sound_request(intent, self._models.named(job), self._clock.now())
        ticket = await self._sender.send(intent, lambda: asked.submit(request))
        if ticket is not None:
            await self._record(intent, ticket)

    async def _sources(self, job: AnyRow, editor: Editor) -> list[Source]:
        """Gather what a job works on, one empty source for words alone.

        Raises FileNotFoundError.
        """
        if job.picture_id is None:
            return [Source()]
        prepared = [job.source_url, *job.further_urls]
        if job.source_url is None and editor.source_route is SourceRoute.BYTES:
            async with self._database.read() as connection:
                found = await inputs.pictures_of(connection, job)
            prepared = [inside(picture.key) for picture in found]
        return [await self._source(address, editor.source_route) for address in prepared]

    async def _source(self, address: str | None, route: SourceRoute) -> Source:
        key = key_inside(address or "")
        if key is None:
            return Source(url=address)
        content = await self._storage.get(key)
        if route is SourceRoute.BYTES:
            return Source(content=content)
        encoded = base64.b64encode(content).decode()
        return Source(url=f"data:{content_type_of(key)};base64,{encoded}")

    async def _fail(self, job_id: str, failure: Failure) -> None:
        # As who prepares, and may end only what is still queued: a second submitter may be ahead.
        values = failed(failure) | {"finished_at": self._clock.now()}
        async with self._database.write() as unit:
            await transition(unit, job_id, JobState.FAILED, by=Mover.PREPARE, **values)

    async def _call(
        self, editor: Editor, intent: Intent, sources: Sequence[Source], mask: Mapping[str, str]
    ) -> Ticket | EditResult:
        model = self._models.named(intent.job)
        request = _request(intent, model, sources, self._clock.now())
        return await editor.submit(replace(request, options={**request.options, **mask}))

    async def _record(self, intent: Intent, answer: Ticket | EditResult) -> None:
        now = self._clock.now()
        if isinstance(answer, Ticket):
            await self._sender.record(
                intent,
                JobState.SUBMITTED,
                request_id=answer.request_id,
                status_url=answer.status_url,
                response_url=answer.response_url,
                cancel_url=answer.cancel_url,
                queue_position=answer.queue_position,
                submitted_at=now,
                billed=Billed.UNKNOWN,
            )
        else:
            await see_through(self._record_result(intent, answer, now))

    async def _record_result(self, intent: Intent, result: EditResult, now: datetime) -> None:
        """Keep an answer that came at once, which nobody can ask for again, then record it."""
        job = intent.job
        keep = partial(self._answers.keep, job, result)
        try:
            arrived = await insist(keep, f"the answer to {job.id}", job.deadline_at, self._clock)
        except (StorageFailed, Unavailable):
            # It was made and is charged for, though there is no room for it: say that.
            arrived = Arrived(result, write_result(result, {}))
        values = ready_values(arrived)
        await self._sender.record(intent, JobState.RESULT_READY, submitted_at=now, **values)


def _sound_request(intent: Intent, model: Model, now: datetime) -> SoundRequest:
    job = intent.job
    heard = job.kind is JobKind.TRANSCRIPTION
    return SoundRequest(
        job_id=job.id,
        model=model.endpoint,
        subject=job.source_url if heard else job.prompt,
        subject_field=model.subject_field or ("audio_url" if heard else "text"),
        attempt_token=intent.token,
        start_seconds=(job.deadline_at - now).total_seconds(),
        webhook_url=intent.webhook_url,
        options=job.options,
    )


def _request(intent: Intent, model: Model, sources: Sequence[Source], now: datetime) -> EditRequest:
    job = intent.job
    first, *further = sources
    return EditRequest(
        job_id=job.id,
        model=model.endpoint,
        prompt=job.prompt,
        aspect_ratio=job.aspect_ratio,
        source=first,
        further=tuple(further),
        mode=job.mode,
        shot_type=job.shot_type,
        beat=job.beat,
        seed=job.seed,
        attempt_token=intent.token,
        start_seconds=(job.deadline_at - now).total_seconds(),
        webhook_url=intent.webhook_url,
        options=seeded(model, job.options, job.seed),
        image_field=model.image_field if job.picture_id else None,
        takes_list=model.takes_list,
    )
