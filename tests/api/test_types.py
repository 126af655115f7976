"""How domain values are shown: scalars, and what a provider said."""

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from graphapi.api.types.enums import describe
from graphapi.api.types.provider_metadata import ProviderMetadata
from graphapi.api.types.scalars import SCALARS, Long, long_of
from graphapi.domain import images

LONGS = st.integers(-(2**63), 2**63 - 1)


@strawberry.type
class Query:
    """Gives back what it was given."""

    @strawberry.field
    def long(self, value: Long) -> Long:
        return value

    @strawberry.field
    def moment(self, value: datetime) -> datetime:
        return value

    @strawberry.field
    def json(self, value: JSON) -> JSON:
        return value


SCHEMA = strawberry.Schema(query=Query, config=StrawberryConfig(scalar_map=SCALARS))


def told(name: str, value: Any) -> Any:
    """Send a value through a scalar, as a variable; answers what comes back, or None."""
    scalar = {"long": "Long", "moment": "DateTime", "json": "JSON"}[name]
    document = f"query ($value: {scalar}!) {{ {name}(value: $value) }}"
    result = SCHEMA.execute_sync(document, variable_values={"value": value})
    assert bool(result.errors) is (result.data is None)
    return result.data and result.data[name]


@given(LONGS)
def test_a_long_is_a_plain_number_of_64_bits(number: int) -> None:
    assert told("long", number) == number
    assert long_of(number) == number


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, True, 1.5, "1"])
def test_whatever_is_no_long_is_refused(value: Any) -> None:
    assert told("long", value) is None


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))])))
def test_a_moment_is_always_told_in_utc(moment: datetime) -> None:
    try:
        moment.astimezone(UTC)
    except OverflowError:
        return
    shown = told("moment", moment.isoformat())
    assert shown.endswith("Z")
    assert datetime.fromisoformat(shown) == moment


@pytest.mark.parametrize("value", ["2026-03-09T14:05:30", "yesterday", "", 5])
def test_whatever_is_no_moment_in_utc_is_refused(value: Any) -> None:
    assert told("moment", value) is None


def test_json_passes_as_it_is() -> None:
    value = {"inference": 2.5, "steps": [1, None, {"a": "b"}]}
    assert told("json", value) == value


def test_what_a_provider_said_is_shown_as_it_said_it() -> None:
    said = images.ProviderMetadata(True, 1376, 768, "image/png", 7, "A barn.", {"inference": 2.5})
    shown = ProviderMetadata.of(said)
    assert (shown.nsfw, shown.width, shown.height) == (True, 1376, 768)
    assert (shown.content_type, shown.seed) == ("image/png", 7)
    assert shown.description == "A barn."
    assert shown.timings == JSON({"inference": 2.5})


def test_a_seed_beyond_64_bits_is_left_out() -> None:
    assert ProviderMetadata.of(images.ProviderMetadata(seed=2**64 - 1)).seed is None
    assert ProviderMetadata.of(images.ProviderMetadata()).timings is None


def test_an_enum_with_a_member_nobody_described_cannot_be_offered() -> None:
    class Weather(StrEnum):
        RAIN = "rain"
        SNOW = "snow"

    with pytest.raises(KeyError, match="SNOW"):
        describe(Weather, "What falls from the sky.", {"RAIN": "Water."})
