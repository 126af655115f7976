"""Asking for pictures in one's own words: from words alone, or made from images that are there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from graphapi.domain.ids import Noun, new_id
from graphapi.domain.jobs import JobKind
from graphapi.domain.library import Image
from graphapi.domain.models import Model
from graphapi.domain.normalisation import Handling, Normalisation
from graphapi.domain.options import SEED, Settled, asked_seed, of_picture, settle
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
from graphapi.services.requests import PicturesWanted
from graphapi.services.scheduling import (
    first_bells,
    new_image,
    new_job,
    patience,
    picture_of,
    seed_for,
)

MOST_PICTURES = 12
LARGEST_SEED = 2**63 - 1


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
        wires = [self.wire(number) for number in range(self.wanted.count)]
        notes = tuple(of_picture(self.settled.notes, wire) for wire in wires)
        return replace(quoted, notes=notes)

    def wire(self, number: int) -> dict[str, Any]:
        """Tell what is sent for the picture of this number, counted from 0."""
        return _own_seed(self.model, self.settled.wire, number)


class Picturing:
    """Schedules pictures, each as a paid request of its own."""

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


def _settled(model: Model, wanted: PicturesWanted, sources: Sequence[Image]) -> Settled:
    pictures = [image.picture for image in sources if image.picture]
    settled = settle(model, wanted.options, ratio=wanted.aspect_ratio, sources=pictures)
    if wanted.count == 1:
        return settled
    return replace(settled, notes=tuple(_shared_out(note, wanted) for note in settled.notes))


def _shared_out(note: Normalisation, wanted: PicturesWanted) -> Normalisation:
    """Say what becomes of a number of pictures of which each is asked for by itself."""
    if note.parameter == "numImages":
        reason = (
            "Each picture is a request of its own, at the same price: one that fails takes no "
            "other with it, and can be cancelled and tried again alone."
        )
        return replace(note, asked=wanted.count, handling=Handling.CONVERTED, reason=reason)
    if note.parameter == SEED and note.asked is not None:
        reason = "The first picture has this seed, each further one the next: or all were alike."
        return replace(note, reason=reason)
    return note


def _own_seed(model: Model, wire: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Give the pictures of one request seeds of their own, beginning with the one asked for."""
    parameter, asked = model.parameter(SEED), asked_seed(model, wire)
    if parameter is None or asked is None:
        return dict(wire)
    most = int(parameter.maximum) if parameter.maximum is not None else LARGEST_SEED
    return {**wire, parameter.wire: asked + number if asked + number <= most else asked - number}


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
    jobs = [
        _job(order, source, generation_id, image["id"], number) for number, image in enumerate(made)
    ]
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


def _job(
    order: _Order, source: Image | None, generation_id: str, image_id: str, number: int
) -> dict[str, Any]:
    wire = order.wire(number)
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
        "seed": seed_for(order.model, wire),
    }


async def _pictured(unit: UnitOfWork, owner: User, generation_id: str, quoted: Quote) -> Pictured:
    made = await images.of_generations(unit.connection, owner.id, [generation_id])
    asked = await generations.get_many(unit.connection, owner.id, [generation_id])
    return Pictured(tuple(made[generation_id]), asked[generation_id], quoted)
