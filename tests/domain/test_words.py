"""What a person may say of an image."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.words import check_words
from graphapi.errors import Refused

PATH = ("input",)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("\u202etfos", "tfos"),
        ("a\u2066b\u2069 \x07c\x00", "ab c"),
        ("\ufeff\u200b", None),
        (" two\r\n\tlines ", "two\r\n\tlines"),
        ('a "quoted" word', 'a "quoted" word'),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),  # noqa: E501 - one Persian word with its joiner
    ],
)  # fmt: skip
def test_what_nobody_sees_is_left_out(said: str, kept: str | None) -> None:
    assert check_words({"title": said}, PATH) == {"title": kept}
    assert check_words({"tags": [said]}, PATH) == {"tags": [kept] if kept else []}


@given(st.text(st.characters(codec=None), max_size=200))
def test_no_hidden_character_gets_into_a_title(said: str) -> None:
    title = check_words({"title": said}, PATH)["title"] or ""
    left = {mark for mark in title if unicodedata.category(mark) in {"Cc", "Cf", "Cs"}}
    assert left <= set("\r\n\t\u200c\u200d")


def test_a_tag_that_is_too_long_is_named_by_its_place() -> None:
    with pytest.raises(Refused, match=r"^A tag has 61 characters\. Shorten it to 60\.$") as refusal:
        check_words({"tags": ["one", "", "one", "x" * 61]}, PATH)
    assert refusal.value.field == ("input", "tags", "3")


def test_each_tag_is_kept_once_in_order() -> None:
    tags = ["b", " a ", "b", "\u200ba", ""]
    assert check_words({"tags": tags}, PATH) == {"tags": ["b", "a"]}
