import asyncio
import base64
import threading
from collections.abc import Iterator

import pytest
from PIL import Image

from graphapi.domain.images import SIZE_BOXES, Size
from graphapi.domain.quality import GLANCE_SIDE, QualityFlagKind, doubts
from graphapi.domain.sources import SourceLimits
from graphapi.ports.pictures import PictureFault, PictureRefused, Pictures
from graphapi.storage.pictures import PillowPictures
from tests.storage.drawing import SAMPLES, encoded, photograph, reopened


@pytest.fixture
def pictures() -> Iterator[PillowPictures]:
    pictures = PillowPictures()
    yield pictures
    pictures.close()


def test_it_is_what_the_use_cases_ask_for(pictures: PillowPictures) -> None:
    port: Pictures = pictures
    assert port is pictures


@pytest.mark.parametrize("name", ["astronaut.png", "coffee.png", "rocket.jpg", "chelsea.png"])
async def test_a_sample_is_taken_in_whole(pictures: PillowPictures, name: str) -> None:
    content = (SAMPLES / name).read_bytes()
    ingested = await pictures.ingest(content)
    original = ingested.original
    assert (original.width, original.height) == reopened(content).size
    assert reopened(original.content).size == reopened(content).size
    assert set(ingested.derivatives) == set(Size)
    for size, rendition in ingested.derivatives.items():
        stored = reopened(rendition.content)
        assert stored.size == (rendition.width, rendition.height)
        assert stored.width <= SIZE_BOXES[size][0]
        assert stored.height <= SIZE_BOXES[size][1]
    assert len(ingested.colors) == 5
    assert base64.b64decode(ingested.placeholder, validate=True)


async def test_the_same_bytes_always_give_the_same(pictures: PillowPictures) -> None:
    content = encoded(photograph(), "JPEG")
    assert await pictures.ingest(content) == await pictures.ingest(content)


async def test_no_output_carries_metadata(pictures: PillowPictures) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    for file_format in ("JPEG", "PNG", "WEBP"):
        content = encoded(photograph(), file_format, exif=exif, xmp=b"<a secret place/>")
        assert b"secret" in content
        ingested = await pictures.ingest(content)
        for rendition in (ingested.original, *ingested.derivatives.values()):
            assert b"secret" not in rendition.content
            assert not {"exif", "xmp", "icc_profile"} & reopened(rendition.content).info.keys()


async def test_a_transparent_picture_stays_transparent(pictures: PillowPictures) -> None:
    image = photograph()
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    ingested = await pictures.ingest(encoded(image, "PNG"))
    for rendition in (ingested.original, *ingested.derivatives.values()):
        assert reopened(rendition.content).mode == "RGBA"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"no picture", PictureFault.NOT_AN_IMAGE),
        (encoded(photograph(), "PNG")[:900], PictureFault.TRUNCATED),
        (encoded(Image.new("1", (10_000, 5_001)), "PNG"), PictureFault.TOO_LARGE),
    ],
    ids=["text", "cut short", "large"],
)
async def test_what_cannot_be_kept_is_refused_with_its_fault(
    pictures: PillowPictures, content: bytes, fault: PictureFault
) -> None:
    for work in (pictures.ingest(content), pictures.fit(content, 100)):
        with pytest.raises(PictureRefused) as refusal:
            await work
        assert refusal.value.fault is fault


@pytest.mark.parametrize(
    ("size", "side", "expected"),
    [((600, 400), 300, (300, 200)), ((400, 600), 300, (200, 300)), ((60, 40), 300, (60, 40))],
)
async def test_fitting_shrinks_to_a_jpeg_and_never_enlarges(
    pictures: PillowPictures, size: tuple[int, int], side: int, expected: tuple[int, int]
) -> None:
    rendition = await pictures.fit(encoded(photograph(*size), "PNG"), side)
    assert (rendition.width, rendition.height) == expected
    assert rendition.content_type == "image/jpeg"
    assert reopened(rendition.content).size == expected


async def test_fitting_lays_transparency_on_white(pictures: PillowPictures) -> None:
    clear = encoded(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "PNG")
    stored = reopened((await pictures.fit(clear, 10)).content)
    assert stored.getpixel((5, 5)) == (255, 255, 255)


async def test_the_event_loop_goes_on_meanwhile(pictures: PillowPictures) -> None:
    working = asyncio.create_task(pictures.ingest(encoded(photograph(2400, 1600), "JPEG")))
    turns = 0
    while not working.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert (await working).original.width == 2400
    assert turns > 10


async def test_no_more_threads_work_than_were_asked_for() -> None:
    pictures = PillowPictures(workers=2)
    content = encoded(photograph(), "JPEG")
    await asyncio.gather(*(pictures.ingest(content) for _ in range(12)))
    ours = [thread for thread in threading.enumerate() if thread.name.startswith("pictures")]
    assert 1 <= len(ours) <= 2
    pictures.close()


async def test_a_glance_sees_what_two_encodings_of_one_picture_have_in_common(
    pictures: PillowPictures,
) -> None:
    source = await pictures.glance(encoded(photograph(640, 360), "PNG"))
    again = await pictures.glance(encoded(photograph(640, 360), "JPEG"))
    other = await pictures.glance(encoded(Image.new("RGB", (640, 360), "teal"), "PNG"))
    assert (source.width, source.height, len(source.pixels)) == (640, 360, GLANCE_SIDE**2 * 3)
    assert [flag.kind for flag in doubts(again, source)] == [QualityFlagKind.COPY_OF_SOURCE]
    assert [flag.kind for flag in doubts(other, source)] == [QualityFlagKind.BLANK]
    with pytest.raises(PictureRefused):
        await pictures.glance(b"no picture")


BY_BYTES = SourceLimits(most_bytes=60_000)
BY_SIDE = SourceLimits(longest_side=250)
BY_PIXELS = SourceLimits(most_pixels=90_000)


@pytest.mark.parametrize("limits", [BY_BYTES, BY_SIDE, BY_PIXELS])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
async def test_a_copy_keeps_within_limits_and_is_always_the_same(
    pictures: PillowPictures, kind: str, limits: SourceLimits
) -> None:
    content = (await pictures.ingest(encoded(photograph(900, 600), kind))).original.content
    copy = await pictures.copy_within(content, limits)
    again = await pictures.copy_within(content, limits)
    assert copy == again
    seen = reopened(copy.content)
    assert (seen.format, copy.content_type) == ("JPEG", "image/jpeg")
    assert seen.size == (copy.width, copy.height)
    assert limits.admits(copy.width, copy.height, len(copy.content))
    assert abs(copy.width / copy.height - 1.5) < 0.02
    # Not much smaller than it must be, either.
    assert (
        max(len(copy.content) / 60_000, copy.width / 250, copy.width * copy.height / 90_000) > 0.8
    )


async def test_a_copy_of_what_is_within_limits_but_heavy_keeps_its_pixels(
    pictures: PillowPictures,
) -> None:
    heavy = encoded(photograph(300, 200), "PNG", compress_level=0)
    copy = await pictures.copy_within(heavy, SourceLimits(most_bytes=100_000))
    assert (copy.width, copy.height) == (300, 200)


async def test_a_copy_of_what_is_transparent_stays_so(pictures: PillowPictures) -> None:
    cut_out = photograph(300, 200).convert("RGBA")
    cut_out.putalpha(Image.linear_gradient("L").resize((300, 200)))
    for limits in (BY_SIDE, SourceLimits(most_bytes=10_000)):
        copy = await pictures.copy_within(encoded(cut_out, "PNG"), limits)
        assert copy.content_type == "image/webp"
        assert limits.admits(copy.width, copy.height, len(copy.content))
        assert reopened(copy.content).getchannel("A").getextrema() != (255, 255)


async def test_what_has_grown_on_the_way_into_storage_is_read_again(
    pictures: PillowPictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    squeezed = encoded(photograph(300, 200), "PNG", optimize=True)
    monkeypatch.setattr("graphapi.storage.decoding.MAX_PICTURE_BYTES", len(squeezed))
    stored = (await pictures.ingest(squeezed)).original.content
    assert len(stored) > len(squeezed)
    assert (await pictures.fit(stored, 100)).width == 100
    assert (await pictures.copy_within(stored, BY_SIDE)).width in {249, 250}


async def test_a_mask_is_scaled_without_any_new_colour(pictures: PillowPictures) -> None:
    drawn = Image.new("P", (90, 60))
    drawn.putpalette([0, 0, 0, 255, 255, 255])
    drawn.paste(1, (45, 0, 90, 60))
    page = encoded(photograph(30, 20), "JPEG")
    plain = await pictures.lay(encoded(drawn, "PNG"), page)
    assert (plain.content_type, plain.width, plain.height) == ("image/png", 30, 20)
    assert reopened(plain.content).convert("L").getcolors() == [(300, 0), (300, 255)]
    cut_out = await pictures.lay(encoded(drawn, "PNG", transparency=1), page)
    alpha = reopened(cut_out.content).getchannel("A")
    assert (alpha.size, alpha.getcolors()) == ((30, 20), [(300, 0), (300, 255)])
    with pytest.raises(PictureRefused):
        await pictures.lay(b"no mask", page)
