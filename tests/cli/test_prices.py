"""Telling where price cards and live prices part."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from graphapi.cli.prices import carded, differences
from graphapi.domain.models import Model, ModelKind
from graphapi.domain.money import Exactness, PriceCard, PriceUnit
from graphapi.ports.prices import LivePrice

CARD = PriceCard(PriceUnit.IMAGE, Decimal("0.150"), Exactness.EXACT)
MODEL = Model("fal-ai/one", "fal", ModelKind.EDIT, "Edits.", price_card=CARD)
LIVE = LivePrice(Decimal("0.15"), "images", "USD", datetime(2026, 11, 20, tzinfo=UTC))


def test_the_same_price_differs_in_nothing() -> None:
    assert differences([MODEL], {MODEL.endpoint: LIVE}) == []
    assert differences([MODEL], {MODEL.endpoint: replace(LIVE, unit="image")}) == []
    megapixels = replace(MODEL, price_card=replace(CARD, unit=PriceUnit.MEGAPIXEL))
    assert differences([megapixels], {MODEL.endpoint: replace(LIVE, unit="Megapixels")}) == []


@pytest.mark.parametrize(
    "changed",
    [{"unit_price": Decimal("0.1501")}, {"unit": "megapixels"}, {"currency": "EUR"}],
)
def test_another_amount_unit_or_currency_is_told(changed: dict[str, object]) -> None:
    live = replace(LIVE, **changed)  # type: ignore[arg-type] # one field of it at a time
    (sentence,) = differences([MODEL], {MODEL.endpoint: live})
    assert sentence.startswith(f"fal-ai/one costs {live.unit_price} {live.currency} for each of")
    assert sentence.endswith("the card says 0.150 USD for each image")


def test_a_price_by_the_character_is_compared_as_fal_writes_it() -> None:
    card = replace(CARD, unit=PriceUnit.THOUSAND_CHARACTERS, counted=False)
    speaks = replace(MODEL, kind=ModelKind.SPEECH, price_card=card)
    live = replace(LIVE, unit="1000 characters")
    assert differences([speaks], {MODEL.endpoint: live}) == []
    (sentence,) = differences([speaks], {MODEL.endpoint: replace(live, unit_price=Decimal(2))})
    assert sentence.endswith("the card says 0.150 USD for each 1000 character")


def test_what_cannot_be_compared_is_left_out() -> None:
    assert differences([MODEL], {}) == []
    called = replace(MODEL, price_card=replace(CARD, unit=PriceUnit.CALL, counted=False))
    assert differences([called], {MODEL.endpoint: replace(LIVE, unit="compute seconds")}) == []
    unknown = Model("fal-ai/two", "fal", ModelKind.EDIT, "Nobody knows its price.")
    assert carded([MODEL, unknown, replace(MODEL, provider="local")], "fal") == [MODEL]
