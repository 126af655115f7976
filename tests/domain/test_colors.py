import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.colors import COLOR_FAMILIES, color_families, color_family, oklab

# Looked at, as patches on a neutral ground, and named as a person would search for them.
JUDGED = {
    "black": "#000000 #111111 #1a1a1a #0a0a14 #1a0f0a",
    "grey": "#37292a #2b2b2b #3b2f2f #808080 #708090 #c0c0c0 #dcdcdc #cbc4c4",
    "white": "#ffffff #e8e8e8 #fffaf0 #f5f5dc",
    "brown": "#795232 #b59369 #d9c7a7 #2f1b0c #4b3621 #5a4a3a #6b4a45 #8b4513 #a0522d #d2b48c",
    "red": "#8c3226 #ff0000 #800000 #4a0404 #d81e1e #dc143c #760d1a",
    "orange": "#ffa500 #ff7f00 #e67e22 #cc5500 #d55b37",
    "yellow": "#ffd700 #ffff00 #f0d020 #f0e68c",
    "green": "#00ff00 #008000 #006400 #0b3d0b #18a048 #556b2f #9acd32",
    "cyan": "#00ffff #008080 #40e0d0 #5f9ea0",
    "blue": "#031638 #284467 #0000ff #000080 #123456 #102030 #336699 #87ceeb #add8e6",
    "purple": "#800080 #8a2be2 #4b0082",
    "pink": "#ff69b4 #ffc0cb #c71585 #fa8072 #d8a8a0",
}
CASES = [(color, family) for family, colors in JUDGED.items() for color in colors.split()]
LEVEL = st.integers(0, 255)


def _hex(red: int, green: int, blue: int) -> str:
    return f"#{red:02x}{green:02x}{blue:02x}"


@pytest.mark.parametrize(("color", "family"), CASES)
def test_a_colour_is_named_as_it_looks(color: str, family: str) -> None:
    assert color_family(color) == family
    assert color_family(f" {color.upper()} ") == family


def test_every_family_was_looked_at() -> None:
    assert set(JUDGED) == set(COLOR_FAMILIES)


@given(LEVEL, LEVEL, LEVEL)
def test_every_colour_has_a_family(red: int, green: int, blue: int) -> None:
    assert color_family(_hex(red, green, blue)) in COLOR_FAMILIES


@given(st.integers(0, 250), st.tuples(*[st.integers(0, 5)] * 3))
def test_what_is_nearly_colourless_has_no_hue(level: int, tint: tuple[int, int, int]) -> None:
    red, green, blue = (level + each for each in tint)
    assert color_family(_hex(red, green, blue)) in {"black", "grey", "white"}


@given(st.integers(64, 255), st.floats(0, 0.6), st.floats(0, 0.6))
def test_what_is_far_more_blue_than_all_else_is_never_warm(
    blue: int, red: float, green: float
) -> None:
    family = color_family(_hex(int(blue * red), int(blue * green), blue))
    assert family in {"black", "grey", "blue", "purple"}


@pytest.mark.parametrize("word", ["red", " Grey ", "gray"])
def test_a_family_is_its_own_name(word: str) -> None:
    assert color_family(word) == word.strip().lower().replace("gray", "grey")


@pytest.mark.parametrize("word", ["", "mauve-ish", "#12345", "#1234567", "123456", "#gggggg"])
def test_what_is_no_colour_has_no_family(word: str) -> None:
    assert color_family(word) is None


def test_a_blue_night_is_not_found_by_red() -> None:
    assert color_families(["#031638", "#284467", "#37292a", "#795232", "#b59369"]) == [
        "blue",
        "grey",
        "brown",
    ]


def test_oklab_has_the_published_places_of_white_and_red() -> None:
    assert oklab((255, 255, 255)) == pytest.approx((1, 0, 0), abs=1e-3)
    assert oklab((255, 0, 0)) == pytest.approx((0.628, 0.225, 0.126), abs=1e-3)
