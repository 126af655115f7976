"""Ids: unique, in the order they were made, and telling what they name."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain import ids
from graphapi.domain.ids import Noun, new_id, noun_of


@pytest.mark.parametrize("noun", Noun)
def test_an_id_tells_what_it_names(noun: Noun) -> None:
    identifier = new_id(noun)
    assert identifier.startswith(f"{noun.value}_")
    assert noun_of(identifier) is noun


def test_ids_sort_in_the_order_they_were_made() -> None:
    made = [new_id(Noun.IMAGE) for _ in range(5000)]
    assert all(first < second for first, second in pairwise(made))


def test_ids_stay_in_order_when_the_clock_is_turned_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = new_id(Noun.JOB)
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000)
    assert before < new_id(Noun.JOB) < new_id(Noun.JOB)


def test_ids_taken_by_many_threads_are_all_different() -> None:
    with ThreadPoolExecutor(8) as pool:
        batches = list(pool.map(lambda _: [new_id(Noun.JOB) for _ in range(500)], range(8)))
    for batch in batches:
        assert batch == sorted(batch)
    assert len({identifier for batch in batches for identifier in batch}) == 8 * 500


def test_an_id_carries_the_time_it_was_made() -> None:
    value = 0
    for digit in new_id(Noun.IMAGE).removeprefix("img_"):
        value = value * 32 + ids._ALPHABET.index(digit)
    assert abs((value >> 80) / 1000 - time.time()) < 5


def test_all_prefixes_are_different() -> None:
    assert len({noun.value for noun in Noun}) == len(Noun)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "img",
        "img_",
        "_00000000000000000000000000",
        "img_0000000000000000000000000",
        "img_000000000000000000000000000",
        "img_0000000000000000000000000u",
        "IMG_00000000000000000000000000",
        "cat_00000000000000000000000000",
        "img_0000000000000_000000000000",
        "img_00000000000000000000000000\n",
    ],
)
def test_what_is_not_an_id_of_ours_names_nothing(wrong: str) -> None:
    assert noun_of(wrong) is None


@given(st.text(max_size=40))
def test_no_text_makes_reading_an_id_fail(text: str) -> None:
    noun = noun_of(text)
    assert noun is None or text.startswith(noun.value)
