import pytest
from PIL import Image

from graphapi.storage.bars import without_bars
from tests.storage.drawing import photograph

# A bright scene, so that its own edges cannot be taken for bars.
SCENE = Image.merge("RGB", [band.point(lambda v: 60 + v // 2) for band in photograph().split()])


def _framed(frame: tuple[int, int], picture: tuple[int, int]) -> Image.Image:
    framed = Image.new("RGB", frame, (3, 2, 4))
    left, top = ((outer - inner) // 2 for outer, inner in zip(frame, picture, strict=True))
    framed.paste(SCENE.resize(picture), (left, top))
    return framed


@pytest.mark.parametrize(
    ("frame", "picture"),
    [
        ((320, 180), (320, 134)),  # 2.39:1 in 16:9
        ((320, 240), (320, 134)),  # 2.39:1 in 4:3
        ((320, 180), (240, 180)),  # 4:3 in 16:9
        ((320, 180), (101, 180)),  # 9:16 in 16:9
        ((320, 240), (240, 134)),  # bars all around
    ],
)
def test_bars_are_cropped_to_within_two_lines(
    frame: tuple[int, int], picture: tuple[int, int]
) -> None:
    cropped = without_bars(_framed(frame, picture))
    for found, expected in zip(cropped.size, picture, strict=True):
        assert expected - 4 <= found <= expected


@pytest.mark.parametrize(
    "picture",
    [
        SCENE,
        Image.new("RGB", (64, 48)),
        Image.new("RGB", (64, 48), (255, 255, 255)),
        Image.new("RGB", (1, 1)),
        Image.new("RGB", (1, 1), (200, 0, 0)),
    ],
)
def test_a_picture_without_bars_stays_whole(picture: Image.Image) -> None:
    assert without_bars(picture).size == picture.size


def test_darkness_on_one_side_is_part_of_the_picture() -> None:
    dusk = SCENE.copy()
    dusk.paste((0, 0, 0), (0, 0, dusk.width, dusk.height // 3))
    assert without_bars(dusk).size == dusk.size


def test_a_small_light_in_the_night_is_not_a_frame() -> None:
    night = Image.new("RGB", (320, 180), (2, 3, 8))
    night.paste((250, 240, 200), (150, 85, 170, 95))
    assert without_bars(night).size == night.size


def test_a_speck_in_a_bar_does_not_hide_it() -> None:
    framed = _framed((320, 180), (320, 134))
    framed.putpixel((7, 4), (255, 255, 255))
    assert without_bars(framed).height <= 134
