"""Results and logs, read as hostile input."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.images import ProviderMetadata
from graphapi.domain.jobs import Billed
from graphapi.errors import Rejected
from graphapi.ports.editing import EditResult, ResultImage
from graphapi.providers.fal.results import edit_result, last_log_line

URL = "https://v3.fal.media/files/a.png"


def _result(body: dict[str, Any], units: str | None = None) -> EditResult:
    return edit_result(body) if units is None else edit_result(body, units)


def test_only_the_address_of_an_image_is_certain() -> None:
    result = _result({"images": [{"url": URL}]})
    assert result.images == (ResultImage(url=URL, metadata=ProviderMetadata()),)
    assert result.metadata.width is None
    assert result.billable_units is None


@pytest.mark.parametrize(
    ("flags", "nsfw"),
    [([False], False), ([False, True], True), ([], None), (None, None), (["yes"], None)],
)
def test_unsafe_is_what_any_flag_says(
    flags: object,
    nsfw: bool | None,  # noqa: FBT001 - a column of the table
) -> None:
    assert _result({"images": [{"url": URL}], "has_nsfw_concepts": flags}).metadata.nsfw is nsfw


def test_what_is_said_of_each_image_is_told_of_that_one() -> None:
    images = [{"url": URL, "width": 4}, {"url": "no address"}, {"url": URL, "width": 8}]
    body = {"images": images, "has_nsfw_concepts": [True, False, False], "seed": 7}
    first, last = _result(body).images
    assert first.metadata == ProviderMetadata(nsfw=True, width=4, seed=7)
    assert last.metadata == ProviderMetadata(nsfw=False, width=8, seed=7)
    assert _result(body).metadata == first.metadata


@pytest.mark.parametrize(
    "images",
    [
        None,
        [],
        {},
        "https://v3.fal.media/a.png",
        [None],
        [{}],
        [{"url": None}],
        [{"url": ""}],
        [{"url": "file:///etc/passwd"}],
        [{"url": "javascript:alert(1)"}],
        [{"url": "https://" + "x" * 9000}],
    ],
)
def test_a_result_without_an_address_to_fetch_is_no_result(images: object) -> None:
    with pytest.raises(Rejected) as error:
        _result({"images": images})
    assert error.value.code == "INVALID_OUTPUT"


@pytest.mark.parametrize(
    ("billed", "unbilled"),
    [("0", True), ("0.0", True), ("1", False), ("", False), ("none", False), ("nan", False)],
)
def test_nothing_is_charged_for_no_picture_only_if_the_bill_says_so(
    billed: str,
    unbilled: bool,  # noqa: FBT001 - a column of the table
) -> None:
    with pytest.raises(Rejected) as error:
        _result({"images": []}, billed)
    assert (error.value.failure.charge.billed is Billed.NO) is unbilled
    assert ("bills nothing" in error.value.message) is unbilled


def test_a_picture_that_comes_inside_is_read_and_not_kept_twice() -> None:
    body = {"images": [{"url": "data:image/png;base64,cGl4ZWxz", "width": 4}, {"url": URL}]}
    result = _result(body)
    inside, outside = result.images
    assert (inside.content, inside.url, outside.content, outside.url) == (
        b"pixels",
        None,
        None,
        URL,
    )
    assert result.metadata.width == 4
    assert result.raw == {"images": [{"url": None, "width": 4}, {"url": URL}]}


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64,",
        "data:image/png;base64,%%%",
        "data:image/png,pixels",
        "data:text/html;base64,cGl4ZWxz",
    ],
)
def test_what_comes_inside_and_is_no_picture_is_no_result(url: str) -> None:
    with pytest.raises(Rejected):
        _result({"images": [{"url": url}]})


@pytest.mark.parametrize(
    ("given", "units"),
    [("1", 1.0), ("0.5", 0.5), ("-1", None), ("nan", None), ("inf", None), ("one", None)],
)
def test_billable_units_are_a_number_or_unknown(given: str, units: float | None) -> None:
    assert _result({"images": [{"url": URL}]}, given).billable_units == units


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
_IMAGE = st.fixed_dictionaries(
    {"url": st.just(URL)}, optional={"width": _JSON, "height": _JSON, "content_type": _JSON}
)
_BODY = st.fixed_dictionaries(
    {"images": st.lists(_JSON | _IMAGE, max_size=3).map(lambda images: [*images, {"url": URL}])},
    optional={
        "seed": _JSON,
        "description": _JSON,
        "timings": _JSON,
        "has_nsfw_concepts": _JSON,
    },
)


@given(_BODY, st.text(max_size=8))
def test_whatever_surrounds_an_image_its_result_is_read(body: dict[str, Any], units: str) -> None:
    result = edit_result(body, units)
    assert 1 <= len(result.images) <= 16
    facts = result.metadata
    for number in (facts.width, facts.height, facts.seed):
        assert number is None or abs(number) <= 2**63
    assert facts.description is None or facts.description.strip()
    assert result.billable_units is None or math.isfinite(result.billable_units)


@pytest.mark.parametrize(
    ("logs", "line"),
    [
        ([{"message": "one"}, {"message": "two"}], "two"),
        ([{"message": "one"}, {"message": " \n\t"}], "one"),
        ([{"message": "a\x1b[2Kb"}], "a [2Kb"),
        ([{"message": "key id:secret"}], "key [key]"),
        ([{"message": "got https://us.example/?s=1"}], "got [address]"),
        ([{"message": 7}, "text", None], None),
        ([], None),
        (None, None),
        ("text", None),
    ],
)
def test_the_last_log_line_that_says_anything_is_shown(logs: object, line: str | None) -> None:
    assert last_log_line({"logs": logs}, "id:secret") == line


def test_a_long_log_line_is_cut() -> None:
    line = last_log_line({"logs": [{"message": "x" * 10_000}]}, "id:secret")
    assert line is not None
    assert len(line) == 200
