"""Adopting what an ended attempt has brought after all, or may still bring."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from graphapi.domain.attempts import RecoveryOutcome, hopeless
from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.ids import Noun, new_id
from graphapi.domain.jobs import OF_SOUND, Billed, JobState, Mover, shown
from graphapi.domain.library import Image
from graphapi.domain.money import FREE
from graphapi.domain.recordings import Recording
from graphapi.domain.users import User
from graphapi.errors import (
    NotFound,
    ProviderError,
    Refused,
    Rejected,
    StorageFailed,
    UserErrorCode,
)
from graphapi.persistence import attempts, images, jobs, riding
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import (
    add_jobs,
    lock_owner,
    project_image,
    project_recording,
)
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.ports.clock import Clock
from graphapi.ports.doorbell import Bell, Step
from graphapi.ports.editing import CannotKnow, EditResult, Found, NotSeen, Ticket, Waiting
from graphapi.ports.sound_result import SoundResult
from graphapi.services.answers import Answers, Arrived, ready_values
from graphapi.services.deliveries import accepted_values
from graphapi.services.evidence import PATIENCE_SECONDS, Evidence
from graphapi.services.models import Models
from graphapi.services.polling import ticket_of
from graphapi.services.proving import prove_unbilled
from graphapi.services.recordings import read_made
from graphapi.services.results import believed, can_be_had

logger = logging.getLogger(__name__)

# What a late result is of the attempt it belongs to.
_SAME = (
    "kind", "provider", "model", "image_id", "source_image_id", "generation_id", "picture_id",
    "recording_id", "prompt", "mode", "shot_type", "beat", "aspect_ratio", "seed", "options",
    "context", "source_url", "further_urls", "intended_at", "pictures", "place",
)  # fmt: skip


_SENTENCES = {
    RecoveryOutcome.RECOVERED: "The {result} was found and is being saved; it is not paid again.",
    RecoveryOutcome.STILL_RUNNING: "The provider is still at it; the {whole} follows it again.",
    RecoveryOutcome.NOTHING_FOUND: "The provider shows no {result} for this {whole}.",
    RecoveryOutcome.NOT_NEEDED: "There is nothing to recover: it is being made, or it is there.",
}
_IN_DOUBT = "It is not known yet whether the provider took the request; it is not sent again."
_ALSO_CAME = "What another attempt made came too late, and was charged for as well."
_LOOKED_FOR = f"{_IN_DOUBT} This server looks for it by itself until the request expires."


@dataclass(frozen=True, slots=True)
class Recovered:
    """The image as it stands now, and what the search came to, in a word and in a sentence."""

    image: Image
    outcome: RecoveryOutcome
    message: str


@dataclass(frozen=True, slots=True)
class RecoveredRecording:
    """The recording as it stands now, and the same of the search for it."""

    recording: Recording
    outcome: RecoveryOutcome
    message: str


_Search: TypeAlias = tuple[RecoveryOutcome, str]


@dataclass(frozen=True, slots=True)
class _Late:
    """What was found of an ended attempt: its result, or that it is still under way.

    `kept` is what a row of ours held of it, where the provider shows it no more.
    """

    job: AnyRow
    ticket: Ticket
    arrived: Arrived | None = None
    kept: dict[str, Any] | None = None


class Recovering:
    """Looks at the provider for what ended attempts brought, newest first; sends nothing."""

    def __init__(  # noqa: PLR0913, PLR0917 - one neighbour each, wired in one place
        self,
        database: Database,
        answers: Answers,
        models: Models,
        evidence: Evidence,
        clock: Clock,
        deadline: timedelta,
    ) -> None:
        self._database = database
        self._answers = answers
        self._models = models
        self._evidence = evidence
        self._clock = clock
        self._deadline = deadline

    async def recover(self, owner: User, image_id: str) -> Recovered:
        """Look for a late result of a failed variation and adopt it; raises NotFound or Refused.

        The ended attempt stays as it ended, and proves to be charged for: what is adopted is a
        new attempt that costs nothing and begins where the result lies. Waits for the provider,
        half a minute at most for each attempt that was sent.
        """
        async with self._database.read() as connection:
            image = await images.get(connection, owner.id, image_id)
            found = await attempts.of_images(connection, owner.id, [image_id])
        if image is None:
            raise NotFound("image", ("imageId",))
        if image.generation_id is None:
            message = "This image is no variation, so no provider made it."
            raise Refused(UserErrorCode.INVALID_INPUT, message, ("imageId",))
        outcome, message = await self._search(owner, found[image_id])
        async with self._database.read() as connection:
            image = await images.get(connection, owner.id, image_id)
        if image is None:
            raise NotFound("image", ("imageId",))
        return Recovered(image, outcome, message)

    async def recover_recording(self, owner: User, recording_id: str) -> RecoveredRecording:
        """Look for a late result of a failed recording and adopt it, as `recover` does.

        Raises NotFound, or Refused for an upload.
        """
        async with self._database.read() as connection:
            _, made = await read_made(connection, owner, recording_id)
        outcome, message = await self._search(owner, made)
        async with self._database.read() as connection:
            recording, _ = await read_made(connection, owner, recording_id)
        return RecoveredRecording(recording, outcome, message)

    async def _search(self, owner: User, made: list[AnyRow]) -> _Search:
        """Look for what the attempts at one thing brought, and adopt it."""
        doubt = next((row for row in made if row.state is JobState.SUBMIT_UNKNOWN), None)
        if doubt is not None:
            return await self._in_doubt(doubt)
        if not hopeless(row.state for row in made):
            outcome, message = _told(RecoveryOutcome.NOT_NEEDED, made[-1])
            return outcome, f"{message} {_ALSO_CAME}" if _also_came(made) else message
        unable: str | None = None
        for job in reversed([each for each in made if _may_be_there(each)]):
            late = await self._seek(job)
            if isinstance(late, _Late):
                return await self._adopt(owner, late)
            unable = unable or late
        if unable:
            return RecoveryOutcome.CANNOT_KNOW, unable
        async with self._database.read() as connection:
            now = await attempts.at_the_same(connection, made[-1])
        if not hopeless(row.state for row in now):
            return _told(RecoveryOutcome.NOT_NEEDED, made[-1])
        return _told(RecoveryOutcome.NOTHING_FOUND, made[-1])

    async def _in_doubt(self, job: AnyRow) -> _Search:
        """Say what can become known of an attempt in doubt; settling it is others' work."""
        seen = await self._evidence.find(job)
        if isinstance(seen, CannotKnow):
            return RecoveryOutcome.CANNOT_KNOW, f"{_IN_DOUBT} {seen.reason}"
        return RecoveryOutcome.NOT_NEEDED, _LOOKED_FOR

    async def _seek(self, job: AnyRow) -> _Late | str | None:
        """Look for what one attempt brought; a sentence when that cannot be known now."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                if job.request_id is None:
                    # A provider that names no requests has told all it can at once.
                    return _kept(job, ticket_of(job)) or await self._in_history(job)
                return await self._by_request(job, ticket_of(job))
        except TimeoutError:
            return "The provider took too long to answer. Try again later."
        except StorageFailed:
            return "It was found, but cannot be stored now. Try again later."

    async def _by_request(self, job: AnyRow, ticket: Ticket) -> _Late | str | None:
        asked = self._models.asked(job)
        if asked is None:
            return f"This server has no key for {job.provider} any more. Set it, then try again."
        try:
            answer = await asked.check(ticket)
        except Rejected as error:
            # It ended without a result there, or is known there no more; perhaps it is here.
            kept = _kept(job, ticket)
            if kept is None:
                await self._release(job, error.failure)
            return kept
        except ProviderError as error:
            return f"{error.message} Try again later."
        if isinstance(answer, Waiting):
            return _Late(job, ticket)
        return await self._late(job, ticket, answer)

    async def _in_history(self, job: AnyRow) -> _Late | str | None:
        match await self._evidence.find(job):
            case Found(ticket, outcome):
                told = believed(job, outcome)
                if isinstance(told, EditResult | SoundResult):
                    return await self._late(job, ticket, told)
                if told is None:
                    return await self._by_request(job, ticket)
                await self._release(job, told)
                return None
            case CannotKnow(reason):
                return reason
            case NotSeen():
                return None

    async def _release(self, job: AnyRow, failure: Failure) -> None:
        """Correct the books where a request has ended by what its provider never bills."""
        if failure.charge.billed is not Billed.NO:
            return
        async with self._database.write() as unit:
            await lock_owner(unit, job.owner_id)
            for each in await riding.party_of(unit.connection, job):
                await prove_unbilled(unit, each, failure, Mover.API)

    async def _late(
        self, job: AnyRow, ticket: Ticket, result: EditResult | SoundResult
    ) -> _Late | None:
        """Take up a late result, if it has something for this very attempt."""
        there = isinstance(result, SoundResult) or job.place < len(result.images)
        return _Late(job, ticket, await self._answers.keep(job, result)) if there else None

    async def _adopt(self, owner: User, late: _Late) -> _Search:
        ready = late.arrived is not None or late.kept is not None
        async with self._database.write() as unit:
            await jobs.lock_provider(unit, late.job.provider)
            await lock_owner(unit, owner.id)
            made = await attempts.at_the_same(unit.connection, late.job)
            # Somebody else may have adopted it while we looked.
            if not hopeless(row.state for row in made):
                return _told(RecoveryOutcome.NOT_NEEDED, late.job)
            request_id = late.ticket.request_id
            if late.job.request_id is None and await attempts.is_anothers(
                unit.connection, late.job, request_id
            ):
                return _told(RecoveryOutcome.NOTHING_FOUND, late.job)
            await self._keep(unit, late, ready=ready)
        outcome = RecoveryOutcome.RECOVERED if ready else RecoveryOutcome.STILL_RUNNING
        return _told(outcome, late.job)

    async def _keep(self, unit: UnitOfWork, late: _Late, *, ready: bool) -> None:
        job, now = late.job, self._clock.now()
        state = JobState.RESULT_READY if ready else JobState.SUBMITTED
        row = self._new_row(late, state)
        await self._keep_evidence(unit, late)
        await add_jobs(unit, job.owner_id, [row | {"next_at": now}], state)
        if job.recording_id is None:
            await project_image(unit, job.owner_id, job.image_id)
        else:
            await project_recording(unit, job.owner_id, job.recording_id)
        if ready:
            unit.ring([Bell(Step.FINALISE, row["id"])])

    async def _keep_evidence(self, unit: UnitOfWork, late: _Late) -> None:
        """Note by which request the attempt is known, and all that were asked for in it."""
        ticket = late.ticket
        known = {
            "request_id": ticket.request_id,
            "status_url": ticket.status_url,
            "response_url": ticket.response_url,
            "cancel_url": ticket.cancel_url,
        }
        for each in await riding.party_of(unit.connection, late.job):
            if each.id == late.job.id:
                message = "A later attempt adopts what this one brought"
                await attempts.keep_evidence(unit, each, Mover.API, message, **known)
            elif each.request_id is None and _may_be_there(each):
                message = "Its request was found at the provider, for another picture of it"
                await attempts.keep_evidence(unit, each, Mover.API, message, **known)

    def _new_row(self, late: _Late, state: JobState) -> dict[str, Any]:
        now = self._clock.now()
        stage, message = shown(late.job.kind, state)
        came = ready_values(late.arrived) if late.arrived else _kept_values(late.kept)
        if came and late.job.pictures > 1:
            _, came = riding.own_part(late.job, came, now)
        return (
            {name: getattr(late.job, name) for name in _SAME}
            | accepted_values(late.ticket, self._clock)
            | came
            | {
                "id": new_id(Noun.JOB),
                "adopts": late.job.id,
                "created_at": now,
                "deadline_at": now + self._deadline,
                "prepared_at": now,
                "stage": stage,
                "stage_message": message,
                # Its bill settles the attempt that is adopted; this one is never billed.
                "billed": Billed.NO,
                "price": FREE,
                "unit_micros": None,
            }
        )


def _told(outcome: RecoveryOutcome, job: AnyRow) -> _Search:
    """Put an outcome in a sentence, in the words for what a job is to bring."""
    of_sound = job.kind in OF_SOUND
    result, whole = ("result", "recording") if of_sound else ("picture", "image")
    return outcome, _SENTENCES[outcome].format(result=result, whole=whole)


def _may_be_there(job: AnyRow) -> bool:
    """Tell whether a provider may know of an attempt, or a row of ours holds its result.

    Also of one that is said not to be charged for: who says so may be mistaken.
    """
    asked = job.attempt_token_hash is not None or job.rides_with is not None
    accepted = job.request_id is not None or job.failure_code is JobErrorCode.SUBMIT_UNKNOWN
    return asked and (accepted or job.result is not None or job.billed is not Billed.NO)


def _kept_values(kept: dict[str, Any] | None) -> dict[str, Any]:
    """Make the columns of a job that begins with what a row of ours held."""
    if kept is None:
        return {}
    return {"result": kept} | {name: kept.get(name) for name in riding.BILL}


def _also_came(made: list[AnyRow]) -> bool:
    """Tell whether an ended attempt has brought something that nobody adopted."""
    adopted = {each.adopts for each in made}
    ended = [each for each in made if each.id not in adopted and hopeless([each.state])]
    return any(each.result is not None and can_be_had(each.result, each.place) for each in ended)


def _kept(job: AnyRow, ticket: Ticket) -> _Late | None:
    """Take up what came before an attempt ended, if it could not be taken in."""
    there = job.result is not None and can_be_had(job.result, job.place)
    return _Late(job, ticket, kept=job.result) if there else None
