"""Sizes of pictures: what decides, the nearest that is made, and what is said of it."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from graphapi.domain.framing import (
    AUTO,
    RATIO,
    RESOLUTION,
    SIZE,
    Framed,
    clamped,
    frame,
    nearest_shape,
    nearest_tier,
)
from graphapi.domain.models import Model
from graphapi.domain.options import Handling, Normalisation, Options, settle
from graphapi.errors import Refused, UserErrorCode
from graphapi.providers.model_rows import load_models

(GEMINI,) = [model for model in load_models() if model.id == "gemini-3-pro-image"]
SIZES = GEMINI.sizes
# Lumenfall's own page, literally.
DOCUMENTED = """
21:9 1563x670 3129x1341 6256x2681
16:9 1365x768 2731x1536 5461x3072
3:2 1254x836 2508x1672 5016x3344
4:3 1183x887 2365x1774 4729x3547
5:4 1145x916 2290x1832 4580x3664
1:1 1024x1024 2048x2048 4096x4096
4:5 916x1145 1832x2290 3663x4579
3:4 887x1182 1774x2365 3548x4730
2:3 836x1254 1672x2508 3345x5017
9:16 768x1365 1536x2731 3072x5461
"""
TABLE = {
    (shape, tier): size
    for shape, *sizes in map(str.split, DOCUMENTED.strip().splitlines())
    for tier, size in zip(("1K", "2K", "4K"), sizes, strict=True)
}
TALL_AND_WIDE = {
    shape: {"1K": (1024, 1024)} for shape in ("4:1", "8:1", "1:4", "1:8", "1:1", "16:9")
}

sides = st.integers(1, 99_999)
pixels = st.builds("{}x{}".format, sides, sides)
shapes = st.builds("{}:{}".format, sides, sides)
tiers = st.sampled_from(["1K", "2K", "4K", "0.5K", "3k", "8K", "0.25", "1", "6.5", AUTO])
sizes = st.one_of(st.none(), st.just(AUTO), pixels, shapes)


def made() -> set[str]:
    return {f"{width}x{height}" for row in SIZES.values() for width, height in row.values()}


@pytest.mark.parametrize(("shape", "tier"), TABLE)
def test_every_documented_size_is_what_is_sent_for_its_shape_and_tier(
    shape: str, tier: str
) -> None:
    wire = {SIZE: TABLE[shape, tier]}
    assert frame(SIZES, ratio=shape, resolution=tier).wire == wire
    assert frame(SIZES, size=shape, resolution=tier).wire == wire


@pytest.mark.parametrize("size", TABLE.values())
def test_every_documented_size_maps_to_itself(size: str) -> None:
    framed = frame(SIZES, size=size, ratio="1:1", resolution="4K")
    assert framed == Framed({SIZE: size}, frozenset({SIZE}), met=frozenset({SIZE}))


@given(sizes, st.none() | shapes, st.none() | tiers)
def test_nothing_is_sent_but_what_is_made_and_framing_it_again_changes_nothing(
    size: str | None, ratio: str | None, resolution: str | None
) -> None:
    wire = frame(SIZES, size, ratio, resolution).wire
    assert wire.get(SIZE, AUTO) in {AUTO, *made()}
    assert wire.get(RATIO, "1:1") in SIZES
    assert wire.get(RESOLUTION, AUTO) in {AUTO, "1K", "2K", "4K"}
    assert frame(SIZES, wire.get(SIZE), wire.get(RATIO), wire.get(RESOLUTION)).wire == wire


@given(pixels, st.none() | shapes, st.none() | tiers)
def test_pixels_decide_shape_and_scale_whatever_else_is_asked(
    size: str, ratio: str | None, resolution: str | None
) -> None:
    assert frame(SIZES, size, ratio, resolution) == frame(SIZES, size)


@given(shapes, st.none() | shapes, st.none() | tiers)
def test_a_shape_as_the_size_is_the_same_as_an_aspect_ratio_and_comes_before_it(
    size: str, ratio: str | None, resolution: str | None
) -> None:
    both = frame(SIZES, size, ratio, resolution).wire
    assert both == frame(SIZES, None, size, resolution).wire


@pytest.mark.parametrize(
    ("size", "ratio", "resolution", "wire"),
    [
        ("2000x1000", "1:1", "4K", {SIZE: "1365x768"}),
        ("3:2", "1:1", "2K", {SIZE: "2508x1672"}),
        ("3:2", "1:1", None, {RATIO: "3:2"}),
        (None, "16:9", "2K", {SIZE: "2731x1536"}),
        (None, "16:9", None, {RATIO: "16:9"}),
        (None, "16:9", AUTO, {RATIO: "16:9", RESOLUTION: AUTO}),
        (None, None, "3K", {RESOLUTION: "4K"}),
        (None, None, "0.5K", {RESOLUTION: "1K"}),
        (None, None, "0.25", {RESOLUTION: "1K"}),
        (None, None, "4.2", {RESOLUTION: "2K"}),
        (None, None, AUTO, {RESOLUTION: AUTO}),
        (AUTO, "4:5", "1K", {SIZE: "916x1145"}),
        (AUTO, None, None, {SIZE: AUTO}),
        (None, None, None, {}),
    ],
)
def test_what_decides_is_size_then_shape_with_resolution_then_either(
    size: str | None, ratio: str | None, resolution: str | None, wire: dict[str, str]
) -> None:
    assert frame(SIZES, size, ratio, resolution).wire == wire


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [("7:1", "8:1"), ("1:7", "1:8"), ("5:1", "4:1"), ("1:5", "1:4"), ("2.39:1", "16:9")],
)
def test_the_nearest_shape_is_by_how_many_times_one_is_the_other(asked: str, nearest: str) -> None:
    assert frame(TALL_AND_WIDE, ratio=asked).wire == {RATIO: nearest}


@given(st.floats(9 / 16, 16 / 9))
def test_a_shape_and_its_turned_one_are_treated_alike(shape: float) -> None:
    parts = map(_parts, SIZES)
    first, second, *_ = sorted(abs(math.log(shape * high / wide)) for wide, high in parts)
    assume(second - first > 1e-9)
    width, height = _parts(nearest_shape(SIZES, shape))
    assert nearest_shape(SIZES, 1 / shape) == f"{height}:{width}"


def _parts(shape: str) -> tuple[int, int]:
    width, _, height = shape.partition(":")
    return int(width), int(height)


def test_the_nearest_tier_is_by_how_many_times_larger() -> None:
    tiers_of_a_square = SIZES["1:1"]
    assert nearest_tier(tiers_of_a_square, 1448) == "1K"
    assert nearest_tier(tiers_of_a_square, 1449) == "2K"
    assert nearest_tier(tiers_of_a_square, 3000) == "4K"


@given(st.floats(1, 1e5), st.floats(1, 1e5), st.integers(1, 1000), st.integers(1000, 9000))
def test_clamping_keeps_both_sides_within_limits_and_the_ratio_to_a_pixel(
    width: float, height: float, least: int, most: int
) -> None:
    got = clamped((width, height), least, most)
    assert all(least <= side <= most for side in got)
    if max(width, height) / min(width, height) <= most / least:
        # Each side is off by half a pixel at most, whatever the scale is.
        low, high = (got[0] - 0.51) / width, (got[0] + 0.51) / width
        assert low * height - 0.51 <= got[1] <= high * height + 0.51
    assert clamped(got, least, most) == got


@given(st.integers(1000, 2000), st.integers(1000, 2000))
def test_what_is_within_limits_is_not_clamped(width: int, height: int) -> None:
    assert clamped((width, height), 1000, 2000) == (width, height)


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"size": "large"}, UserErrorCode.INVALID_INPUT),
        ({"size": "0x100"}, UserErrorCode.INVALID_INPUT),
        ({"size": "100x"}, UserErrorCode.INVALID_INPUT),
        ({"size": "0:1"}, UserErrorCode.INVALID_INPUT),
        ({"resolution": "big"}, UserErrorCode.INVALID_INPUT),
        ({"resolution": "0K"}, UserErrorCode.INVALID_INPUT),
        ({"resolution": ""}, UserErrorCode.INVALID_INPUT),
    ],
)
def test_what_is_no_size_is_refused(named: dict[str, str], code: UserErrorCode) -> None:
    with pytest.raises(Refused) as refused:
        settle(GEMINI, Options(named), ratio="16:9")
    assert refused.value.code is code
    assert refused.value.field == ("options", *named)


def test_what_is_no_shape_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        settle(GEMINI, ratio="square")
    assert refused.value.code is UserErrorCode.RATIO_UNSUPPORTED


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_no_text_can_break_the_framing(size: str, ratio: str, resolution: str) -> None:
    try:
        wire = frame(SIZES, size, ratio, resolution).wire
    except Refused:
        return
    assert frame(SIZES, wire.get(SIZE), wire.get(RATIO), wire.get(RESOLUTION)).wire == wire


def notes(model: Model, ratio: str | None, **named: object) -> dict[str, Normalisation]:
    settled = settle(model, Options(named), ratio=ratio)
    return {note.parameter: note for note in settled.notes}


def test_each_part_of_a_size_says_what_became_of_it() -> None:
    said = notes(GEMINI, "7:1", resolution="3K")
    for name in ("aspectRatio", "resolution"):
        assert (said[name].sent_as, said[name].sent) == (SIZE, "6256x2681")
        assert said[name].handling is Handling.CLAMPED
        assert "is the nearest that it does, by how many times" in said[name].reason
    assert (said["aspectRatio"].asked, said["resolution"].asked) == ("7:1", "3K")
    made = notes(GEMINI, "16:9", resolution="2K")
    for name in ("aspectRatio", "resolution"):
        assert (made[name].sent, made[name].handling) == ("2731x1536", Handling.CONVERTED)


@pytest.mark.parametrize(
    ("name", "asked", "handling"),
    [
        ("resolution", "8K", Handling.CLAMPED),
        ("resolution", "0.5K", Handling.CLAMPED),
        ("resolution", "3K", Handling.CLAMPED),
        ("resolution", "0.25", Handling.CLAMPED),
        ("resolution", "4", Handling.CONVERTED),  # megapixels: just 2K
        ("size", "7:1", Handling.CLAMPED),
        ("size", "32:18", Handling.CONVERTED),
        ("size", "3840x2160", Handling.CLAMPED),
    ],
)
def test_the_nearest_that_is_made_is_never_said_to_mean_the_same(
    name: str, asked: str, handling: Handling
) -> None:
    assert notes(GEMINI, None, **{name: asked})[name].handling is handling


@pytest.mark.parametrize(
    ("size", "sent", "handling"),
    [
        ("1365x768", "1365x768", Handling.PASSED),
        ("2560x1440", "2731x1536", Handling.CLAMPED),
        ("9000x9000", "4096x4096", Handling.CLAMPED),
        ("64x64", "1024x1024", Handling.CLAMPED),
    ],
)
def test_a_size_in_pixels_is_passed_or_clamped(size: str, sent: str, handling: Handling) -> None:
    said = notes(GEMINI, "16:9", size=size)
    assert (said["size"].sent_as, said["size"].sent, said["size"].handling) == (
        SIZE,
        sent,
        handling,
    )
    assert (said["aspectRatio"].sent_as, said["aspectRatio"].sent) == (None, None)
    assert said["aspectRatio"].handling is Handling.OVERRULED
    # Nobody asked for a resolution, and none is sent: there is nothing to say of it.
    assert "resolution" not in said


def test_a_default_resolution_is_not_put_upon_one_who_asks_for_auto() -> None:
    assert settle(GEMINI, Options({"size": AUTO})).wire["size"] == AUTO
    assert "resolution" not in settle(GEMINI, Options({"size": AUTO})).wire
    assert settle(GEMINI, Options({"resolution": AUTO}), ratio="1:1").wire["resolution"] == AUTO


def test_what_the_gateway_sees_to_itself_is_said_to_be_emulated() -> None:
    said = notes(GEMINI, "1:1", responseFormat="b64_json", outputFormat="webp", seed=4)
    assert said["numImages"].handling is Handling.EMULATED
    assert said["responseFormat"].handling is Handling.EMULATED
    assert said["outputFormat"].handling is Handling.EMULATED
    assert said["seed"].handling is Handling.PASSED
    assert notes(GEMINI, "1:1")["responseFormat"].handling is Handling.DEFAULTED


@given(sizes, st.none() | shapes, st.none() | tiers)
def test_whatever_was_asked_is_answered_for(
    size: str | None, ratio: str | None, resolution: str | None
) -> None:
    settled = settle(GEMINI, Options({"size": size, "resolution": resolution}), ratio=ratio)
    said = {note.parameter: note for note in settled.notes}
    asked = {"size": size, "aspectRatio": ratio, "resolution": resolution}
    for name, value in asked.items():
        if value is not None:
            assert said[name].asked == value
            assert said[name].reason
            if said[name].sent_as:
                assert settled.wire[said[name].sent_as or ""] == said[name].sent
