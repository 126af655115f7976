import io
import struct
import time
import zlib
from collections.abc import Iterable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from graphapi.errors import UserErrorCode
from graphapi.ports.pictures import MAX_PICTURE_BYTES, PictureFault, PictureRefused
from graphapi.storage.decoding import decode
from tests.storage.drawing import encoded, photograph

FILES = {
    "jpeg": encoded(photograph(), "JPEG"),
    "progressive jpeg": encoded(photograph(), "JPEG", progressive=True),
    "png": encoded(photograph(), "PNG"),
    "webp": encoded(photograph(), "WEBP"),
    "lossless webp": encoded(photograph(), "WEBP", lossless=True),
    "gif": encoded(photograph(), "GIF"),
    "avif": encoded(photograph(), "AVIF"),
}
LOSSLESS = {"png", "lossless webp", "gif"}
RED, BLUE = (200, 30, 30), (30, 30, 200)


def _fault(content: bytes) -> PictureFault:
    with pytest.raises(PictureRefused) as refusal:
        decode(content)
    return refusal.value.fault


def _near(one: Iterable[int], other: Iterable[int], tolerance: int = 6) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))


def _pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    pixel = image.getpixel((x, y))
    assert isinstance(pixel, tuple)
    return pixel


@pytest.mark.parametrize("name", FILES)
def test_every_accepted_format_gives_its_pixels(name: str) -> None:
    decoded = decode(FILES[name])
    assert decoded.image.size == (300, 200)
    assert decoded.image.mode == "RGB"
    assert decoded.lossless is (name in LOSSLESS)
    assert _near(_pixel(decoded.image, 150, 20), _pixel(photograph(), 150, 20), 40)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("part", [0.02, 0.3, 0.9])
def test_a_file_cut_short_is_called_truncated(name: str, part: float) -> None:
    content = FILES[name]
    assert _fault(content[: int(len(content) * part)]) is PictureFault.TRUNCATED


@given(st.data())
def test_no_damage_whatever_brings_more_than_a_refusal(data: st.DataObject) -> None:
    content = bytearray(FILES[data.draw(st.sampled_from(sorted(FILES)))])
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1) | st.integers(0, 60))
        content[place] = data.draw(st.integers(0, 255))
    with suppress(PictureRefused):
        assert decode(bytes(content)).image.mode in ("RGB", "RGBA")


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_no_image(content: bytes) -> None:
    assert _fault(b"no picture " + content) is PictureFault.NOT_AN_IMAGE


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html></html>", b"%PDF-1.7 "],
)
def test_other_files_are_no_image(content: bytes) -> None:
    assert _fault(content) is PictureFault.NOT_AN_IMAGE


@pytest.mark.parametrize("file_format", ["BMP", "TIFF", "ICO", "PPM", "TGA", "EPS"])
def test_a_format_that_is_not_accepted_is_no_image(file_format: str) -> None:
    assert _fault(encoded(photograph(), file_format)) is PictureFault.NOT_AN_IMAGE


def test_a_refusal_has_the_code_of_its_fault() -> None:
    assert PictureRefused(PictureFault.TOO_LARGE, "").code is UserErrorCode.SOURCE_TOO_LARGE
    assert PictureRefused(PictureFault.TRUNCATED, "").code is UserErrorCode.SOURCE_NOT_AN_IMAGE
    assert PictureRefused(PictureFault.NOT_AN_IMAGE, "").code is UserErrorCode.SOURCE_NOT_AN_IMAGE


def test_too_many_bytes_are_refused_unread() -> None:
    assert _fault(FILES["jpeg"] + bytes(MAX_PICTURE_BYTES)) is PictureFault.TOO_LARGE


@pytest.mark.parametrize(
    "size", [(10_000, 5_001), (16_384, 10), (12_000, 12_000), (60_000, 60_000)]
)
def test_too_many_pixels_are_refused_from_the_header_alone(size: tuple[int, int]) -> None:
    # Nothing but a header: were a pixel decoded first, the file would be called truncated.
    header = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", b"")
    assert _fault(png) is PictureFault.TOO_LARGE


def test_the_most_pixels_are_taken() -> None:
    decoded = decode(encoded(Image.new("1", (10_000, 5_000)), "PNG"))
    assert decoded.image.size == (10_000, 5_000)


@pytest.mark.parametrize("side", [20_000, 60_000])
def test_a_huge_canvas_around_a_small_webp_is_refused(side: int) -> None:
    webp = bytearray(
        encoded(photograph(), "WEBP", save_all=True, append_images=[photograph().rotate(90)])
    )
    assert webp[12:16] == b"VP8X"
    webp[24:30] = (side - 1).to_bytes(3, "little") * 2
    assert _fault(bytes(webp)) is PictureFault.TOO_LARGE


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "AVIF", "PNG"])
def test_of_an_animation_the_first_frame_is_taken(file_format: str) -> None:
    first, second = Image.new("RGB", (40, 30), RED), Image.new("RGB", (40, 30), BLUE)
    content = encoded(first, file_format, save_all=True, append_images=[second], duration=100)
    decoded = decode(content)
    assert decoded.image.size == (40, 30)
    assert _near(_pixel(decoded.image, 20, 15), RED)


def test_a_hundred_thousand_frames_cost_nothing() -> None:
    gif = encoded(Image.new("P", (8, 8)), "GIF")
    frame = b"\x2c" + struct.pack("<HHHH", 0, 0, 1, 1) + b"\0\x02\x02\x44\x01\0"
    before = time.perf_counter()
    assert decode(gif[:-1] + frame * 100_000 + b";").image.size == (8, 8)
    assert time.perf_counter() - before < 1


def test_a_jpeg_with_thousands_of_scans_is_refused_undecoded() -> None:
    jpeg = encoded(Image.new("L", (5000, 5000)), "JPEG", progressive=True)
    last_scan = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    before = time.perf_counter()
    assert _fault(jpeg[:-2] + last_scan * 20_000 + jpeg[-2:]) is PictureFault.TRUNCATED
    assert time.perf_counter() - before < 1


def test_a_text_that_unpacks_to_much_more_is_refused() -> None:
    png = FILES["png"]
    packed = b"Comment\0\0" + zlib.compress(bytes(200_000_000))
    assert _fault(png[:33] + _chunk(b"zTXt", packed) + png[33:]) is PictureFault.TRUNCATED


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photograph_is_set_upright(orientation: int) -> None:
    # What a camera held so stores: the scene, turned and mirrored the other way.
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    scene = Image.new("RGB", (60, 40), BLUE)
    scene.paste(RED, (0, 0, 20, 20))
    stored = scene.transpose(undo[orientation]) if orientation in undo else scene
    exif = Image.Exif()
    exif[0x0112] = orientation
    decoded = decode(encoded(stored, "JPEG", exif=exif, subsampling=0)).image
    assert decoded.size == (60, 40)
    assert _near(_pixel(decoded, 5, 5), RED)
    assert _near(_pixel(decoded, 50, 30), BLUE)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize(
    "exif",
    [b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0"],
    ids=["garbage", "offset", "empty"],
)
def test_broken_exif_is_no_reason_to_refuse(exif: bytes) -> None:
    assert decode(encoded(photograph(), "JPEG", exif=exif)).image.size == (300, 200)


def test_nothing_but_pixels_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    content = encoded(photograph(), "JPEG", exif=exif, comment=b"a secret", dpi=(300, 300))
    assert decode(content).image.info == {}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_becomes_rgb(mode: str) -> None:
    if mode == "I;16":
        image = Image.frombytes("I;16", (2, 1), struct.pack("<HH", 0xFFFF, 0x8000))
    else:
        image = Image.new("RGB", (2, 1), (255, 255, 255)).convert(mode)
    decoded = decode(encoded(image, "PNG")).image
    assert decoded.mode == "RGB"
    assert _pixel(decoded, 0, 0) == (255, 255, 255)
    if mode == "I;16":
        assert _pixel(decoded, 1, 0) == (128, 128, 128)


def test_print_colours_become_screen_colours() -> None:
    content = encoded(Image.new("CMYK", (30, 30), (0, 255, 255, 0)), "JPEG", quality=95)
    assert _near(_pixel(decode(content).image, 15, 15), (255, 0, 0))


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "GIF", "AVIF"])
def test_transparency_is_kept(file_format: str) -> None:
    image = Image.new("RGBA", (30, 30), (*RED, 255))
    image.paste((0, 0, 0, 0), (0, 0, 15, 30))
    decoded = decode(encoded(image, file_format)).image
    assert decoded.mode == "RGBA"
    assert _pixel(decoded, 3, 15)[3] == 0
    assert _near(_pixel(decoded, 26, 15), (*RED, 255))


@pytest.mark.parametrize("mode", ["P", "RGB"])
def test_one_colour_declared_transparent_becomes_alpha(mode: str) -> None:
    image = Image.new("RGB", (4, 4), RED)
    image.putpixel((0, 0), BLUE)
    stored = image.convert(mode, palette=Image.Palette.ADAPTIVE) if mode == "P" else image
    decoded = decode(encoded(stored, "PNG", transparency=stored.getpixel((0, 0)))).image
    assert [_pixel(decoded, 0, 0)[3], _pixel(decoded, 3, 3)[3]] == [0, 255]


def _lab_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P"])
@pytest.mark.parametrize("profile", [b"garbage", _lab_profile()], ids=["garbage", "lab"])
def test_a_profile_that_does_not_fit_is_ignored(mode: str, profile: bytes) -> None:
    image = Image.new("RGB", (4, 4), (102, 102, 102)).convert(mode)
    decoded = decode(encoded(image, "PNG", icc_profile=profile)).image
    assert _near(_pixel(decoded, 1, 1), (102, 102, 102), 20)


def test_colours_are_converted_from_their_profile() -> None:
    wide = _profile_with_swapped_primaries()
    content = encoded(Image.new("RGB", (4, 4), (250, 20, 20)), "PNG", icc_profile=wide)
    assert _near(_pixel(decode(content).image, 1, 1), (20, 250, 20), 30)


def _profile_with_swapped_primaries() -> bytes:
    # sRGB, with the tags of its red and green primaries exchanged and another name.
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    name = "sRGB".encode("utf-16-be")
    assert name in profile
    return bytes(profile.replace(name, "swap".encode("utf-16-be")))


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def test_a_profile_of_srgb_changes_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = photograph()
    decoded = decode(encoded(image, "PNG", icc_profile=profile)).image
    assert decoded.tobytes() == image.tobytes()


def test_a_phone_s_double_picture_is_one_picture() -> None:
    buffer = io.BytesIO()
    photograph().save(buffer, "MPO", save_all=True, append_images=[photograph().rotate(180)])
    decoded = decode(buffer.getvalue())
    assert (decoded.image.size, decoded.lossless) == ((300, 200), False)
