"""Asking for variations: the preview, and the one transaction that schedules them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from graphapi.domain.library import Image
from graphapi.domain.prompts import plan
from graphapi.domain.standing import Generation
from graphapi.domain.users import User
from graphapi.domain.variations import MAX_VARIATIONS, Plan, Position, VariationRequest
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.persistence import attempts, generations, images, ledger
from graphapi.persistence.database import Database
from graphapi.persistence.transition import lock_owner
from graphapi.persistence.unit_of_work import Connection, UnitOfWork
from graphapi.ports.clock import Clock
from graphapi.ports.doorbell import Bell, Step
from graphapi.services.models import Models
from graphapi.services.once import Once
from graphapi.services.quoting import Quote, quote, quote_again
from graphapi.services.requests import VariationsWanted
from graphapi.services.scheduling import Order, patience, picture_of, schedule_variations


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What was scheduled: the source, its new variations in order, and their generation.

    Asked again under its key after images were deleted, it answers without them.
    """

    image: Image | None
    variations: tuple[Image, ...]
    generation: Generation
    quote: Quote


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What would be scheduled for an image as it stands, and what that would cost."""

    image: Image
    quote: Quote


class Variations:
    """Previews and schedules variations."""

    def __init__(
        self, database: Database, models: Models, clock: Clock, deadline: timedelta
    ) -> None:
        self._database = database
        self._models = models
        self._clock = clock
        self._deadline = deadline

    def preview(self, wanted: VariationsWanted, group: str | None) -> Plan:
        """Plan variations of an image that nobody has named."""
        return plan(planning_request(wanted, group, None, Position()))

    async def preview_for_image(self, owner: User, image_id: str, wanted: VariationsWanted) -> Plan:
        """Plan the variations that the next request for this image would send, to the byte."""
        return (await self._planned(owner, image_id, wanted))[1]

    async def quote_for_image(self, owner: User, image_id: str, wanted: VariationsWanted) -> Quote:
        """Preview the variations of an image with what each of them costs."""
        image, planned = await self._planned(owner, image_id, wanted)
        model = self._models.edit_model(wanted.model, wanted.aspect_ratio)
        return quote(planned, model, wanted.aspect_ratio, wanted.options, image.picture)

    async def _planned(
        self, owner: User, image_id: str, wanted: VariationsWanted
    ) -> tuple[Image, Plan]:
        async with self._database.read() as connection:
            image = await images.get(connection, owner.id, image_id)
            if image is None:
                raise NotFound("image", ("imageId",))
            position = await images.position(connection, owner.id, image_id)
        return image, plan(planning_request(wanted, image.group, image.description, position))

    async def rehearse(
        self, owner: User, image_id: str, wanted: VariationsWanted, key: str | None = None
    ) -> Rehearsed:
        """Check everything that a request for variations checks, and write nothing.

        Raises NotFound or Refused, as the request would.
        """
        once = Once.of(key, "generateVariations", image_id, wanted)
        async with self._database.read() as connection:
            await once.rehearse(connection, owner.id)
            order = await self._order(connection, owner, image_id, wanted)
            quoted = _quoted(order)
            cap = self._database.daily_cap
            await ledger.check_cap(connection, cap, owner.id, quoted.prices, order.now)
        return Rehearsed(order.source, quoted)

    async def request(
        self, owner: User, image_id: str, wanted: VariationsWanted, key: str | None = None
    ) -> Scheduled:
        """Schedule variations of an image, and answer them as they now stand: waiting.

        Under an idempotency key that was used before, answer what was scheduled then.
        Everything is written in one transaction, or nothing is; no provider is waited for.
        Raises NotFound or Refused.
        """
        once = Once.of(key, "generateVariations", image_id, wanted)
        async with self._database.write() as unit:
            # Before anything is read: two requests at once must not plan the same shots.
            await lock_owner(unit, owner.id)
            known = await once.known(unit, owner.id)
            if known is not None:
                return await self._again(unit, owner, known)
            order = await self._order(unit.connection, owner, image_id, wanted)
            generation_id, job_ids = await schedule_variations(unit, order)
            result = {"image": image_id, "generation": generation_id}
            await once.remember(unit, owner.id, result, self._clock.now())
            # Preparing the source once serves all its siblings; the sweeper covers a lost bell.
            unit.ring([Bell(Step.PREPARE, job_ids[0])])
            quoted = _quoted(order)
            return await _scheduled(unit, owner.id, image_id, generation_id, quoted)

    async def _again(self, unit: UnitOfWork, owner: User, known: Mapping[str, Any]) -> Scheduled:
        """Answer what was scheduled before, at the price of then."""
        image_id, generation_id = known["image"], known["generation"]
        first = await attempts.first_of_generation(unit.connection, owner.id, generation_id)
        reserved = await ledger.reserved(unit.connection, first[0].id)
        notes = await generations.normalised(unit.connection, owner.id, [generation_id])
        model = self._models.named(first[0])
        quoted = quote_again(first, model, reserved, notes[generation_id])
        return await _scheduled(unit, owner.id, image_id, generation_id, quoted)

    async def _order(
        self, connection: Connection, owner: User, image_id: str, wanted: VariationsWanted
    ) -> Order:
        image = await images.get(connection, owner.id, image_id)
        if image is None:
            raise NotFound("image", ("imageId",))
        if not 1 <= wanted.count <= MAX_VARIATIONS:
            message = f"variationCount is {wanted.count}. Ask for 1 to {MAX_VARIATIONS}."
            raise Refused(UserErrorCode.COUNT_OUT_OF_RANGE, message, ("variationCount",))
        start = await images.position(connection, owner.id, image_id)
        now = self._clock.now()
        return Order(
            source=image,
            wanted=wanted,
            plan=plan(planning_request(wanted, image.group, image.description, start)),
            start=start,
            model=self._models.edit_model(wanted.model, wanted.aspect_ratio),
            picture_id=picture_of(image),
            now=now,
            deadline_at=now + patience(wanted.expires_after, self._deadline),
        )


def planning_request(
    wanted: VariationsWanted, group: str | None, description: str | None, start: Position
) -> VariationRequest:
    """Join what a caller wants with what the image brings: its group, description and position."""
    return VariationRequest(
        mode=wanted.mode,
        count=wanted.count,
        detail=wanted.detail,
        group=group,
        shot_types=wanted.shot_types,
        description=description,
        position=start,
    )


def _quoted(order: Order) -> Quote:
    wanted, picture = order.wanted, order.source.picture
    return quote(order.plan, order.model, wanted.aspect_ratio, wanted.options, picture)


async def _scheduled(
    unit: UnitOfWork, owner_id: str, image_id: str, generation_id: str, quoted: Quote
) -> Scheduled:
    found = await images.get_many(unit.connection, owner_id, [image_id])
    children = await images.of_generations(unit.connection, owner_id, [generation_id])
    asked = await generations.get_many(unit.connection, owner_id, [generation_id])
    return Scheduled(
        found.get(image_id), tuple(children[generation_id]), asked[generation_id], quoted
    )
