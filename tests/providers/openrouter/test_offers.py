"""What OpenRouter says of its models decides which are asked, and nothing it says can break us."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.models import Model, ModelKind
from graphapi.errors import Throttled
from graphapi.providers.openrouter import OpenRouterAnalyst
from graphapi.providers.openrouter.offers import Offer, checked, read_offers
from tests.emulators.openrouter.emulator import LISTED, MODELS, OpenRouterEmulator

FIT = Offer(sees=True, keeps_to_schema=True)
EYES = [Model(name, "openrouter", ModelKind.ANALYSIS, "Sees.") for name in MODELS]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


def fits(**changed: Any) -> dict[str, Offer]:
    """Offer every model as fit, the first of them changed."""
    return dict.fromkeys(MODELS, FIT) | {MODELS[0]: replace(FIT, **changed)}


def test_a_model_that_is_fit_stays_as_it_is_and_the_first_is_the_default() -> None:
    found = checked(EYES, fits())
    judged = found.models
    assert found.remarks == ()
    assert [model.unusable for model in judged] == [None, None, None]
    assert [model.default for model in judged] == [True, False, False]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"sees": False}, "It takes no pictures"),
        ({"keeps_to_schema": False}, "It cannot answer in a given form"),
    ],
)
def test_one_that_is_not_fit_says_why_and_the_next_is_the_default(
    changed: dict[str, Any], reason: str
) -> None:
    found = checked(EYES, fits(**changed))
    first, second, _ = found.models
    (remark,) = found.remarks
    assert remark == f"{first.id} is not asked. {first.unusable}"
    assert reason in (first.unusable or "")
    assert "GRAPHAPI_ANALYSIS_MODELS" in (first.unusable or "")
    assert (first.default, second.default, second.unusable) == (False, True, None)


def test_one_that_is_not_listed_is_not_asked_but_a_variant_of_a_listed_one_is() -> None:
    variant = replace(EYES[0], id=f"{MODELS[1]}:nitro")
    unknown = replace(EYES[0], id="nobody/knows-it")
    one, other = checked([unknown, variant], fits()).models
    assert "lists no such model" in (one.unusable or "")
    assert other.unusable is None


def test_the_day_a_model_retires_is_told_while_it_can_still_be_asked() -> None:
    for day in (date(2027, 1, 31), date(2025, 1, 31)):
        first, *_ = checked(EYES, fits(retires_on=day)).models
        assert (first.unusable, first.lifecycle.retires_on) == (None, day)


def test_when_none_is_fit_all_are_asked_as_before_and_it_is_said() -> None:
    day = date(2027, 1, 31)
    blind = dict.fromkeys(MODELS[1:], Offer(sees=False, keeps_to_schema=True, retires_on=day))
    found = checked(EYES, blind)
    (remark,) = found.remarks
    for before, model in zip(EYES, found.models, strict=True):
        assert (model.unusable, model.default) == (None, before.default)
        assert "it is not fit" in (model.lifecycle.note or "")
        assert model.id in remark
    assert [model.lifecycle.retires_on for model in found.models] == [None, day, day]
    assert f"{MODELS[0]}: OpenRouter lists no such model." in remark
    assert checked([], blind).remarks == ()


@pytest.mark.parametrize("written", ["2027-01-31", "2027-01-31T12:00:00Z", 1801353600])
def test_a_date_is_read_in_any_form(written: Any) -> None:
    row = {"id": "a/b", **LISTED[MODELS[0]], "expiration_date": written}
    assert (read_offers({"data": [row]}) or {})["a/b"].retires_on == date(2027, 1, 31)


@given(JSON, JSON, JSON, JSON)
def test_whatever_the_list_holds_it_is_read_or_left_out(
    body: Any, architecture: Any, parameters: Any, expires: Any
) -> None:
    row = {"id": "a/b", "architecture": architecture, "supported_parameters": parameters}
    offers = read_offers({"data": [body, row | {"expiration_date": expires}]})
    assert offers is not None
    assert "a/b" in offers
    assert read_offers({"data": "none"}) is None


async def test_the_list_comes_over_http(
    analyst: OpenRouterAnalyst, emulator: OpenRouterEmulator
) -> None:
    assert (await analyst.offers())[MODELS[0]] == FIT
    emulator.listed = "closed today"
    with pytest.raises(Throttled, match="something else"):
        await analyst.offers()
