"""Asking for pictures in one's own words: from words alone, or made from images that are there.

One request makes as many of them as the model can; each has a job of its own, which rides with
the first one of its request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from graphapi.domain.ids import Noun, new_id
from graphapi.domain.jobs import JobKind
from graphapi.domain.library import Image
from graphapi.domain.models import Model
from graphapi.domain.money import PriceUnit
from graphapi.domain.normalisation import Handling, Normalisation
from graphapi.domain.options import COUNT, SEED, Settled, counted, of_picture, reseeded, settle
from graphapi.domain.sharing import requests_for
from graphapi.domain.standing import Generation
from graphapi.domain.users import User
from graphapi.domain.variations import Plan, PlannedVariation, Position
from graphapi.domain.wording import check_prompt, check_roles, with_roles
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.persistence import attempts, generations, images, inputs, ledger
from graphapi.persistence.database import Database
from graphapi.persistence.records import normalisation_values, position_values
from graphapi.persistence.transition import add_images, add_jobs, lock_owner
from graphapi.persistence.unit_of_work import Connection, UnitOfWork
from graphapi.ports.clock import Clock
from graphapi.services.models import Models
from graphapi.services.once import Once
from graphapi.services.quoting import Quote, quote_again, quote_settled
from graphapi.services.requests import MOST_PICTURES, PicturesWanted
from graphapi.services.scheduling import (
    first_bells,
    new_image,
    new_job,
    patience,
    picture_of,
    seed_for,
)


@dataclass(frozen=True, slots=True)
class Pictured:
    """What was scheduled: the images to be made, in order, and their generation.

    Asked again under its key, it answers without those that were deleted since.
    """

    images: tuple[Image, ...]
    generation: Generation
    quote: Quote


@dataclass(frozen=True, slots=True)
class _Order:
    """Everything that is written down. `sources` are the images it works on, in order."""

    wanted: PicturesWanted
    roles: tuple[str | None, ...]
    sources: tuple[Image, ...]
    model: Model
    prompt: str
    settled: Settled
    now: datetime
    deadline_at: datetime

    @property
    def quote(self) -> Quote:
        """Price it."""
        items = (PlannedVariation(self.prompt, None, None),) * self.wanted.count
        ratio = self.wanted.aspect_ratio
        quoted = quote_settled(Plan(items, Position()), self.model, ratio, self.settled)
        notes = [
            (of_picture(self.settled.notes, self.wire(number, pictures)),) * pictures
            for number, pictures in enumerate(self.requests)
        ]
        return replace(quoted, notes=tuple(each for shared in notes for each in shared))

    @property
    def requests(self) -> Sequence[int]:
        """Tell how many pictures each request makes."""
        return requests_for(self.wanted.count, most_together(self.model))

    def wire(self, number: int, pictures: int) -> dict[str, Any]:
        """Tell what is sent in the request of this number, counted from 0, for so many pictures."""
        ahead = number * most_together(self.model)
        wire = counted(self.model, self.settled.wire, pictures)
        # Back by as many as it takes for all the seeds of one call to differ, and those of retries.
        back = MOST_PICTURES - ahead
        return reseeded(self.model, wire, ahead, back=back, pictures=pictures)


class Picturing:
    """Schedules pictures, in as few paid requests as the model makes them in."""

    def __init__(
        self, database: Database, models: Models, clock: Clock, deadline: timedelta
    ) -> None:
        self._database = database
        self._models = models
        self._clock = clock
        self._deadline = deadline

    async def rehearse(
        self, owner: User, operation: str, wanted: PicturesWanted, key: str | None = None
    ) -> Quote:
        """Check everything that a request checks, and write nothing; raises as it would."""
        once = Once.of(key, operation, wanted)
        async with self._database.read() as connection:
            await once.rehearse(connection, owner.id)
            order = await self._order(connection, owner, operation, wanted)
            cap, prices = self._database.daily_cap, order.quote.prices
            await ledger.check_cap(connection, cap, owner.id, prices, order.now)
        return order.quote

    async def request(
        self, owner: User, operation: str, wanted: PicturesWanted, key: str | None = None
    ) -> Pictured:
        """Schedule pictures, and answer them as they now stand: waiting.

        `operation` is `generateImage` or `editImage`. Under an idempotency key that was used
        before, answer what was scheduled then. Everything is written in one transaction, or
        nothing is; no provider is waited for. Raises NotFound or Refused.
        """
        once = Once.of(key, operation, wanted)
        async with self._database.write() as unit:
            await lock_owner(unit, owner.id)
            known = await once.known(unit, owner.id)
            if known is not None:
                return await self._again(unit, owner, known)
            order = await self._order(unit.connection, owner, operation, wanted)
            generation_id = await _schedule(unit, owner, order)
            await once.remember(unit, owner.id, {"generation": generation_id}, order.now)
            return await _pictured(unit, owner, generation_id, order.quote)

    async def _again(self, unit: UnitOfWork, owner: User, known: Mapping[str, Any]) -> Pictured:
        """Answer what was scheduled before, at the price of then."""
        generation_id = known["generation"]
        first = await attempts.first_of_generation(unit.connection, owner.id, generation_id)
        reserved = await ledger.reserved(unit.connection, first[0].id)
        notes = await generations.normalised(unit.connection, owner.id, [generation_id])
        model = self._models.named(first[0])
        quoted = quote_again(first, model, reserved, notes[generation_id])
        return await _pictured(unit, owner, generation_id, quoted)

    async def _order(
        self, connection: Connection, owner: User, operation: str, wanted: PicturesWanted
    ) -> _Order:
        prompt = check_prompt(wanted.prompt)
        if not 1 <= wanted.count <= MOST_PICTURES:
            message = f"numImages is {wanted.count}. Ask for 1 to {MOST_PICTURES}."
            raise Refused(UserErrorCode.COUNT_OUT_OF_RANGE, message, ("numImages",))
        if operation == "editImage" and not wanted.image_ids:
            message = "Name at least one image to work on, or ask `generateImage` instead."
            raise Refused(UserErrorCode.COUNT_OUT_OF_RANGE, message, ("imageIds",))
        if wanted.aspect_ratio is not None and not wanted.aspect_ratio.strip():
            message = "The shape is blank. Leave `aspectRatio` out for the model's usual one."
            raise Refused(UserErrorCode.RATIO_UNSUPPORTED, message, ("aspectRatio",))
        model = self._models.image_model(wanted.model, len(wanted.image_ids))
        roles = check_roles(wanted.roles, len(wanted.image_ids))
        sources = await _sources(connection, owner, wanted)
        now = self._clock.now()
        return _Order(
            wanted=wanted,
            roles=roles,
            sources=sources,
            model=model,
            prompt=with_roles(prompt, roles),
            settled=_settled(model, wanted, sources),
            now=now,
            deadline_at=now + patience(wanted.expires_after, self._deadline),
        )


async def _sources(
    connection: Connection, owner: User, wanted: PicturesWanted
) -> tuple[Image, ...]:
    found = await images.get_many(connection, owner.id, wanted.image_ids)
    for number, image_id in enumerate(wanted.image_ids):
        field = ("imageIds", str(number))
        if image_id not in found:
            raise NotFound("image", field)
        picture_of(found[image_id], field)
    return tuple(found[image_id] for image_id in wanted.image_ids)


def most_together(model: Model) -> int:
    """Tell how many pictures are asked of a model in one request.

    One that charges by the call would charge several pictures once, and each has its own price.
    """
    card = model.price_card
    by_the_call = card.unit is PriceUnit.CALL and card.unit_price is not None
    return 1 if by_the_call else model.most_images


def _settled(model: Model, wanted: PicturesWanted, sources: Sequence[Image]) -> Settled:
    pictures = [image.picture for image in sources if image.picture]
    together = min(wanted.count, most_together(model))
    settled = settle(
        model, wanted.options, ratio=wanted.aspect_ratio, sources=pictures, images=together
    )
    if wanted.count == 1:
        return settled
    notes = tuple(_shared_out(note, wanted.count, together) for note in settled.notes)
    return replace(settled, notes=notes)


def _shared_out(note: Normalisation, count: int, together: int) -> Normalisation:
    """Say what becomes of what was asked of several pictures, of which so many are made at once."""
    if note.parameter == COUNT and together < count:
        sizes = " + ".join(map(str, requests_for(count, together)))
        reason = f"One request makes at most {together}, so several are sent: {sizes}."
        return replace(note, asked=count, handling=Handling.CONVERTED, reason=reason)
    if note.parameter == SEED and note.asked is not None:
        reason = (
            "The first request has this seed, and each further one counts on past the pictures of "
            "those before it: or some were alike."
            if together < count
            else "All pictures are made in one request, by this seed."
        )
        return replace(note, reason=reason)
    return note


async def _schedule(unit: UnitOfWork, owner: User, order: _Order) -> str:
    generation_id = new_id(Noun.GENERATION)
    await generations.add(unit, _generation(owner, order, generation_id))
    named = [
        {"image_id": image.id, "picture_id": picture_of(image), "role": role}
        for image, role in zip(order.sources, order.roles, strict=True)
    ]
    await inputs.add(unit, generation_id, named)
    source = next(iter(order.sources), None)
    made = [
        new_image(source, order.model, order.prompt, order.now)
        | {"generation_id": generation_id, "aspect_ratio": order.wanted.aspect_ratio}
        for _ in range(order.wanted.count)
    ]
    unasked = iter(made)
    jobs: list[dict[str, Any]] = []
    for number, pictures in enumerate(order.requests):
        ids = [image["id"] for image in islice(unasked, pictures)]
        jobs += _request(order, source, generation_id, order.wire(number, pictures), ids)
    await add_images(unit, owner.id, made)
    await add_jobs(unit, owner.id, jobs)
    unit.ring(first_bells(jobs))
    return generation_id


def _generation(owner: User, order: _Order, generation_id: str) -> dict[str, Any]:
    return {
        "id": generation_id,
        "owner_id": owner.id,
        "image_id": order.sources[0].id if order.sources else None,
        "variation_count": order.wanted.count,
        "shot_types": [],
        "aspect_ratio": order.wanted.aspect_ratio,
        "provider": order.model.provider,
        "model": order.model.id,
        "normalised": [normalisation_values(note) for note in order.settled.notes],
        "created_at": order.now,
    } | position_values(Position())


def _request(
    order: _Order,
    source: Image | None,
    generation_id: str,
    wire: Mapping[str, Any],
    image_ids: Sequence[str],
) -> list[dict[str, Any]]:
    """Make the jobs of one request, which has one seed; the first leads, the others ride with it.

    Each is asked for as it would be alone, so that any of them can lead.
    """
    asked = {"seed": seed_for(order.model, wire), "pictures": len(image_ids)}
    jobs = [_job(order, source, generation_id, each, wire) | asked for each in image_ids]
    return [
        job | {"place": place, "rides_with": jobs[0]["id"] if place else None}
        for place, job in enumerate(jobs)
    ]


def _job(
    order: _Order,
    source: Image | None,
    generation_id: str,
    image_id: str,
    wire: Mapping[str, Any],
) -> dict[str, Any]:
    job = new_job(JobKind.VARIATION, order.model, order.now, order.deadline_at, wire)
    return job | {
        "image_id": image_id,
        # One that works on no image is its own source, as an analysis is.
        "source_image_id": source.id if source else image_id,
        "generation_id": generation_id,
        "picture_id": picture_of(source) if source else None,
        "prepared_at": None if source else order.now,
        "prompt": order.prompt,
        "aspect_ratio": order.wanted.aspect_ratio,
    }


async def _pictured(unit: UnitOfWork, owner: User, generation_id: str, quoted: Quote) -> Pictured:
    made = await images.of_generations(unit.connection, owner.id, [generation_id])
    asked = await generations.get_many(unit.connection, owner.id, [generation_id])
    return Pictured(tuple(made[generation_id]), asked[generation_id], quoted)
