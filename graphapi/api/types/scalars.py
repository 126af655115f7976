"""The few scalars that GraphQL itself does not bring."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NewType

import strawberry
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

Long = NewType("Long", int)

_LONGEST = 2**63


def long_of(number: int | None) -> Long | None:
    """Take a number that fits into 64 bits; null for a larger one, as for none."""
    if number is None or not -_LONGEST <= number < _LONGEST:
        return None
    return Long(number)


def _write_moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read_moment(text: Any) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("A moment needs its offset from UTC, such as the Z at its end.")
    return moment.astimezone(UTC)


def _read_long(number: Any) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or long_of(number) is None:
        raise ValueError("A Long is a whole number of at most 64 bits.")
    return number


def _read_date(text: Any) -> date:
    return date.fromisoformat(text)


def _read_decimal(text: Any) -> Decimal:
    if not isinstance(text, str) or not re.fullmatch(r"[+-]?\d{1,20}(\.\d{1,20})?", text):
        raise ValueError("A Decimal is a number written as text, such as `0.15`.")
    return Decimal(text)


SCALARS: Mapping[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description=(
            "A moment in UTC, as ISO 8601 writes it: `2026-03-09T14:05:30.120000Z`. "
            "`new Date(...)` in JavaScript reads it."
        ),
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=_write_moment,
        parse_value=_read_moment,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value: what a provider said, passed on in the provider's own shape.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc8259",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    ),
    Long: strawberry.scalar(
        name="Long",
        description=(
            "A whole number of up to 64 bits, sent as a JSON number. "
            "JavaScript reads it exactly up to 9007199254740991."
        ),
        specified_by_url="https://scalars.graphql.org/chillicream/long.html",
        serialize=lambda value: value,
        parse_value=_read_long,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A day, as ISO 8601 writes it: `2026-03-09`.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339#section-5.6",
        serialize=date.isoformat,
        parse_value=_read_date,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description=(
            "A decimal number as text, so that nothing is rounded on its way: `0.15`. Read it with "
            "a decimal type, not as a float, before you add amounts up."
        ),
        specified_by_url="https://www.w3.org/TR/xmlschema11-2/#decimal",
        serialize=lambda number: f"{number:f}",
        parse_value=_read_decimal,
    ),
}
