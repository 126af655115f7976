"""What Lumenfall answers, read as hostile input."""

import base64
import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import ProviderMetadata
from graphapi.errors import InDoubt, Rejected
from graphapi.ports.editing import EditResult, ResultImage
from graphapi.providers.http import Reply
from graphapi.providers.lumenfall.charged import charged
from graphapi.providers.lumenfall.results import edit_result

KEY = "lmnfl_mine.secret"
URL = "https://media.lumenfall.ai/a.png"
INSIDE = base64.b64encode(b"pixels").decode()


def result(body: Any) -> EditResult:
    return edit_result(Reply(200, httpx.Headers(), json.dumps(body).encode()), KEY)


def test_only_what_is_certain_is_needed() -> None:
    read = result({"data": [{"url": URL}]})
    assert read.images == (ResultImage(url=URL, metadata=ProviderMetadata()),)
    assert (read.charged_micros, read.metadata.width, read.metadata.description) == (
        None,
        None,
        None,
    )


def test_a_picture_may_come_as_an_address_as_base64_or_as_a_data_uri() -> None:
    data = [{"url": URL}, {"b64_json": INSIDE}, {"url": f"data:image/png;base64,{INSIDE}"}]
    read = result({"data": data})
    inside = ResultImage(content=b"pixels", metadata=ProviderMetadata())
    assert read.images == (ResultImage(url=URL, metadata=ProviderMetadata()), inside, inside)
    assert INSIDE not in json.dumps(read.raw)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        ["url"],
        [{}],
        [{"url": None}],
        [{"url": "file:///etc/passwd"}],
        [{"url": "https://" + "a" * 9000}],
        [{"b64_json": "*"}],
        [{"b64_json": ""}],
        [{"b64_json": 5}],
        [{"url": "data:image/png;base64,"}],
    ],
)
def test_an_answer_without_a_picture_is_of_no_use(data: Any) -> None:
    with pytest.raises(Rejected) as error:
        result({"data": data})
    assert error.value.code is JobErrorCode.INVALID_OUTPUT


def test_an_error_in_a_successful_answer_is_what_it_says() -> None:
    with pytest.raises(Rejected) as error:
        result({"error": {"message": "No.", "code": "CONTENT_POLICY_VIOLATION"}})
    assert error.value.code is JobErrorCode.CONTENT_POLICY


@pytest.mark.parametrize("content", [b"", b"<html>", b"[1]", b'{"data": ['])
def test_what_lumenfall_never_answers_is_a_doubt(content: bytes) -> None:
    with pytest.raises(InDoubt):
        edit_result(Reply(200, httpx.Headers(), content), KEY)


@pytest.mark.parametrize(
    ("metadata", "micros"),
    [
        ({"cost": 0.067, "cost_currency": "USD"}, 67_000),
        ({"cost": 0.0000005, "cost_currency": "usd"}, 1),
        ({"cost": 0, "cost_currency": "USD"}, 0),
        ({"cost": 2, "cost_currency": "USD"}, 2_000_000),
        ({"cost": 0.067, "cost_currency": "EUR"}, None),
        ({"cost": 0.067}, None),
        ({"cost": -1, "cost_currency": "USD"}, None),
        ({"cost": 67_000, "cost_currency": "USD"}, None),
        ({"cost": True, "cost_currency": "USD"}, None),
        ({"cost": "0.067", "cost_currency": "USD"}, None),
        ({"cost": float("nan"), "cost_currency": "USD"}, None),
        ({}, None),
        ("cheap", None),
    ],
)
def test_the_bill_is_read_in_dollars_or_not_at_all(metadata: Any, micros: int | None) -> None:
    assert charged(metadata) == micros


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
NAMES = ("size", "data", "metadata", "error")


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, JSON)), JSON)
def test_no_answer_can_break_its_reading(body: dict[str, Any], item: Any) -> None:
    first = {"url": URL, "revised_prompt": item}
    try:
        read = result({**body, "data": [first, item]})
    except (Rejected, InDoubt):
        return
    assert read.images
    assert read.charged_micros is None or read.charged_micros >= 0
