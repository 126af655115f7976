import base64

import pytest
import thumbhash  # type: ignore[import-untyped]  # it ships no types
from PIL import Image

from graphapi.storage.placeholder import placeholder
from tests.storage.drawing import photograph


def _decoded(image: Image.Image) -> list[int]:
    return list(base64.b64decode(placeholder(image), validate=True))


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (320, 213), (90, 320), (32, 32)])
def test_a_picture_of_any_shape_has_one(size: tuple[int, int]) -> None:
    assert 5 <= len(_decoded(photograph(*size))) <= 25


def test_it_shows_the_average_colour_and_the_shape() -> None:
    hashed = _decoded(Image.new("RGB", (320, 180), (200, 40, 40)))
    red, green, blue, alpha = thumbhash.thumb_hash_to_average_rgba(hashed)
    assert (round(red * 255), round(green * 255), round(blue * 255)) == pytest.approx(
        (200, 40, 40), abs=8
    )
    assert alpha == 1
    assert thumbhash.thumb_hash_to_approximate_aspect_ratio(hashed) == pytest.approx(16 / 9, 0.2)
