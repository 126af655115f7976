"""The group's time cue: the documented table, and never two cues in one prompt."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.prompts import plan
from graphapi.domain.variations import ModificationMode, ShotType, VariationRequest
from graphapi.domain.vocabulary import GROUPS

SHOT, ACTION = ModificationMode.SHOT_VARIATION, ModificationMode.ACTION_SHOT
SUBTLE = ModificationMode.SUBTLE_VARIATION
LATER = re.compile(r"\blater\b", re.IGNORECASE)
CUES = {
    (SHOT, "Music Video"): "Later in the music video. ",
    (SHOT, "Commercial"): "Later in the commercial. ",
    (ACTION, "Music Video"): "Later in the music video. ",
    (ACTION, "Commercial"): "Later in the commercial. ",
    (ACTION, "Film"): "Later in the scene. ",
    (ACTION, "TV Series"): "Later in the scene. ",
    (ACTION, "Web Series"): "Later in the scene. ",
}


def prompts(request: VariationRequest) -> list[str]:
    return [variation.prompt for variation in plan(request).variations]


@pytest.mark.parametrize("mode", ModificationMode)
@pytest.mark.parametrize("group", [*GROUPS, "My own group", "", None])
def test_a_group_adds_its_cue_in_front_and_changes_nothing_else(
    mode: ModificationMode, group: str | None
) -> None:
    plain = prompts(VariationRequest(mode, 12))
    cue = CUES.get((mode, group or ""), "")
    assert prompts(VariationRequest(mode, 12, group=group)) == [cue + prompt for prompt in plain]


@pytest.mark.parametrize("written", ["music video", "MUSIC VIDEO", "  Music Video\n"])
def test_a_group_is_known_in_any_case_and_spacing(written: str) -> None:
    expected = prompts(VariationRequest(SHOT, 2, group="Music Video"))
    assert prompts(VariationRequest(SHOT, 2, group=written)) == expected


@pytest.mark.parametrize("written", ["Music Videos", "My Music Video", "music-video"])
def test_a_group_that_only_resembles_a_known_one_adds_nothing(written: str) -> None:
    plain = prompts(VariationRequest(SHOT, 2))
    assert prompts(VariationRequest(SHOT, 2, group=written)) == plain


@pytest.mark.parametrize("detail", [None, "in the rain", "Later in the night, alone", "much LATER"])
@pytest.mark.parametrize("group", [*GROUPS, None])
@pytest.mark.parametrize("mode", ModificationMode)
def test_there_is_never_more_than_one_time_cue(
    mode: ModificationMode, group: str | None, detail: str | None
) -> None:
    for prompt in prompts(VariationRequest(mode, 12, detail=detail, group=group)):
        assert len(LATER.findall(prompt)) <= 1


@given(st.sampled_from(ShotType), st.sampled_from(GROUPS))
def test_a_named_shot_has_one_time_cue_at_most(shot_type: ShotType, group: str) -> None:
    for prompt in prompts(VariationRequest(SHOT, 12, group=group, shot_types=(shot_type,))):
        assert len(LATER.findall(prompt)) == ((SHOT, group) in CUES)


def test_a_subtle_variation_is_later_in_the_scene_whatever_the_group() -> None:
    for group in (*GROUPS, None):
        for prompt in prompts(VariationRequest(SUBTLE, 3, group=group)):
            assert prompt.startswith("Later in the scene. ")
