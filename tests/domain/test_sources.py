"""How large a picture may be for a model, and what is told of one that is larger."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.images import Picture
from graphapi.domain.normalisation import Handling
from graphapi.domain.sources import NO_LIMITS, SourceLimits, inside, key_inside, told_of_copies

LIMITS = SourceLimits(most_bytes=1_500_000, longest_side=3000, most_pixels=4_000_000)
SIDES = st.integers(1, 16_383)


def picture(width: int, height: int, byte_count: int) -> Picture:
    return Picture("uploads/p/original.jpg", "image/jpeg", width, height, byte_count, "0", "", ())


@pytest.mark.parametrize(
    ("width", "height", "byte_count", "fits"),
    [
        (2000, 2000, 1_500_000, True),
        (3000, 1333, 1, True),
        (2000, 2000, 1_500_001, False),
        (3001, 1, 1, False),
        (1, 3001, 1, False),
        (2001, 2000, 1, False),
    ],
)
def test_a_picture_fits_that_keeps_within_every_limit(
    width: int, height: int, byte_count: int, *, fits: bool
) -> None:
    assert LIMITS.admits(width, height, byte_count) is fits
    assert NO_LIMITS.admits(width, height, byte_count)


@given(SIDES, SIDES, st.integers(64, 20_000), st.integers(4096, 50_000_000))
def test_a_copy_keeps_within_the_limits_and_no_smaller_than_it_must(
    width: int, height: int, side: int, pixels: int
) -> None:
    limits = SourceLimits(longest_side=side, most_pixels=pixels)
    wide, high = limits.box(width, height)
    assert 1 <= wide <= width
    assert 1 <= high <= height
    # A ribbon keeps a pixel of width, whatever that makes of its shape.
    if min(wide, high) > 1:
        assert limits.admits(wide, high, 1)
        larger = (wide + 2) / width, (high + 2) / height
        grown = width * max(larger), height * max(larger)
        at_most = max(grown) > side or grown[0] * grown[1] > pixels
        assert (wide, high) == (width, height) or at_most


def test_what_is_too_large_is_told_by_its_place_and_what_it_is_held_to() -> None:
    pictures = [picture(100, 100, 1), picture(4000, 100, 9)]
    (note,) = told_of_copies(LIMITS, "image_urls", pictures)
    assert (note.parameter, note.sent_as, note.handling) == (
        "sources.1",
        "image_urls",
        Handling.CLAMPED,
    )
    assert note.asked == {"width": 4000, "height": 100, "bytes": 9}
    assert note.sent == {"mostBytes": 1_500_000, "longestSide": 3000, "mostPixels": 4_000_000}
    assert "1.5 MB and 3000 pixels a side and 4 million pixels" in note.reason
    assert told_of_copies(NO_LIMITS, "image_urls", pictures) == ()


def test_copies_for_different_limits_have_names_of_their_own() -> None:
    others = SourceLimits(longest_side=3000), SourceLimits(most_pixels=3000), NO_LIMITS
    assert len({LIMITS.name, *(each.name for each in others)}) == 4
    assert SourceLimits(longest_side=3000, inline_bytes=9, basis="x").name == others[0].name


def test_what_travels_inside_is_written_down_by_its_key_alone() -> None:
    assert key_inside(inside("uploads/p/original.jpg")) == "uploads/p/original.jpg"
    assert key_inside("https://stills.example/a.jpg") is None
    assert key_inside("") is None
