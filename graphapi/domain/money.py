"""What things cost: amounts in millionths of a US dollar, and how well they are known.

An unknown price is unknown: it has no amount, it is never 0, and no sum hides it. What is free is
exactly 0.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

CURRENCY = "USD"
MICROS = 1_000_000
# The largest amount any table can keep; whoever names a larger one names nonsense.
MOST_MICROS = 2**53
# Whoever counts whole megapixels takes a picture of 1024 x 1024 for one.
_WHOLE_MEGAPIXEL = 2**20
_THOUSAND = 1000


class Exactness(StrEnum):
    """How well an amount is known."""

    EXACT = "EXACT"
    ESTIMATE = "ESTIMATE"
    UNKNOWN = "UNKNOWN"


class PriceUnit(StrEnum):
    """What a price is for one of."""

    IMAGE = "IMAGE"
    MEGAPIXEL = "MEGAPIXEL"
    THOUSAND_CHARACTERS = "THOUSAND_CHARACTERS"
    CALL = "CALL"


# What each picture is charged for; all else is charged once a request.
OF_PICTURES = frozenset({PriceUnit.IMAGE, PriceUnit.MEGAPIXEL})


_LEAST_KNOWN = (Exactness.UNKNOWN, Exactness.ESTIMATE, Exactness.EXACT)


@dataclass(frozen=True, slots=True)
class Price:
    """An amount in millionths of a US dollar, who says so, and as of when.

    `micros` is None if and only if the price is unknown.
    """

    micros: int | None
    exactness: Exactness
    source: str | None = None
    as_of: date | None = None

    def __post_init__(self) -> None:
        if (self.micros is None) is not (self.exactness is Exactness.UNKNOWN):
            raise ValueError("a price has an amount if and only if it is known")
        if self.micros is not None and not 0 <= self.micros <= MOST_MICROS:
            raise ValueError(f"{self.micros} millionths are no price")

    @property
    def is_free(self) -> bool:
        """Tell whether this certainly costs nothing."""
        return self.micros == 0 and self.exactness is Exactness.EXACT


UNKNOWN_PRICE = Price(None, Exactness.UNKNOWN)
FREE = Price(0, Exactness.EXACT)


@dataclass(frozen=True, slots=True)
class PriceCard:
    """What a model charges: `unit_price` dollars for one `unit`, as `source` said on `as_of`.

    `multipliers` maps a parameter to its values that multiply the price ("resolution": "4K": 2),
    `surcharges` to those that add dollars to each unit ("enable_web_search": "true": 0.015).
    `whole_units`: a part of a unit is charged as one.
    `counted`: the units that the provider bills by are these, and not tokens, say.
    A card without a unit price is that of a model whose price nobody has told.
    """

    unit: PriceUnit
    unit_price: Decimal | None
    exactness: Exactness
    source: str | None = None
    as_of: date | None = None
    multipliers: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    surcharges: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    whole_units: bool = False
    counted: bool = True

    @property
    def unit_micros(self) -> int | None:
        """Tell the price of one unit without options, in millionths; None when unknown."""
        return None if self.unit_price is None else micros_of(self.unit_price)

    @property
    def billed_unit_micros(self) -> int | None:
        """Tell the price of a unit that the provider bills by; None when it bills by others."""
        return self.unit_micros if self.counted else None


UNKNOWN_CARD = PriceCard(PriceUnit.CALL, None, Exactness.UNKNOWN)


def micros_of(dollars: Decimal) -> int:
    """Turn dollars into millionths, halves upwards."""
    return int((dollars * MICROS).to_integral_value(ROUND_HALF_UP))


def dollars_of(micros: int) -> Decimal:
    """Turn millionths into dollars, exactly, with at least two decimals."""
    dollars = Decimal(micros) / MICROS
    return dollars.quantize(Decimal("0.01")) if micros % 10_000 == 0 else dollars.normalize()


def price(
    card: PriceCard, options: Mapping[str, Any], images: int = 1, text: str | None = None
) -> Price:
    """Tell what a request for so many images, or for this text to be spoken, costs.

    `options` are the provider's parameters by their own names. A price by the megapixel takes
    the size from `image_size`, in `width` and `height`; without one it assumes a megapixel. A
    price by the character is unknown without a text. What costs something is never priced at 0.
    """
    units = _units(card, options, text)
    if card.unit_price is None or units is None:
        return Price(None, Exactness.UNKNOWN, card.source, card.as_of)
    amount = card.unit_price * units
    for factor in _chosen(card.multipliers, options):
        amount *= factor
    amount += sum(_chosen(card.surcharges, options), Decimal(0))
    amount *= images if card.unit in OF_PICTURES else 1
    micros = max(micros_of(amount), 1 if amount else 0)
    return Price(micros, card.exactness, card.source, card.as_of)


def total(prices: Iterable[Price]) -> Price:
    """Add prices up: unknown as soon as one is, and no more exact than the least exact."""
    every = tuple(prices)
    exactness = least_known(each.exactness for each in every)
    known = [each.micros for each in every if each.micros is not None]
    said = {(each.source, each.as_of) for each in every}
    source, as_of = said.pop() if len(said) == 1 else (None, None)
    return Price(sum(known) if len(known) == len(every) else None, exactness, source, as_of)


def least_known(every: Iterable[Exactness]) -> Exactness:
    """Tell how well a sum is known; EXACT for one of nothing."""
    return min(every, key=_LEAST_KNOWN.index, default=Exactness.EXACT)


def _units(card: PriceCard, options: Mapping[str, Any], text: str | None) -> Decimal | None:
    """Tell how many units a picture takes, or else a request; None when that cannot be known."""
    if card.unit is PriceUnit.MEGAPIXEL:
        return _megapixels(options.get("image_size"), whole=card.whole_units)
    if card.unit is not PriceUnit.THOUSAND_CHARACTERS:
        return Decimal(1)
    if text is None:
        return None
    thousands = Decimal(len(text)) / _THOUSAND
    return thousands.to_integral_value(ROUND_CEILING) if card.whole_units else thousands


def _megapixels(size: Any, *, whole: bool) -> Decimal:
    if not isinstance(size, Mapping):
        return Decimal(1)
    pixels = Decimal(size["width"]) * Decimal(size["height"])
    if whole:
        return (pixels / _WHOLE_MEGAPIXEL).to_integral_value(ROUND_CEILING)
    return pixels / MICROS


def _chosen(
    table: Mapping[str, Mapping[str, Decimal]], options: Mapping[str, Any]
) -> list[Decimal]:
    return [
        values[word]
        for name, values in table.items()
        if name in options and (word := _word(options[name])) in values
    ]


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
