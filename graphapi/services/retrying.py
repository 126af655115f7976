"""Trying again what failed: each time as a new attempt with its own price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graphapi.domain.attempts import hopeless
from graphapi.domain.images import AspectRatio
from graphapi.domain.jobs import Billed, JobKind
from graphapi.domain.library import Image
from graphapi.domain.models import Model
from graphapi.domain.money import Price, total
from graphapi.domain.options import counted, reseeded
from graphapi.domain.standing import Generation
from graphapi.domain.users import User
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.persistence import attempts, generations, images, inputs, jobs, ledger
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import (
    add_jobs,
    lock_owner,
    project_image,
)
from graphapi.persistence.unit_of_work import Connection, UnitOfWork
from graphapi.ports.clock import Clock
from graphapi.services.models import Models
from graphapi.services.once import Once
from graphapi.services.requests import MOST_PICTURES
from graphapi.services.scheduling import first_bells, new_job, patience, seed_for

_OPERATION = "retryFailed"
# What another attempt is asked in the very same way.
_SAME = (
    "image_id", "source_image_id", "generation_id", "picture_id", "prompt", "mode", "shot_type",
    "beat", "aspect_ratio",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Retried:
    """What was tried again, and what was not since it may have been charged for already.

    `price` is that of the new attempts together; None without any.
    """

    generation: Generation
    variations: tuple[Image, ...]
    left_out: tuple[Image, ...]
    price: Price | None


@dataclass(frozen=True, slots=True)
class RetryWanted:
    """Another attempt at what an own generation lacks, or at an own recording.

    `expires_after` is as in `VariationsWanted`.
    """

    id: str
    even_if_maybe_charged: bool = False
    expires_after: int | None = None


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
        self, owner: User, wanted: RetryWanted, key: str | None = None
    ) -> Retried:
        """Make a new attempt at each variation whose attempts all failed or were cancelled.

        One whose last attempt may have been charged for is left out, unless a person says that it
        may be paid for twice. Raises NotFound, or Refused when an image to work on was deleted,
        the model cannot be asked now or the owner's cap would be passed.
        """
        once = Once.of(key, _OPERATION, wanted)
        async with self._database.write() as unit:
            await lock_owner(unit, owner.id)
            known = await once.known(unit, owner.id)
            if known is None:
                again, held = await _sorted(unit.connection, owner, wanted)
                rows = await self._others(unit.connection, owner, again, wanted)
                await _schedule(unit, owner, rows)
                known = _told(again, held) | {"jobs": [row["id"] for row in rows]}
                await once.remember(unit, owner.id, known, self._clock.now())
            prices = [await ledger.reserved(unit.connection, job) for job in known["jobs"]]
            return await _answer(unit.connection, owner, wanted, known, prices)

    async def rehearse_failed(
        self, owner: User, wanted: RetryWanted, key: str | None = None
    ) -> Retried:
        """Check what `retry_failed` checks and write nothing; raises as it would."""
        once = Once.of(key, _OPERATION, wanted)
        async with self._database.read() as connection:
            await once.rehearse(connection, owner.id)
            again, held = await _sorted(connection, owner, wanted)
            prices = [row["price"] for row in await self._others(connection, owner, again, wanted)]
            cap, now = self._database.daily_cap, self._clock.now()
            await ledger.check_cap(connection, cap, owner.id, prices, now)
            return await _answer(connection, owner, wanted, _told(again, held), prices)

    async def _others(
        self, connection: Connection, owner: User, last: Sequence[AnyRow], wanted: RetryWanted
    ) -> list[dict[str, Any]]:
        """Make the rows of new attempts; raises Refused when there can be none."""
        now = self._clock.now()
        deadline_at = now + patience(wanted.expires_after, self._deadline)
        if not last:
            return []
        await _check_sources(connection, owner, wanted.id)
        model = self._model(last[0])
        return [_another(job, model, now, deadline_at) for job in last]

    def _model(self, job: AnyRow) -> Model:
        try:
            if job.mode is None:
                return self._models.image_model(job.model, 1 if job.picture_id else 0)
            return self._models.edit_model(job.model, AspectRatio(job.aspect_ratio))
        except Refused as refusal:
            raise Refused(refusal.code, refusal.message, ("generationId",)) from refusal


async def _schedule(unit: UnitOfWork, owner: User, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    await add_jobs(unit, owner.id, rows)
    for row in rows:
        await project_image(unit, owner.id, row["image_id"])
    unit.ring(first_bells(rows))


async def _sorted(
    connection: Connection, owner: User, wanted: RetryWanted
) -> tuple[list[AnyRow], list[AnyRow]]:
    """Tell which failed attempts are to be followed by others, and which are held back."""
    failed = await _failed(connection, owner, wanted.id)
    held = [] if wanted.even_if_maybe_charged else await maybe_charged(connection, failed)
    return [job for job in failed if job not in held], held


def _told(again: Sequence[AnyRow], held: Sequence[AnyRow]) -> dict[str, Any]:
    return {
        "variations": [job.image_id for job in again],
        "left_out": [job.image_id for job in held],
    }


async def _failed(connection: Connection, owner: User, generation_id: str) -> list[AnyRow]:
    """Read the last attempt at each variation that has none to hope for; raises NotFound."""
    if not await generations.get_many(connection, owner.id, [generation_id]):
        raise NotFound("generation", ("generationId",))
    children = await images.of_generations(connection, owner.id, [generation_id])
    ids = [child.id for child in children[generation_id]]
    found = await attempts.of_images(connection, owner.id, ids)
    return [found[each][-1] for each in ids if hopeless(job.state for job in found[each])]


async def maybe_charged(connection: Connection, failed: Sequence[AnyRow]) -> list[AnyRow]:
    """Pick those of which it is not sure that nothing is paid for them.

    Adopting costs nothing by itself: what was adopted is, or is not, charged for.
    """
    return [job for job in failed if await _is_maybe_charged(connection, job)]


async def _is_maybe_charged(connection: Connection, job: AnyRow) -> bool:
    paid = job if job.adopts is None else await jobs.get(connection, job.adopts)
    assert paid is not None  # noqa: S101 - jobs are never deleted
    # Of what is free, nothing can have been charged.
    return paid.billed is not Billed.NO and not (await ledger.reserved(connection, paid.id)).is_free


async def _check_sources(connection: Connection, owner: User, generation_id: str) -> None:
    """Check that every image that a request works on is still there; raises Refused."""
    named = (await inputs.of_generations(connection, owner.id, [generation_id]))[generation_id]
    wanted = {each.image_id for each in named}
    there = await images.get_many(connection, owner.id, wanted)
    if wanted - there.keys():
        message = (
            "An image that this request works on was deleted, so it is not sent again. "
            "Make a new request with images that are there."
        )
        raise Refused(UserErrorCode.SOURCE_MISSING, message, ("generationId",))


def _another(job: AnyRow, model: Model, now: datetime, deadline_at: datetime) -> dict[str, Any]:
    """Make another attempt, by itself also when the last one shared its request."""
    same = {name: getattr(job, name) for name in _SAME}
    # By the same seed, the first picture of its request would come again; by one of those that
    # follow it, perhaps another of the same call, none of which is more than this far away.
    ahead = job.place * MOST_PICTURES
    options = reseeded(model, counted(model, job.options, 1), ahead, back=ahead)
    fresh = {
        "options": options,
        "seed": seed_for(model, options),
        "prepared_at": None if job.picture_id else now,
    }
    return new_job(JobKind.VARIATION, model, now, deadline_at, options) | same | fresh


async def _answer(
    connection: Connection,
    owner: User,
    wanted: RetryWanted,
    told: Mapping[str, Any],
    prices: Sequence[Price],
) -> Retried:
    found = await images.get_many(connection, owner.id, [*told["variations"], *told["left_out"]])
    asked = await generations.get_many(connection, owner.id, [wanted.id])
    return Retried(
        asked[wanted.id],
        tuple(found[each] for each in told["variations"] if each in found),
        tuple(found[each] for each in told["left_out"] if each in found),
        total(prices) if prices else None,
    )
