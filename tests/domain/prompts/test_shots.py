"""The sixteen shots: a spread from the first on, and facts that agree with the words."""

import pytest

from graphapi.domain.prompts import SHOTS, Angle, ShotSize
from graphapi.domain.prompts.briefs import shot_brief
from graphapi.domain.prompts.shots import Identity
from graphapi.domain.variations import ShotType

FACELESS = (ShotType.BACK, ShotType.POV, ShotType.TOP)
FACED = tuple(name for name in ShotType if name not in (*FACELESS, ShotType.HANDS))


def test_every_shot_type_is_described_in_the_documented_order() -> None:
    names = "WS CU OTS LOW EWS MCU PROF HIGH MS ECU BACK POV COWBOY TOP DUTCH HANDS"
    assert list(SHOTS) == list(ShotType) == [ShotType(name) for name in names.split()]


def test_the_first_four_are_a_wide_a_close_a_two_person_geometry_and_an_angle() -> None:
    wide, close, two, angle = list(SHOTS.values())[:4]
    assert (wide.size, wide.angle) == (ShotSize.WIDE, Angle.EYE_LEVEL)
    assert close.size is ShotSize.CLOSE
    assert two.angle is Angle.OVER_SHOULDER
    assert "two-person" in two.lead
    assert angle.angle is Angle.LOW


def test_the_first_eight_have_four_sizes_and_three_angles() -> None:
    first = list(SHOTS.values())[:8]
    assert len({shot.size for shot in first}) >= 4
    assert len({shot.angle for shot in first} & {Angle.EYE_LEVEL, Angle.LOW, Angle.HIGH}) == 3


@pytest.mark.parametrize("count", range(2, 17))
def test_any_first_n_mix_sizes_and_angles(count: int) -> None:
    first = list(SHOTS.values())[:count]
    assert len({shot.size for shot in first}) >= min(count, 4) - 1
    assert len({(shot.size, shot.angle) for shot in first}) >= count - 1


@pytest.mark.parametrize("shot_type", FACELESS)
def test_shots_that_hide_the_face_identify_by_hair_build_and_clothes(shot_type: ShotType) -> None:
    shot = SHOTS[shot_type]
    brief = shot_brief(shot)
    assert shot.hides_face
    assert shot.identity is Identity.HAIR_BUILD_AND_CLOTHES
    assert "hair, build and clothes" in brief.constraint
    assert "eyes" not in brief.constraint
    for feature in ("the same hair", "build", "clothes"):
        assert feature in brief.keep


@pytest.mark.parametrize("shot_type", FACED)
def test_shots_that_show_the_face_describe_its_features(shot_type: ShotType) -> None:
    shot = SHOTS[shot_type]
    assert not shot.hides_face
    assert "the same face shape, brow, eyes, nose, mouth and hairline" in shot_brief(shot).keep


@pytest.mark.parametrize("shot_type", ShotType)
def test_every_framing_names_the_light_and_tells_what_holds_the_direction(
    shot_type: ShotType,
) -> None:
    framing = SHOTS[shot_type].framing
    assert "light" in framing or "catchlight" in framing
    ways = ("side", "direction", "same way", "where its source truly stands")
    assert any(way in framing for way in ways)


def test_tighter_shots_keep_less_of_the_source_frame() -> None:
    plain = ("EWS", "WS", "COWBOY", "MS", "MCU", "CU", "ECU")
    upright = {SHOTS[ShotType(name)].size: SHOTS[ShotType(name)].scale for name in plain}
    by_size = [upright[size] for size in ShotSize]
    assert by_size == sorted(by_size, reverse=True)
    assert all(0 < shot.scale <= 1 for shot in SHOTS.values())


def test_only_the_dutch_angle_rolls_the_horizon() -> None:
    rolled = [shot_type for shot_type, shot in SHOTS.items() if shot.roll]
    assert rolled == [ShotType.DUTCH]
