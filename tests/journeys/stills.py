"""The still that is uploaded, and a look at what came back."""

import io
from functools import cache
from pathlib import Path

from PIL import Image

import graphapi

SAMPLES = Path(graphapi.__file__).parent / "samples"
RATIOS = {"RATIO_16_9": 16 / 9, "RATIO_9_16": 9 / 16, "RATIO_1_1": 1, "RATIO_4_3": 4 / 3}


@cache
def still(side: int = 480) -> bytes:
    """Make a JPEG of a sample photograph, no larger than this."""
    with Image.open(SAMPLES / "chelsea.png") as photograph:
        picture = photograph.convert("RGB")
    picture.thumbnail((side, side))
    file = io.BytesIO()
    picture.save(file, "JPEG")
    return file.getvalue()


def size_of(content: bytes) -> tuple[int, int]:
    """Decode a picture wholly; answers its width and height."""
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        return picture.size
