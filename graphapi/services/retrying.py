"""Trying the failed variations of a generation again: each as a new attempt with its own price."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graphapi.domain.images import AspectRatio
from graphapi.domain.jobs import LIVE, Billed, JobKind, JobState
from graphapi.domain.library import Image
from graphapi.domain.models import Model
from graphapi.domain.standing import Generation
from graphapi.domain.users import User
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.persistence import attempts, generations, images, inputs, ledger
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import add_jobs, lock_owner, project_image
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.ports.clock import Clock
from graphapi.services.models import Models
from graphapi.services.once import Once
from graphapi.services.scheduling import first_bells, new_job, seed_for

# What another attempt is asked in the very same way.
_SAME = (
    "image_id", "source_image_id", "generation_id", "picture_id", "prompt", "mode", "shot_type",
    "beat", "aspect_ratio", "options",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Retried:
    """What was tried again, and what was not since it may have been charged for already."""

    generation: Generation
    variations: tuple[Image, ...]
    left_out: tuple[Image, ...]


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
            held = [] if even_if_maybe_charged else await _maybe_charged(unit, failed)
            again = [job for job in failed if job not in held]
            await self._try_again(unit, owner, again)
            result = {
                "variations": [job.image_id for job in again],
                "left_out": [job.image_id for job in held],
            }
            await once.remember(unit, owner.id, result, self._clock.now())
            return await _answer(unit, owner, generation_id, result)

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
    hopeful = LIVE | {JobState.SUCCEEDED}
    return [
        found[image_id][-1]
        for image_id in ids
        if not any(attempt.state in hopeful for attempt in found[image_id])
    ]


async def _maybe_charged(unit: UnitOfWork, failed: Sequence[AnyRow]) -> list[AnyRow]:
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
            and not (await ledger.reserved(unit.connection, job.id)).is_free
        )
    ]


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
    same = {name: getattr(job, name) for name in _SAME}
    fresh = {
        "seed": seed_for(model, job.options),
        "prepared_at": None if job.picture_id else now,
    }
    return new_job(JobKind.VARIATION, model, now, deadline_at, job.options) | same | fresh


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
