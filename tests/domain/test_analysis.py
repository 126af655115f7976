"""What is believed of a model's answer, and who wins over whom."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.analysis import (
    FILLED_FIELDS,
    MAX_DESCRIPTION,
    MAX_TAG,
    MAX_TAGS,
    MAX_TITLE,
    MAX_WORDS,
    OVERRIDE_FIELDS,
    REPLACED_FIELDS,
    AnalysedFields,
    FieldValue,
    Overrides,
    merge,
    read_answer,
)
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import Author
from graphapi.errors import Rejected

CATEGORIES = ("Film", "Landscape", "Character Design")
GROUPS = ("Music Video", "TV Series")

WHOLE = {
    "title": "Dawn patrol",
    "description": "A woman in a yellow raincoat on a wet pier.",
    "tags": ["Rain", "pier", "RAIN"],
    "category": "landscapes",
    "group": "music-video",
    "projectName": "Harbour",
    "moodboardName": "Wet streets",
    "genre": "Drama",
    "style": "Naturalistic",
    "shot": "Medium close-up",
}


def test_a_whole_answer_is_taken_over_and_normalised() -> None:
    found = read_answer(WHOLE, groups=GROUPS, categories=CATEGORIES)
    assert found == AnalysedFields(
        title="Dawn patrol",
        description="A woman in a yellow raincoat on a wet pier.",
        tags=("rain", "pier"),
        category="Landscape",
        group="Music Video",
        project_name="Harbour",
        moodboard_name="Wet streets",
        genre="Drama",
        style="Naturalistic",
        shot="Medium close-up",
    )


def test_a_category_that_was_not_offered_is_kept_as_said() -> None:
    assert read_answer({"category": "Macro"}, categories=CATEGORIES).category == "Macro"


@pytest.mark.parametrize("answer", [None, [], {}, "words", 3, [WHOLE], {"title": ["x"], "tags": 4}])
def test_an_answer_with_nothing_useful_is_refused(answer: object) -> None:
    with pytest.raises(Rejected) as refusal:
        read_answer(answer)
    assert refusal.value.code is JobErrorCode.INVALID_OUTPUT


@pytest.mark.parametrize("silence", ["null", "None", " N/A ", "unknown", "", "\u200b", "<br>"])
def test_a_word_for_nothing_counts_as_nothing(silence: str) -> None:
    assert read_answer({"title": "x", "category": silence, "tags": [silence]}) == AnalysedFields(
        title="x"
    )


def test_markup_and_invisible_letters_are_removed() -> None:
    dirty = "<script>alert(1)</script> **Bold**\x00\n\nlight\u202e <<b>img src=x> `end`"
    assert read_answer({"title": dirty}).title == "alert(1) Bold light img src=x end"


def test_a_long_text_is_cut_between_words() -> None:
    title = read_answer({"title": "word " * 50}).title
    assert title == ("word " * 16).strip()


def test_tags_in_one_string_are_split() -> None:
    assert read_answer({"tags": "Rain, #Night,,rain"}).tags == ("rain", "night")


def test_wrong_types_among_the_tags_are_dropped() -> None:
    tags: list[Any] = ["rain", None, 3, ["x"], {"a": "b"}, True]
    assert read_answer({"tags": tags}).tags == ("rain",)


# Letters that carry markup, that nobody sees, that grow when lower-cased, or that are no letters.
NASTY = "aB #,<>/*_`!-\n\t\x00\x7f\u200b\u202e\ufeff\ud800\u0301\u0130\u00df\U0001f3ac"
texts = st.builds(
    lambda text, times: text * times,
    st.text(NASTY, max_size=20),
    st.integers(min_value=1, max_value=99),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | texts,
    lambda inner: (
        st.lists(inner, max_size=9) | st.dictionaries(st.sampled_from(list(WHOLE)), inner)
    ),
    max_leaves=9,
)


@given(st.dictionaries(st.sampled_from(list(WHOLE)), json_values))
def test_whatever_is_answered_comes_out_clean_and_within_its_caps(answer: dict[str, Any]) -> None:
    try:
        found = read_answer(answer, groups=GROUPS, categories=CATEGORIES)
    except Rejected:
        return
    short = (found.category, found.group, found.project_name, found.moodboard_name)
    caps = [(found.title, MAX_TITLE), (found.description, MAX_DESCRIPTION)]
    caps += [(words, MAX_WORDS) for words in (*short, found.genre, found.style, found.shot)]
    caps += [(tag, MAX_TAG) for tag in found.tags]
    for words, cap in caps:
        if words is not None:
            assert 0 < len(words) <= cap
            assert not any(unicodedata.category(letter).startswith("C") for letter in words)
            assert "<" not in words
            assert words == words.strip()
    assert len(found.tags) == len(set(found.tags)) <= MAX_TAGS


SAID = AnalysedFields(
    title="said",
    description="said",
    tags=("said",),
    category="said",
    group="said",
    project_name="said",
    moodboard_name="said",
    genre="said",
    style="said",
    shot="said",
)
OLD: dict[str, FieldValue] = dict.fromkeys(
    (*REPLACED_FIELDS, *FILLED_FIELDS, *OVERRIDE_FIELDS), "old"
)


def test_the_seven_are_replaced_and_a_title_that_is_there_stays() -> None:
    merged = merge(OLD, {}, said=SAID, colors=("#000000",))
    assert set(merged.values) == set(REPLACED_FIELDS)
    assert merged.authors["description"] is Author.MODEL
    assert merged.authors["colors"] is Author.PIXELS


def test_an_empty_title_genre_shot_and_style_are_filled() -> None:
    merged = merge({}, {}, said=SAID)
    assert {name: merged.values[name] for name in FILLED_FIELDS} == dict.fromkeys(
        FILLED_FIELDS, "said"
    )


def test_silence_wipes_nothing() -> None:
    merged = merge(OLD, {"tags": Author.MODEL}, said=AnalysedFields())
    assert merged.values == {}
    assert merged.authors == {"tags": Author.MODEL}


def test_a_field_that_a_person_cleared_stays_clear() -> None:
    merged = merge({"title": None}, {"title": Author.PERSON}, said=SAID)
    assert "title" not in merged.values


def test_an_override_becomes_a_persons_word_and_survives_the_next_analysis() -> None:
    first = merge({}, {}, said=SAID, overrides=Overrides(group="Film", sref=" 123 ", source="  "))
    assert first.values["group"] == "Film"
    assert first.values["sref"] == "123"
    assert "source" not in first.values
    second = merge(first.values, first.authors, said=SAID)
    assert "group" not in second.values


field_names = st.sampled_from((*REPLACED_FIELDS, *FILLED_FIELDS))


@given(
    authors=st.dictionaries(field_names, st.sampled_from(Author)),
    empty=st.sets(field_names),
    said_names=st.sets(st.sampled_from([n for n in OLD if n not in ("colors", "source", "sref")])),
    given_names=st.sets(st.sampled_from(OVERRIDE_FIELDS)),
    overwrite=st.booleans(),
)
def test_every_field_follows_the_rank_of_the_voices(
    authors: dict[str, Author],
    empty: set[str],
    said_names: set[str],
    given_names: set[str],
    *,
    overwrite: bool,
) -> None:
    current = {name: None if name in empty else value for name, value in OLD.items()}
    said = AnalysedFields(**{name: getattr(SAID, name) for name in said_names})
    overrides = Overrides(**dict.fromkeys(given_names, "given"))
    merged = merge(
        current, authors, said=said, colors=(), overrides=overrides, overwrite_edits=overwrite
    )
    for name in OLD:
        kept = authors.get(name) is Author.PERSON and not overwrite
        occupied = name in FILLED_FIELDS and name not in empty
        if name in given_names:
            expected: FieldValue = "given"
        elif name not in said_names or kept or occupied:
            expected = current[name]
        else:
            expected = getattr(said, name)
        assert merged.values.get(name, current[name]) == expected
        if name in given_names or kept:
            assert merged.authors[name] is Author.PERSON
