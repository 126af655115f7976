"""The beats: enough of them, all different, and none that breaks the rule of its mode."""

import re

import pytest

from graphapi.domain.prompts import SHOTS
from graphapi.domain.prompts.beats import BEATS
from graphapi.domain.prompts.beats.shot import TAKES
from graphapi.domain.prompts.briefs import BRIEFS
from graphapi.domain.variations import MAX_VARIATIONS, ModificationMode

PEOPLE = re.compile(
    r"\b(persons?|people|m[ae]n|wom[ae]n|child|crowd|some(body|one)|faces?|figures?|hands?|fingers?"
    r"|body|silhouettes?|portraits?|s?he|him|her|his)\b",
    re.IGNORECASE,
)
TIME_CUE = re.compile(
    r"\b(later|earlier|afterwards|meanwhile|moments|seconds|minutes|hours|soon)\b", re.IGNORECASE
)


@pytest.mark.parametrize("mode", ModificationMode)
def test_two_calls_of_twelve_never_repeat_a_beat(mode: ModificationMode) -> None:
    assert len(set(BEATS[mode])) == len(BEATS[mode]) == 2 * MAX_VARIATIONS


def test_a_named_shot_can_be_taken_twelve_ways() -> None:
    assert len(set(TAKES)) == len(TAKES) == MAX_VARIATIONS


@pytest.mark.parametrize("mode", ModificationMode)
def test_every_beat_is_made_of_full_sentences(mode: ModificationMode) -> None:
    for beat in BEATS[mode]:
        assert beat[0].isupper()
        assert beat.endswith(".")
        assert len(beat.split()) >= 10
        assert "  " not in beat
        assert '"' not in beat


@pytest.mark.parametrize("mode", ModificationMode)
def test_no_beat_carries_a_time_cue_of_its_own(mode: ModificationMode) -> None:
    for beat in (*BEATS[mode], BRIEFS[mode].lead, BRIEFS[mode].keep, BRIEFS[mode].light):
        assert not TIME_CUE.search(beat), beat


@pytest.mark.parametrize("mode", [ModificationMode.B_ROLL, ModificationMode.COVERAGE])
def test_no_beat_of_an_empty_place_brings_anybody_in(mode: ModificationMode) -> None:
    for beat in BEATS[mode]:
        assert not PEOPLE.search(beat), beat


def test_every_beat_of_a_new_style_names_a_scene_an_outfit_and_a_light() -> None:
    lit = re.compile(r"light|sun|glow|lamp|bulb")
    for beat in BEATS[ModificationMode.STYLE_VARIATION]:
        assert beat.startswith("The new scene is ")
        assert "the person wears " in beat
        assert lit.search(beat)


@pytest.mark.parametrize("mode", ModificationMode)
def test_shape_and_size_are_never_said_in_words(mode: ModificationMode) -> None:
    forbidden = re.compile(
        r"\d|\bratio|resolution|pixel|widescreen|letterbox|upright format|\b[48]k\b|image one",
        re.IGNORECASE,
    )
    brief = BRIEFS[mode]
    said = [*BEATS[mode], *TAKES, *(shot.lead + shot.framing for shot in SHOTS.values())]
    for text in [*said, brief.lead, brief.keep, brief.light, brief.constraint, brief.anchor]:
        assert not forbidden.search(text), text
