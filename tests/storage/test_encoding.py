import pytest
from PIL import Image, ImageChops, ImageStat

from graphapi.domain.images import SIZE_BOXES, Size
from graphapi.storage import encoding
from tests.storage.drawing import photograph, reopened


@pytest.mark.parametrize(
    ("lossless", "mode", "expected"),
    [
        (False, "RGB", "image/jpeg"),
        (True, "RGB", "image/png"),
        (False, "RGBA", "image/png"),
        (True, "RGBA", "image/png"),
    ],
)
def test_a_whole_picture_keeps_its_size_and_its_kind(
    *, lossless: bool, mode: str, expected: str
) -> None:
    image = photograph(333, 217)
    image.putalpha(90)
    rendition = encoding.full(image.convert(mode), lossless=lossless)
    assert (rendition.content_type, rendition.width, rendition.height) == (expected, 333, 217)
    stored = reopened(rendition.content)
    assert (stored.mode, stored.size) == (mode, (333, 217))
    assert Image.MIME[stored.format or ""] == expected


def test_a_lossless_picture_keeps_every_pixel() -> None:
    rendition = encoding.full(photograph(), lossless=True)
    assert reopened(rendition.content).tobytes() == photograph().tobytes()


def test_a_photograph_loses_nothing_that_is_seen() -> None:
    stored = reopened(encoding.full(photograph(), lossless=False).content)
    difference = ImageStat.Stat(ImageChops.difference(stored, photograph()))
    assert max(difference.mean) < 3  # of 255


@pytest.mark.parametrize("size", [(3000, 2000), (2000, 3000), (1920, 1080), (4000, 40), (17, 3)])
def test_derived_pictures_fit_their_boxes_and_keep_the_shape(size: tuple[int, int]) -> None:
    scaled = encoding.scaled(Image.new("RGB", size))
    assert set(scaled) == set(Size)
    for name, image in scaled.items():
        scale = min(1, *(box / side for box, side in zip(SIZE_BOXES[name], size, strict=True)))
        assert image.size == pytest.approx([max(1, side * scale) for side in size], abs=1.01)
        assert all(side <= box for side, box in zip(image.size, SIZE_BOXES[name], strict=True))


def test_a_small_picture_is_not_enlarged() -> None:
    assert {image.size for image in encoding.scaled(Image.new("RGB", (90, 60))).values()} == {
        (90, 60)
    }


def test_a_derived_picture_is_a_jpeg_or_a_webp_with_its_transparency() -> None:
    image = photograph()
    assert encoding.small(image).content_type == "image/jpeg"
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    rendition = encoding.small(image)
    assert rendition.content_type == "image/webp"
    assert reopened(rendition.content).mode == "RGBA"
