"""What a request would send, and what that costs, before anything is sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from graphapi.domain.images import AspectRatio, Picture
from graphapi.domain.models import Model
from graphapi.domain.money import Price, total
from graphapi.domain.options import (
    Normalisation,
    Options,
    Settled,
    asking_price,
    of_picture,
    settle,
)
from graphapi.domain.shapes import ratio_sent
from graphapi.domain.variations import Plan, PlannedVariation, Position
from graphapi.persistence.records import AnyRow


@dataclass(frozen=True, slots=True)
class Quote:
    """A plan with the model it is for, and the price of each of its images: all alike.

    `notes` tell of each image, in order, what became of its parameters.
    """

    plan: Plan
    model: Model
    aspect_ratio: str | None
    each: Price
    notes: tuple[tuple[Normalisation, ...], ...]

    @property
    def prices(self) -> tuple[Price, ...]:
        """Price each image, in order."""
        return (self.each,) * len(self.plan.variations)

    @property
    def total(self) -> Price:
        """Price the whole."""
        return total(self.prices)


def quote_again(
    attempts: Sequence[AnyRow], model: Model, reserved: Price, notes: Sequence[Normalisation]
) -> Quote:
    """Say again what was quoted when these first attempts were asked for."""
    items = [PlannedVariation(row.prompt, row.shot_type, row.beat) for row in attempts]
    planned = Plan(tuple(items), Position())
    each = tuple(of_picture(notes, row.options) for row in attempts)
    first = attempts[0]
    ratio = first.aspect_ratio
    if first.mode is not None:
        ratio = ratio_sent(model, first.options, notes, ratio)
    return Quote(planned, model, ratio, reserved, each)


def quote(
    plan: Plan, model: Model, aspect_ratio: AspectRatio, options: Options, source: Picture | None
) -> Quote:
    """Price a plan by its model's card; raises Refused for options that the model has not."""
    settled = settle(model, options, ratio=aspect_ratio, sources=[source] if source else None)
    ratio = ratio_sent(model, settled.wire, settled.notes, aspect_ratio)
    return quote_settled(plan, model, ratio, settled)


def quote_settled(plan: Plan, model: Model, aspect_ratio: str | None, settled: Settled) -> Quote:
    """Price a plan of which it is settled what is sent."""
    each = asking_price(model, settled.wire)
    return Quote(plan, model, aspect_ratio, each, (settled.notes,) * len(plan.variations))
