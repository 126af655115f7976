"""What a request would send, and what that costs, before anything is sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from graphapi.domain.images import AspectRatio
from graphapi.domain.models import Model
from graphapi.domain.money import Price, price, total
from graphapi.domain.variations import Plan, PlannedVariation, Position
from graphapi.persistence.records import AnyRow


@dataclass(frozen=True, slots=True)
class Quote:
    """A plan with the model it is for, and the price of each of its variations: all alike."""

    plan: Plan
    model: Model
    aspect_ratio: AspectRatio
    each: Price

    @property
    def prices(self) -> tuple[Price, ...]:
        """Price each variation, in order."""
        return (self.each,) * len(self.plan.variations)

    @property
    def total(self) -> Price:
        """Price the whole."""
        return total(self.prices)


def quote_again(attempts: Sequence[AnyRow], model: Model, reserved: Price) -> Quote:
    """Say again what was quoted when these first attempts were asked for."""
    items = [PlannedVariation(row.prompt, row.shot_type, row.beat) for row in attempts]
    return Quote(Plan(tuple(items), Position()), model, attempts[0].aspect_ratio, reserved)


def quote(plan: Plan, model: Model, aspect_ratio: AspectRatio) -> Quote:
    """Price a plan by its model's card."""
    return Quote(plan, model, aspect_ratio, price(model.price_card, {}))
