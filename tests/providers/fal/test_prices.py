"""Live prices, as fal.ai tells them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from graphapi.errors import Rejected, Throttled
from tests.emulators.fal import Fault, Operation
from tests.providers.fal.conftest import MODEL, Fal


async def test_prices_are_read_with_unit_currency_and_date(fal: Fal) -> None:
    prices = await fal.editor.prices([MODEL, "fal-ai/nano-banana/edit"])
    price = prices[MODEL]
    assert (price.unit_price, price.unit, price.currency) == (Decimal("0.15"), "images", "USD")
    assert abs(datetime.now(UTC) - price.read_at) < timedelta(minutes=1)
    assert prices["fal-ai/nano-banana/edit"].unit_price == Decimal("0.039")


async def test_a_model_without_a_price_is_left_out(fal: Fal) -> None:
    assert list(await fal.editor.prices(["fal-ai/unheard-of", MODEL])) == [MODEL]
    assert await fal.editor.prices([]) == {}


async def test_many_models_are_asked_about_in_several_calls(fal: Fal) -> None:
    others = [f"fal-ai/model-{number}" for number in range(60)]
    assert list(await fal.editor.prices([*others, MODEL])) == [MODEL]
    fal.emulator.disturb(Operation.PRICES, None, Fault(503))
    with pytest.raises(Throttled):
        await fal.editor.prices([*others, MODEL])


@pytest.mark.parametrize(
    "item",
    [
        {"unit_price": -1},
        {"unit_price": "free"},
        {"unit_price": None},
        {"unit_price": True},
        {"unit_price": "NaN"},
        {"unit_price": "1e400"},
        {"unit_price": []},
        {"unit": None},
        {"unit": ""},
        {"unit": "\x1b[2J"},
        {"unit": "x" * 100},
        {"currency": 7},
        {"endpoint_id": None},
    ],
)
async def test_a_price_that_makes_no_sense_is_unknown_rather_than_wrong(
    fal: Fal, item: dict[str, Any]
) -> None:
    good = {"endpoint_id": MODEL, "unit_price": 0.15, "unit": "images", "currency": "USD"}
    fal.emulator.disturb(Operation.PRICES, Fault(200, {"prices": [good | item, "x", None]}))
    assert await fal.editor.prices([MODEL]) == {}
    fal.emulator.disturb(Operation.PRICES, Fault(200, {"prices": [good]}))
    assert list(await fal.editor.prices([MODEL])) == [MODEL]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(200, {"prices": None}),
        Fault(200, "<html>"),
        Fault(404, {}),
        Fault(503),
        Fault(drop=True),
    ],
)
async def test_prices_that_cannot_be_read_now_may_be_later(fal: Fal, fault: Fault) -> None:
    fal.emulator.disturb(Operation.PRICES, fault)
    with pytest.raises(Throttled):
        await fal.editor.prices([MODEL])


async def test_a_refused_key_is_said(fal: Fal) -> None:
    fal.emulator.disturb(Operation.PRICES, Fault(401, {"detail": "No user found"}))
    with pytest.raises(Rejected, match="FAL_API_KEY"):
        await fal.editor.prices([MODEL])
