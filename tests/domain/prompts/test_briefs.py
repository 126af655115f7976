"""The standing sentences: features instead of "the same face", and what is there."""

import pytest

from graphapi.domain.prompts.briefs import BRIEFS
from graphapi.domain.variations import ModificationMode

EMPTY = (ModificationMode.B_ROLL, ModificationMode.COVERAGE)
PEOPLED = tuple(mode for mode in ModificationMode if mode not in EMPTY)


def test_every_mode_has_its_brief() -> None:
    assert set(BRIEFS) == set(ModificationMode)


@pytest.mark.parametrize("mode", PEOPLED)
def test_a_person_is_kept_by_features_not_by_a_word(mode: ModificationMode) -> None:
    brief = BRIEFS[mode]
    for feature in ("face shape", "eyes", "hairline", "build"):
        assert feature in brief.keep
        assert feature in brief.constraint
    assert ("wardrobe" in brief.keep) is (mode is not ModificationMode.STYLE_VARIATION)


@pytest.mark.parametrize("mode", PEOPLED)
def test_a_still_without_a_person_stays_without_one(mode: ModificationMode) -> None:
    assert "If this still shows no person" in BRIEFS[mode].keep
    assert "nobody is added" in BRIEFS[mode].keep


@pytest.mark.parametrize("mode", EMPTY)
def test_an_empty_place_says_what_is_there_as_well_as_what_is_not(mode: ModificationMode) -> None:
    brief = BRIEFS[mode]
    assert "empty, quiet place" in brief.lead
    assert "fill" in brief.constraint
    assert "no people" in brief.constraint


@pytest.mark.parametrize("mode", ModificationMode)
def test_the_rule_that_comes_last_is_one_sentence(mode: ModificationMode) -> None:
    constraint = BRIEFS[mode].constraint
    assert constraint.startswith("Above all, ")
    assert constraint.count(".") == 1
    assert constraint.endswith(".")


@pytest.mark.parametrize("mode", ModificationMode)
def test_every_mode_names_its_light(mode: ModificationMode) -> None:
    assert "light" in BRIEFS[mode].light


@pytest.mark.parametrize("mode", ModificationMode)
def test_the_description_has_one_place_in_quotation_marks(mode: ModificationMode) -> None:
    assert BRIEFS[mode].anchor.count('"{description}"') == 1
