"""What is doubtful about a picture: flags where there is reason, and nowhere else."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.images import AspectRatio
from graphapi.domain.quality import GLANCE_SIDE, Glance, QualityFlagKind, doubts
from graphapi.domain.shapes import Shape

COUNT = GLANCE_SIDE * GLANCE_SIDE * 3
RATIOS = st.sampled_from(AspectRatio)


def glance(pixels: bytes | None = None, width: int = 1600, height: int = 900) -> Glance:
    """Look at a picture with something in it, unless its pixels are given."""
    return Glance(width, height, pixels or random.Random(7).randbytes(COUNT))


def shaped(ratio: str, asked: str | None = None) -> Shape:
    width, height = ratio.split(":")
    return Shape(float(width), float(height), ratio, asked or ratio)


def kinds(*looked: Glance, asked: str | None = None) -> list[QualityFlagKind]:
    return [flag.kind for flag in doubts(*looked, shape=shaped(asked) if asked else None)]


@given(RATIOS, st.integers(600, 4000))
def test_a_picture_of_the_shape_that_was_asked_for_is_not_doubted(
    ratio: AspectRatio, height: int
) -> None:
    width = round(height * ratio.width / ratio.height)
    assert kinds(glance(None, width, height), asked=ratio) == []


@given(RATIOS, st.floats(1.02, 3), st.sampled_from(["wider", "narrower"]))
def test_another_shape_is_told_with_its_measures(
    ratio: AspectRatio, off: float, turned: str
) -> None:
    factor = off if turned == "wider" else 1 / off
    width = round(2000 * ratio.width / ratio.height * factor)
    (flag,) = doubts(glance(None, width, 2000), shape=shaped(ratio))
    assert flag.kind is QualityFlagKind.WRONG_RATIO
    assert ratio.value in flag.message
    assert f"{width} by 2000" in flag.message


def test_the_shapes_that_providers_round_to_whole_blocks_are_good_enough() -> None:
    assert kinds(glance(None, 1584, 672), asked="21:9") == []
    assert kinds(glance(None, 1376, 768), asked=AspectRatio.RATIO_16_9) == []
    assert kinds(glance(None, 1344, 768), asked=AspectRatio.RATIO_16_9) != []


def test_a_shape_that_was_sent_instead_of_another_is_what_is_judged_and_both_are_told() -> None:
    nearest = shaped("21:9", asked="7:1")
    assert doubts(glance(None, 1584, 672), shape=nearest) == ()
    (flag,) = doubts(glance(), shape=nearest)
    assert flag.message == "7:1 was asked for and 21:9 was sent, and this is 1600 by 900 pixels."
    (flag,) = doubts(glance(), shape=Shape(4, 3, "landscape_4_3"))
    assert flag.message.startswith("No shape was asked for and landscape_4_3 was sent")


@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (12, 80, 200)])
def test_one_colour_all_over_is_blank_also_when_compression_made_it_waver(
    color: tuple[int, int, int],
) -> None:
    wavering = bytes(
        min(255, level + index % 5) for index, level in enumerate(color * (COUNT // 3))
    )
    assert kinds(glance(bytes(color) * (COUNT // 3))) == [QualityFlagKind.BLANK]
    assert kinds(glance(wavering)) == [QualityFlagKind.BLANK]


def test_a_dark_room_with_a_lamp_in_it_is_not_blank() -> None:
    pixels = bytearray(COUNT)
    pixels[300:306] = b"\x40" * 6
    assert kinds(glance(bytes(pixels))) == []


def test_the_source_encoded_again_is_a_copy() -> None:
    source = glance()
    again = bytes(min(255, level + index % 3) for index, level in enumerate(source.pixels))
    assert kinds(source, source) == [QualityFlagKind.COPY_OF_SOURCE]
    assert kinds(glance(again), source) == [QualityFlagKind.COPY_OF_SOURCE]


def test_a_grade_over_all_and_a_change_in_one_place_are_changes() -> None:
    source = glance(bytes(range(100, 196)) * (COUNT // 96))
    graded = bytes(level + 4 for level in source.pixels)
    smiled = bytearray(source.pixels)
    smiled[1500:1503] = bytes(level + 24 for level in smiled[1500:1503])
    assert kinds(glance(graded), source) == []
    assert kinds(glance(bytes(smiled)), source) == []
