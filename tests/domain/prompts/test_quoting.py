"""What a person or a model wrote becomes one harmless line, and stays readable."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.prompts.quoting import shorten, tidy


@given(st.text())
def test_tidy_text_is_one_line_that_cannot_close_a_quotation(text: str) -> None:
    tidied = tidy(text)
    assert '"' not in tidied
    assert "  " not in tidied
    assert tidied == tidied.strip()
    assert not {unicodedata.category(letter) for letter in tidied} & {"Cc", "Cs", "Zl", "Zp"}
    tidied.encode()


@given(st.text())
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@given(st.from_regex(r"[\w,.!?'-]+( [\w,.!?'-]+)*", fullmatch=True))
def test_plain_words_are_kept_to_the_letter(text: str) -> None:
    assert tidy(text) == text


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (None, ""),
        (" \t\n", ""),
        ("two\r\nlines\x00\x1b[0m", "two lines [0m"),
        ("\u201cdo it\u201d \u00abnow\u00bb \uff02ok\uff02", "'do it' 'now' 'ok'"),
        ("left\u202eright\u2066in\u2069", "leftrightin"),
        ("hid\U000e0041den", "hidden"),
        ("lone \ud800 half", "lone half"),
        (
            "a family \U0001f468\u200d\U0001f469\u200d\U0001f467",
            "a family \U0001f468\u200d\U0001f469\u200d\U0001f467",
        ),
        ("\u0645\u06cc\u200c\u0631\u0648\u0645", "\u0645\u06cc\u200c\u0631\u0648\u0645"),
    ],
)
def test_what_cannot_be_seen_is_dropped_and_what_spells_is_kept(
    written: str | None, kept: str
) -> None:
    assert tidy(written) == kept


@pytest.mark.parametrize(
    "mark", '"\u00ab\u00bb\u201c\u201d\u201e\u201f\u2033\u300c\u300d\u301d\u301e\uff02'
)
def test_every_double_mark_that_could_close_a_quotation_becomes_a_single_one(mark: str) -> None:
    assert tidy(f"a{mark}b") == "a'b"


@given(st.lists(st.from_regex(r"[a-z]{1,12}", fullmatch=True), min_size=1), st.integers(12, 60))
def test_shortening_keeps_whole_words_from_the_start(words: list[str], limit: int) -> None:
    text = " ".join(words)
    short = shorten(text, limit)
    assert len(short) <= limit
    assert short.split() == words[: len(short.split())]
    assert short == text or len(short) + len(words[len(short.split())]) >= limit


def test_one_endless_word_is_cut_where_it_must_be() -> None:
    assert shorten("x" * 20, 8) == "x" * 8
