"""Pictures made on the spot, and photographs from the samples."""

import io
from pathlib import Path

from PIL import Image

import graphapi

SAMPLES = Path(graphapi.__file__).parent / "samples"


def photograph(width: int = 300, height: int = 200) -> Image.Image:
    """A real photograph at a size of choice."""
    with Image.open(SAMPLES / "coffee.png") as image:
        return image.convert("RGB").resize((width, height))


def encoded(image: Image.Image, file_format: str, **options: object) -> bytes:
    """The picture as a file."""
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def reopened(content: bytes) -> Image.Image:
    """The pixels of a file."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image
