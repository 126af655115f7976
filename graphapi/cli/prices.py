"""Comparing our price cards with what a provider says it charges now."""

from collections.abc import Mapping, Sequence

from graphapi.domain.models import Model
from graphapi.domain.money import CURRENCY, PriceUnit
from graphapi.ports.prices import LivePrice

# As fal.ai calls them, in the singular.
_UNITS = {
    PriceUnit.IMAGE: "image",
    PriceUnit.MEGAPIXEL: "megapixel",
    PriceUnit.THOUSAND_CHARACTERS: "1000 character",
}


def carded(models: Sequence[Model], provider: str) -> list[Model]:
    """List the models of a provider whose price is known by a card."""
    return [
        model
        for model in models
        if model.provider == provider and model.price_card.unit_price is not None
    ]


def differences(models: Sequence[Model], live: Mapping[str, LivePrice]) -> list[str]:
    """Say of each model whose card is not what its provider charges how the two differ.

    `live` is by the name that the provider knows a model by; one that it has no price for, or
    that its card says it counts otherwise, is left out, since there is nothing to compare.
    """
    told = ((model, live[model.endpoint]) for model in models if model.endpoint in live)
    return [
        _difference(model, price)
        for model, price in told
        if (model.price_card.counted or _same_unit(model, price)) and not _agrees(model, price)
    ]


def _agrees(model: Model, live: LivePrice) -> bool:
    same = _same_unit(model, live) and live.currency == CURRENCY
    return same and live.unit_price == model.price_card.unit_price


def _same_unit(model: Model, live: LivePrice) -> bool:
    return live.unit.lower().removesuffix("s") == _UNITS.get(model.price_card.unit)


def _difference(model: Model, live: LivePrice) -> str:
    card = model.price_card
    ours = f"{card.unit_price} {CURRENCY} for each {_UNITS.get(card.unit, 'call')}"
    theirs = f"{live.unit_price} {live.currency} for each of its {live.unit}"
    return f"{model.id} costs {theirs}, the card says {ours}"
