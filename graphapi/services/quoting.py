"""What a request would send, and what that costs, before anything is sent."""

from dataclasses import dataclass

from graphapi.domain.images import AspectRatio
from graphapi.domain.models import Model
from graphapi.domain.money import Price, price, total
from graphapi.domain.variations import Plan


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


def quote(plan: Plan, model: Model, aspect_ratio: AspectRatio) -> Quote:
    """Price a plan by its model's card."""
    return Quote(plan, model, aspect_ratio, price(model.price_card, {}))
