"""The built-in editor: does a person see the difference, and is it always the same picture?"""

import asyncio
import io
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import AspectRatio
from graphapi.domain.variations import MAX_VARIATIONS, ModificationMode, ShotType
from graphapi.errors import Rejected
from graphapi.ports.editing import (
    Cancelled,
    CannotKnow,
    Editor,
    EditRequest,
    EditResult,
    Marker,
    Source,
    SourceRoute,
    Ticket,
)
from graphapi.providers.local import LocalEditor
from graphapi.providers.local.editor import render
from tests.providers.local.pictures import encoded, horizon, person, share_of_skin

PERSON = encoded(person())
BEAT_MODES = [mode for mode in ModificationMode if mode is not ModificationMode.SHOT_VARIATION]


def _request(content: bytes | None = PERSON, **changes: Any) -> EditRequest:
    asked: dict[str, Any] = {
        "job_id": "job_1",
        "model": "local/reframe",
        "prompt": "A wide shot.",
        "aspect_ratio": AspectRatio.RATIO_16_9,
        "source": Source(content=content),
        "mode": ModificationMode.SHOT_VARIATION,
        "shot_type": ShotType.WS,
        "beat": None,
        "seed": 7,
        "attempt_token": "secret",
        "start_seconds": 60.0,
    }
    return EditRequest(**asked | changes)


def _made(content: bytes = PERSON, **changes: Any) -> Image.Image:
    picture = Image.open(io.BytesIO(render(_request(content, **changes))))
    picture.load()
    return picture


def _shot(shot: ShotType, content: bytes = PERSON) -> Image.Image:
    return _made(content, shot_type=shot)


def _beat(mode: ModificationMode, beat: int) -> Image.Image:
    return _made(mode=mode, shot_type=None, beat=beat)


def _difference(one: Image.Image, other: Image.Image) -> float:
    """Tell how far apart two pictures look from across the room: 0 the same, 255 opposite."""
    small = [picture.resize((32, 18), Image.Resampling.BOX) for picture in (one, other)]
    return max(ImageStat.Stat(ImageChops.difference(*small)).mean)


def test_it_is_an_editor_that_takes_bytes_and_may_be_repeated() -> None:
    editor: Editor = LocalEditor()
    assert (editor.provider, editor.repeatable, editor.slots) == ("local", True, 2)
    assert editor.source_route is SourceRoute.BYTES


async def test_a_picture_is_answered_at_once_and_says_what_made_it() -> None:
    result = await LocalEditor().submit(_request())
    assert isinstance(result, EditResult)
    (image,) = result.images
    assert image.content is not None
    picture = Image.open(io.BytesIO(image.content))
    assert picture.format == "JPEG"
    assert b"no AI model" in picture.info["comment"]
    assert result.metadata.description is not None
    assert "no AI model" in result.metadata.description
    assert (result.metadata.width, result.metadata.height) == picture.size
    assert result.metadata.seed == 7


async def test_the_loop_stays_free_while_pictures_are_made() -> None:
    making = [asyncio.create_task(LocalEditor().submit(_request(seed=seed))) for seed in range(2)]
    ticks = 0
    while not all(task.done() for task in making):
        await asyncio.sleep(0.002)
        ticks += 1
    assert ticks > 5


@pytest.mark.parametrize("ratio", AspectRatio)
def test_a_frame_has_exactly_the_ratio_asked_for(ratio: AspectRatio) -> None:
    width, height = _made(aspect_ratio=ratio).size
    assert width * ratio.height == height * ratio.width
    assert 1024 <= max(width, height) <= 1280


@pytest.mark.parametrize("shot", [ShotType.WS, ShotType.CU])
def test_the_same_request_always_gives_the_same_bytes(shot: ShotType) -> None:
    assert render(_request(shot_type=shot)) == render(_request(shot_type=shot))


def test_another_seed_gives_another_picture() -> None:
    assert render(_request(seed=1)) != render(_request(seed=2))


def test_the_sixteen_shots_look_different() -> None:
    shots = {shot: _shot(shot) for shot in ShotType}
    for one, other in combinations(ShotType, 2):
        assert _difference(shots[one], shots[other]) > 3, (one, other)


@pytest.mark.parametrize("mode", ModificationMode)
def test_twelve_beats_of_a_mode_look_different(mode: ModificationMode) -> None:
    beats = [_beat(mode, beat) for beat in range(MAX_VARIATIONS)]
    for one, other in combinations(range(MAX_VARIATIONS), 2):
        assert _difference(beats[one], beats[other]) > 1, (one, other)


def test_the_modes_look_different() -> None:
    firsts = [_beat(mode, 0) for mode in BEAT_MODES] + [_shot(ShotType.WS)]
    for one, other in combinations(firsts, 2):
        assert _difference(one, other) > 4


def test_a_subtle_variation_stays_nearer_to_the_source_than_a_style_variation() -> None:
    plain = person().resize((480, 270), box=(0, 25, 480, 295))
    subtle = [_difference(plain, _beat(ModificationMode.SUBTLE_VARIATION, n)) for n in range(4)]
    style = [_difference(plain, _beat(ModificationMode.STYLE_VARIATION, n)) for n in range(4)]
    assert max(subtle) < min(style)


def test_the_nearer_the_shot_the_more_of_the_face_is_seen() -> None:
    sizes = ("EWS", "WS", "COWBOY", "MS", "MCU", "CU", "ECU")
    shares = [share_of_skin(_shot(ShotType(size))) for size in sizes]
    assert shares == sorted(shares)
    assert shares[-1] > 8 * shares[0]


@pytest.mark.parametrize("mode", [ModificationMode.B_ROLL, ModificationMode.COVERAGE])
@pytest.mark.parametrize("beat", range(4))
def test_cutaways_keep_the_face_out_of_view(mode: ModificationMode, beat: int) -> None:
    assert share_of_skin(_beat(mode, beat)) < 0.02


def test_a_dutch_angle_rolls_the_horizon() -> None:
    def edge_at(column: float, shot: ShotType) -> int:
        picture = _shot(shot, encoded(horizon())).convert("L")
        left = int(column * picture.width)
        levels = picture.crop((left, 0, left + 1, picture.height)).tobytes()
        return sum(level > 80 for level in levels)

    assert abs(edge_at(0.3, ShotType.DUTCH) - edge_at(0.7, ShotType.DUTCH)) > 80
    assert abs(edge_at(0.3, ShotType.MCU) - edge_at(0.7, ShotType.MCU)) < 20


def test_a_wide_shot_of_another_shape_leaves_no_black_bars() -> None:
    bright = encoded(Image.new("RGB", (300, 300), (200, 200, 200)))
    picture = _made(bright, shot_type=ShotType.WS).convert("L")
    assert min(picture.resize((64, 36), Image.Resampling.BOX).tobytes()) > 100


ODD = {
    "a dot": Image.new("RGB", (1, 1), "red"),
    "a ribbon": Image.new("RGB", (900, 6), "white"),
    "a mast": Image.new("L", (6, 900), 128),
    "nothing": Image.new("RGBA", (40, 30), (0, 0, 0, 0)),
    "a palette": Image.new("P", (50, 40), 3),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("ratio", [AspectRatio.RATIO_16_9, AspectRatio.RATIO_9_16])
def test_an_odd_picture_still_gives_a_frame(name: str, ratio: AspectRatio) -> None:
    content = encoded(ODD[name])
    for mode, shot in (
        (ModificationMode.SHOT_VARIATION, ShotType.EWS),
        (ModificationMode.SHOT_VARIATION, ShotType.ECU),
        (ModificationMode.COVERAGE, None),
        (ModificationMode.ACTION_SHOT, None),
    ):
        made = _made(content, mode=mode, shot_type=shot, beat=5, aspect_ratio=ratio)
        assert made.width * ratio.height == made.height * ratio.width


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, JobErrorCode.SOURCE_MISSING),
        (b"", JobErrorCode.INVALID_INPUT),
        (b"no picture", JobErrorCode.INVALID_INPUT),
        (PERSON[: len(PERSON) // 2], JobErrorCode.INVALID_INPUT),
    ],
)
async def test_a_source_that_cannot_be_read_is_refused(
    content: bytes | None, code: JobErrorCode
) -> None:
    with pytest.raises(Rejected) as refusal:
        await LocalEditor().submit(_request(content))
    assert refusal.value.code is code


async def test_nothing_is_left_to_cancel_or_to_find() -> None:
    editor = LocalEditor()
    assert await editor.cancel(Ticket("r-1")) is Cancelled.TOO_LATE
    now = datetime.now(UTC)
    assert isinstance(await editor.find(Marker("local/reframe", "x", 1, now, now)), CannotKnow)
    with pytest.raises(Rejected):
        editor.ticket("local/reframe", "r-1")
