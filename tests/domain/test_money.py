"""What things cost, and how well that is known."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.money import (
    FREE,
    MOST_MICROS,
    UNKNOWN_CARD,
    UNKNOWN_PRICE,
    Exactness,
    Price,
    PriceCard,
    PriceUnit,
    dollars_of,
    least_known,
    micros_of,
    price,
    total,
)

DAY = date(2026, 11, 20)
PRO = PriceCard(
    PriceUnit.IMAGE,
    Decimal("0.15"),
    Exactness.EXACT,
    "the page",
    DAY,
    {"resolution": {"4K": Decimal(2)}},
)
TWO = PriceCard(
    PriceUnit.IMAGE,
    Decimal("0.08"),
    Exactness.EXACT,
    "the list",
    DAY,
    {"resolution": {"0.5K": Decimal("0.75"), "2K": Decimal("1.5"), "4K": Decimal(2)}},
    {
        "enable_web_search": {"true": Decimal("0.015")},
        "thinking_level": {"high": Decimal("0.002")},
    },
)
QWEN = PriceCard(PriceUnit.MEGAPIXEL, Decimal("0.02"), Exactness.ESTIMATE, "hearsay", DAY)
FLUX = replace(QWEN, whole_units=True)
SPEECH = PriceCard(
    PriceUnit.THOUSAND_CHARACTERS, Decimal("0.06"), Exactness.ESTIMATE, "the page", DAY
)
CALL = PriceCard(PriceUnit.CALL, Decimal("0.007875"), Exactness.ESTIMATE, "typical", DAY)

AMOUNTS = st.integers(0, MOST_MICROS // 20)
PRICES = st.one_of(
    st.just(UNKNOWN_PRICE),
    st.builds(Price, AMOUNTS, st.sampled_from([Exactness.EXACT, Exactness.ESTIMATE])),
)


@pytest.mark.parametrize(
    ("card", "options", "images", "dollars"),
    [
        (PRO, {}, 1, "0.15"),
        (PRO, {"resolution": "1K"}, 1, "0.15"),
        (PRO, {"resolution": "4K"}, 1, "0.30"),
        (PRO, {"resolution": "4K"}, 4, "1.20"),
        (TWO, {"resolution": "0.5K"}, 1, "0.06"),
        (TWO, {"resolution": "2K", "enable_web_search": True}, 1, "0.135"),
        (TWO, {"enable_web_search": False, "thinking_level": "high"}, 1, "0.082"),
        (TWO, {"enable_web_search": True, "thinking_level": "high"}, 2, "0.194"),
        (QWEN, {}, 1, "0.02"),
        (QWEN, {"image_size": {"width": 1024, "height": 768}}, 1, "0.015729"),
        (QWEN, {"image_size": {"width": 2000, "height": 1000}}, 2, "0.08"),
        (QWEN, {"image_size": "landscape_4_3"}, 1, "0.02"),
        (FLUX, {}, 1, "0.02"),
        (FLUX, {"image_size": {"width": 512, "height": 512}}, 4, "0.08"),
        (FLUX, {"image_size": {"width": 1024, "height": 1024}}, 1, "0.02"),
        (FLUX, {"image_size": {"width": 1025, "height": 1024}}, 1, "0.04"),
        (CALL, {}, 4, "0.007875"),
    ],
)
def test_a_card_prices_a_request(
    card: PriceCard, options: dict[str, Any], images: int, dollars: str
) -> None:
    priced = price(card, options, images)
    assert priced.micros == micros_of(Decimal(dollars))
    assert (priced.exactness, priced.source, priced.as_of) == (
        card.exactness,
        card.source,
        card.as_of,
    )


@pytest.mark.parametrize(
    ("card", "text", "dollars"),
    [
        (SPEECH, "a" * 1000, "0.06"),
        (SPEECH, "a" * 250, "0.015"),
        (SPEECH, "你好", "0.00012"),
        (replace(SPEECH, whole_units=True), "a", "0.06"),
        (replace(SPEECH, whole_units=True), "a" * 1001, "0.12"),
        (CALL, "a" * 5000, "0.007875"),
    ],
)
def test_a_card_by_the_character_prices_a_text(card: PriceCard, text: str, dollars: str) -> None:
    assert price(card, {}, text=text).micros == micros_of(Decimal(dollars))


def test_a_price_by_the_character_is_unknown_without_a_text() -> None:
    assert price(SPEECH, {}) == Price(None, Exactness.UNKNOWN, "the page", DAY)


@given(
    unit=st.sampled_from(PriceUnit),
    dollars=st.decimals("0.00000001", 100, places=8),
    side=st.integers(1, 4096),
    text=st.text(min_size=1, max_size=3000),
    whole=st.booleans(),
)
def test_what_costs_something_is_never_priced_at_nothing(
    unit: PriceUnit, dollars: Decimal, side: int, text: str, *, whole: bool
) -> None:
    by_share = PriceCard(unit, dollars, Exactness.ESTIMATE)
    size = {"image_size": {"width": side, "height": side}}
    told = price(replace(by_share, whole_units=whole), size, text=text).micros
    assert told is not None
    assert told > 0
    if whole:
        # A picture of 1024 x 1024 is a whole megapixel, although it is a little more than one.
        assert told * Decimal("1.05") + 1 >= (price(by_share, size, text=text).micros or 0)


@given(text=st.text(max_size=3000), more=st.text(min_size=1, max_size=3000), whole=st.booleans())
def test_a_longer_text_never_costs_less(text: str, more: str, *, whole: bool) -> None:
    card = replace(SPEECH, whole_units=whole)
    shorter, longer = price(card, {}, text=text).micros, price(card, {}, text=text + more).micros
    assert (shorter or 0) <= (longer or 0)


def test_a_bill_in_units_of_another_kind_has_no_price_of_a_unit() -> None:
    assert SPEECH.billed_unit_micros == SPEECH.unit_micros == 60_000
    assert replace(SPEECH, counted=False).billed_unit_micros is None


def test_a_card_without_a_price_makes_none_up() -> None:
    assert price(UNKNOWN_CARD, {}) == UNKNOWN_PRICE
    assert UNKNOWN_CARD.unit_micros is None
    assert not UNKNOWN_PRICE.is_free


@pytest.mark.parametrize(
    ("micros", "exactness"),
    [
        (None, Exactness.EXACT),
        (0, Exactness.UNKNOWN),
        (-1, Exactness.EXACT),
        (MOST_MICROS + 1, Exactness.ESTIMATE),
    ],
)
def test_a_price_that_cannot_be_is_refused(micros: int | None, exactness: Exactness) -> None:
    with pytest.raises(ValueError, match="price"):
        Price(micros, exactness)


@given(prices=st.lists(PRICES, max_size=12))
def test_a_sum_is_unknown_as_soon_as_one_of_its_prices_is(prices: list[Price]) -> None:
    added = total(prices)
    known = [each.micros for each in prices if each.micros is not None]
    if len(known) < len(prices):
        assert added.micros is None
    else:
        assert added.micros == sum(known)
    assert added.exactness is least_known(each.exactness for each in prices)


def test_what_is_free_adds_up_to_free_and_nothing_else_does() -> None:
    assert total([FREE, FREE]).is_free
    assert total([]).is_free
    assert not total([FREE, UNKNOWN_PRICE]).is_free
    assert not Price(0, Exactness.ESTIMATE).is_free


def test_a_sum_keeps_the_source_that_all_agree_on() -> None:
    one, other = price(PRO, {}), price(TWO, {})
    assert (total([one, one]).source, total([one, one]).as_of) == ("the page", DAY)
    assert total([one, other]).source is None


@given(micros=st.integers(0, MOST_MICROS))
def test_dollars_say_exactly_what_the_millionths_say(micros: int) -> None:
    shown = f"{dollars_of(micros):f}"
    assert micros_of(Decimal(shown)) == micros
    assert "E" not in shown
    assert len(shown.partition(".")[2]) >= 2


@pytest.mark.parametrize(
    ("micros", "shown"),
    [(0, "0.00"), (150_000, "0.15"), (39_000, "0.039"), (1_800_000, "1.80"), (7_875, "0.007875")],
)
def test_dollars_are_written_as_people_write_them(micros: int, shown: str) -> None:
    assert f"{dollars_of(micros):f}" == shown
