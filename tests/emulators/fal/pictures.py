"""The pictures that the emulated models make: real ones, of the shape asked for."""

import colorsys
from io import BytesIO

from PIL import Image, ImageOps

# What the model behind nano-banana-pro answers at 1K.
SIZES = {
    "21:9": (1584, 672),
    "16:9": (1376, 768),
    "3:2": (1264, 848),
    "4:3": (1200, 896),
    "5:4": (1152, 928),
    "1:1": (1024, 1024),
    "4:5": (928, 1152),
    "3:4": (896, 1200),
    "2:3": (848, 1264),
    "9:16": (768, 1376),
    "4:1": (2048, 512),
    "1:4": (512, 2048),
    "8:1": (3072, 384),
    "1:8": (384, 3072),
}
SCALES = {"0.5K": 0.5, "1K": 1, "2K": 2, "4K": 4}


def size_of(ratio: str, resolution: str, source: Image.Image | None) -> tuple[int, int]:
    """Tell the pixels of a result; `auto` is the shape nearest to the source's."""
    if ratio == "auto":
        wanted = source.width / source.height if source else 1.0
        ratio = min(SIZES, key=lambda name: abs(SIZES[name][0] / SIZES[name][1] - wanted))
    width, height = SIZES[ratio]
    return int(width * SCALES[resolution]), int(height * SCALES[resolution])


def opened(content: bytes) -> Image.Image:
    """Decode a source picture; raises OSError."""
    with Image.open(BytesIO(content)) as picture:
        return picture.convert("RGB")


def drawn(source: Image.Image | None, size: tuple[int, int], seed: int, encoding: str) -> bytes:
    """Draw the source, cropped to size and tinted by the seed, or else a gradient."""
    tint = _tint(seed)
    if source is None:
        picture = ImageOps.colorize(Image.linear_gradient("L").resize(size), "black", tint)
    else:
        solid = Image.new("RGB", size, tint)
        picture = Image.blend(ImageOps.fit(source, size), solid, 0.35)
    file = BytesIO()
    picture.save(file, encoding.upper(), **({"compress_level": 1} if encoding == "png" else {}))
    return file.getvalue()


def _tint(seed: int) -> tuple[int, int, int]:
    # Steps of the golden ratio keep neighbouring seeds apart in hue.
    red, green, blue = colorsys.hsv_to_rgb(seed * 0.618033988749895 % 1, 0.7, 0.9)
    return round(red * 255), round(green * 255), round(blue * 255)
