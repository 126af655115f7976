"""Comparing our price cards with what a gateway estimates for a request that is not made."""

from collections.abc import Sequence
from dataclasses import dataclass

from graphapi.cli.prices import carded
from graphapi.domain.models import Model
from graphapi.domain.money import CURRENCY, Exactness, Price, dollars_of, micros_of
from graphapi.domain.options import asking_price, settle
from graphapi.ports.prices import LivePrice
from graphapi.providers.lumenfall import LumenfallEditor


@dataclass(frozen=True, slots=True)
class Estimated:
    """What one picture of a model costs: as its card says, and as the gateway does."""

    model: Model
    card: Price
    live: LivePrice

    @property
    def agrees(self) -> bool:
        """Tell whether plans hold: a card that is an estimate tells the most it may cost."""
        if self.live.currency != CURRENCY or self.card.micros is None:
            return False
        micros = micros_of(self.live.unit_price)
        exact = self.card.exactness is Exactness.EXACT
        return micros == self.card.micros if exact else micros <= self.card.micros

    @property
    def in_words(self) -> str:
        """Say both."""
        ours = dollars_of(self.card.micros or 0)
        theirs = f"{self.live.unit_price} {self.live.currency}"
        return f"a picture by {self.model.id} would cost {theirs} now, the card says {ours}"


async def estimated(editor: LumenfallEditor, models: Sequence[Model]) -> list[Estimated]:
    """Have one picture of each model estimated as it is usually asked for, from words alone.

    Nothing is made or charged for. Raises ProviderError.
    """
    asked = [model for model in carded(models, editor.provider) if not model.least_inputs]
    wires = [settle(model).wire for model in asked]
    return [
        Estimated(model, asking_price(model, wire), await editor.estimate(model.endpoint, wire))
        for model, wire in zip(asked, wires, strict=True)
    ]
