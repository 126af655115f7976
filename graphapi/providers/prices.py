"""Price cards, read from `prices.toml` beside this file, and from one of the operator's own."""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from graphapi.domain.money import OF_PICTURES, Exactness, PriceCard, PriceUnit
from graphapi.errors import ConfigurationError

_MILLION = 1_000_000

# Prices are written as text: a binary fraction is not quite what somebody wrote.
Dollars = Annotated[Decimal, Field(ge=0, le=10_000, max_digits=12, decimal_places=8)]
Options = dict[str, dict[str, Dollars]]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Tokens(_Row):
    input: Dollars
    output: Dollars


class _TypicalCall(_Row):
    input_tokens: int = Field(gt=0)
    output_tokens: int = Field(gt=0)


class _Card(_Row):
    models: tuple[str, ...] = Field(min_length=1)
    source: str = Field(min_length=1)
    as_of: date
    unit: PriceUnit = PriceUnit.CALL
    unit_price: Dollars | None = None
    per_million_tokens: _Tokens | None = None
    exactness: Exactness = Exactness.ESTIMATE
    multipliers: Options = Field(default_factory=dict)
    surcharges: Options = Field(default_factory=dict)
    whole_units: bool = False
    counted: bool | None = None

    @model_validator(mode="after")
    def _is_one_price(self) -> "_Card":
        if (self.unit_price is None) is (self.per_million_tokens is None):
            raise ValueError("give either unit_price or per_million_tokens")
        if self.exactness is Exactness.UNKNOWN:
            raise ValueError("leave out a model whose price is unknown")
        if self.per_million_tokens and self.exactness is Exactness.EXACT:
            raise ValueError("a price by the token is an ESTIMATE before the call is made")
        return self


class _Book(_Row):
    typical_call: _TypicalCall | None = None
    card: tuple[_Card, ...] = ()

    @model_validator(mode="after")
    def _names_each_once(self) -> "_Book":
        named = [model for card in self.card for model in card.models]
        twice = sorted({model for model in named if named.count(model) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)}: listed more than once")
        return self


def load_prices(own_file: Path | None = None) -> dict[str, PriceCard]:
    """Load the price card of every model that has one, by the model's id.

    The cards of `own_file` take the place of those shipped. Raises ConfigurationError with what
    is wrong in it.
    """
    shipped = _Book.model_validate(
        tomllib.loads((resources.files(__package__) / "prices.toml").read_text("utf-8"))
    )
    if shipped.typical_call is None:
        raise ValueError("prices.toml says nothing of a typical call")
    cards = _cards(shipped, shipped.typical_call)
    if own_file is None:
        return cards
    own = _read_own(own_file)
    return cards | _cards(own, own.typical_call or shipped.typical_call)


def _read_own(path: Path) -> _Book:
    try:
        return _Book.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        reason = error.strerror or "it cannot be read"
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = str(error)
    except ValidationError as error:
        reason = "; ".join(_fault(fault) for fault in error.errors())
    raise ConfigurationError(f"GRAPHAPI_PRICES_FILE names {path}, which is no price list: {reason}")


def _fault(fault: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


def _cards(book: _Book, call: _TypicalCall) -> dict[str, PriceCard]:
    return {model: _card(row, call) for row in book.card for model in row.models}


def _card(row: _Card, call: _TypicalCall) -> PriceCard:
    return PriceCard(
        unit=row.unit,
        unit_price=row.unit_price if row.unit_price is not None else _of_call(row, call),
        exactness=row.exactness,
        source=row.source,
        as_of=row.as_of,
        multipliers=row.multipliers,
        surcharges=row.surcharges,
        whole_units=row.whole_units,
        counted=row.unit in OF_PICTURES if row.counted is None else row.counted,
    )


def _of_call(row: _Card, call: _TypicalCall) -> Decimal | None:
    tokens = row.per_million_tokens
    if tokens is None:
        return None
    whole = tokens.input * call.input_tokens + tokens.output * call.output_tokens
    return whole / _MILLION
