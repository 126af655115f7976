"""Prices, as the schema shows them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Self

import strawberry

from graphapi.api.types.enums import describe
from graphapi.domain import money
from graphapi.domain.money import CURRENCY, Exactness, PriceUnit, dollars_of

__all__ = ["Exactness", "PriceUnit"]

describe(
    Exactness,
    "How well an amount is known.",
    {
        "EXACT": "The provider's own words for just this.",
        "ESTIMATE": "Somebody else's words, or a price that depends on what is known only after.",
        "UNKNOWN": "Nobody has said: the amount is null, or leaves out what is unknown. Never "
        "read it as 0.",
    },
)

describe(
    PriceUnit,
    "What a price is for one of.",
    {
        "IMAGE": "One picture.",
        "MEGAPIXEL": "A million pixels of a picture.",
        "THOUSAND_CHARACTERS": "A thousand characters of the text that a speech says.",
        "CALL": "One request, whatever it brings.",
    },
)

_CURRENCY = "The currency as ISO 4217 names it: always `USD`."
_SOURCE = "Who says so; null when nobody does, and on sums of differing sources."
_AS_OF = "When that was read; null when nobody says so, and on sums of differing dates."


@strawberry.type(description="What something costs, and how well that is known.")
class Price:
    """A price of the domain."""

    amount: Decimal | None = strawberry.field(
        description="How much, in units of the currency; null when it is unknown, and `0.00` only "
        "when it is free."
    )
    currency: str = strawberry.field(description=_CURRENCY)
    exactness: Exactness = strawberry.field(description="How well the amount is known.")
    source: str | None = strawberry.field(description=_SOURCE)
    as_of: date | None = strawberry.field(description=_AS_OF)

    @classmethod
    def of(cls, price: money.Price) -> Self:
        """Show a price."""
        return cls(
            amount=amount_of(price.micros),
            currency=CURRENCY,
            exactness=price.exactness,
            source=price.source,
            as_of=price.as_of,
        )


@strawberry.type(description="A value of a parameter that multiplies the price of a unit.")
class PriceMultiplier:
    """One value of one parameter."""

    parameter: str = strawberry.field(
        description="The parameter, by the provider's name for it, such as `resolution`."
    )
    value: str = strawberry.field(description="The value that costs so much more, or less.")
    factor: Decimal = strawberry.field(description="What the price is multiplied by.")


@strawberry.type(description="A value of a parameter that is charged for on top of each unit.")
class PriceSurcharge:
    """One value of one parameter."""

    parameter: str = strawberry.field(
        description="The parameter, by the provider's name for it, such as `enable_web_search`."
    )
    value: str = strawberry.field(description="The value that is charged for.")
    amount: Decimal = strawberry.field(description="What is added to the price of a unit, in USD.")


@strawberry.type(description="What a model charges: dated data with a source, never a promise.")
class PriceCard:
    """A price card of the domain."""

    unit: PriceUnit = strawberry.field(description="What the amount is for one of.")
    amount: Decimal | None = strawberry.field(
        description="The price of one unit without options; null when it is unknown, and `0.00` "
        "only when it is free."
    )
    currency: str = strawberry.field(description=_CURRENCY)
    whole_units: bool = strawberry.field(
        description="Whether a part of a unit is charged as a whole one; else by its share."
    )
    exactness: Exactness = strawberry.field(
        description="How well prices made of this card are known before the bill comes."
    )
    source: str | None = strawberry.field(description="Who says so; null when nobody does.")
    as_of: date | None = strawberry.field(
        description="When that was read; null when nobody says so."
    )
    multipliers: list[PriceMultiplier] = strawberry.field(
        description="The values of parameters that multiply the price."
    )
    surcharges: list[PriceSurcharge] = strawberry.field(
        description="The values of parameters that are charged for on top."
    )

    @classmethod
    def of(cls, card: money.PriceCard) -> Self:
        """Show a price card."""
        return cls(
            unit=card.unit,
            amount=amount_of(card.unit_micros),
            currency=CURRENCY,
            whole_units=card.whole_units,
            exactness=card.exactness,
            source=card.source,
            as_of=card.as_of,
            multipliers=[
                PriceMultiplier(parameter=name, value=value, factor=factor)
                for name, value, factor in _rows(card.multipliers)
            ],
            surcharges=[
                PriceSurcharge(parameter=name, value=value, amount=amount)
                for name, value, amount in _rows(card.surcharges)
            ],
        )


def amount_of(micros: int | None) -> Decimal | None:
    """Show millionths as an amount; null when they are unknown."""
    return None if micros is None else dollars_of(micros)


def _rows(table: Mapping[str, Mapping[str, Decimal]]) -> list[tuple[str, str, Decimal]]:
    return [
        (name, value, number) for name, values in table.items() for value, number in values.items()
    ]
