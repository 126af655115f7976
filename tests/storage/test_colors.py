import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from graphapi.storage.colors import dominant_colors
from tests.storage.drawing import SAMPLES, photograph

HEX = re.compile(r"#[0-9a-f]{6}")
STRIPES = ("#d81e1e", "#1e5ad8", "#f0d020", "#18a048", "#e8e8e8")


def _striped(colors: tuple[str, ...], widths: tuple[int, ...]) -> Image.Image:
    image = Image.new("RGB", (sum(widths), 40))
    left = 0
    for color, width in zip(colors, widths, strict=True):
        image.paste(color, (left, 0, left + width, 40))
        left += width
    return image


@st.composite
def pictures(draw: st.DrawFn, modes: tuple[str, ...] = ("RGB", "RGBA")) -> Image.Image:
    mode = draw(st.sampled_from(modes))
    size = draw(st.tuples(st.integers(1, 12), st.integers(1, 12)))
    length = size[0] * size[1] * len(mode)
    return Image.frombytes(mode, size, draw(st.binary(min_size=length, max_size=length)))


@given(pictures())
def test_there_are_always_five_valid_colours_and_always_the_same(image: Image.Image) -> None:
    colors = dominant_colors(image)
    assert len(colors) == 5
    assert all(HEX.fullmatch(color) for color in colors)
    assert dominant_colors(image.copy()) == colors


# With alpha, so that no dark edge is taken for a bar.
@given(pictures(modes=("RGBA",)))
def test_they_are_distinct_where_the_picture_allows(image: Image.Image) -> None:
    pixels = image.tobytes()
    every = [pixels[start : start + 4] for start in range(0, len(pixels), 4)]
    visible = [pixel for pixel in every if pixel[3] >= 128]
    allowed = {pixel[:3] for pixel in visible or every}
    assert len(set(dominant_colors(image))) == min(5, len(allowed))


def test_the_most_present_comes_first() -> None:
    assert dominant_colors(_striped(STRIPES, (40, 30, 20, 10, 5))) == STRIPES


@pytest.mark.parametrize("color", ["#000000", "#ffffff", "#ff0000", "#123456"])
def test_a_picture_of_one_colour_has_it_five_times(color: str) -> None:
    assert dominant_colors(Image.new("RGB", (50, 30), color)) == (color,) * 5


def test_a_picture_of_two_colours_has_both() -> None:
    two = _striped(("#102030", "#e0d0c0"), (30, 10))
    assert set(dominant_colors(two)) == {"#102030", "#e0d0c0"}


def test_shades_of_the_night_are_told_apart() -> None:
    night = Image.linear_gradient("L").point(lambda level: level // 20).convert("RGB")
    assert len(set(dominant_colors(night))) == 5


def test_bars_do_not_count() -> None:
    framed = Image.new("RGB", (320, 240))
    framed.paste(_striped(STRIPES, (100, 80, 60, 50, 30)).resize((320, 134)), (0, 53))
    assert dominant_colors(framed) == STRIPES


def test_invisible_pixels_do_not_count() -> None:
    image = Image.new("RGBA", (60, 40), (255, 0, 255, 0))
    image.paste("#336699", (0, 0, 10, 10))
    assert dominant_colors(image) == ("#336699",) * 5


def test_a_picture_that_is_invisible_throughout_still_has_colours() -> None:
    assert dominant_colors(Image.new("RGBA", (60, 40), (1, 2, 3, 0))) == ("#010203",) * 5


def test_a_small_accent_is_not_lost() -> None:
    field = Image.linear_gradient("L").point(lambda level: 90 + level // 6).convert("RGB")
    field.paste("#e01020", (100, 100, 125, 125))  # one part in a hundred
    assert "#e01020" in dominant_colors(field)


def test_a_photograph_of_coffee_is_warm() -> None:
    for color in dominant_colors(photograph()):
        red, blue = int(color[1:3], 16), int(color[5:7], 16)
        assert red > blue


def test_the_rocket_s_night_has_sky_and_lamps() -> None:
    with Image.open(SAMPLES / "rocket.jpg") as image:
        colors = dominant_colors(image.convert("RGB"))
    blues = [color for color in colors if int(color[5:7], 16) > int(color[1:3], 16)]
    assert 2 <= len(blues) < 5
