"""What things cost, and how well that is known."""

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
