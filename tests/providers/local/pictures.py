"""Pictures to work on, small and made here, so that what must come out of them is known."""

import io

from PIL import Image, ImageDraw

SKIN = (222, 172, 150)
WALL = (90, 125, 150)
CORNER = (40, 45, 60)


def encoded(picture: Image.Image, form: str = "PNG") -> bytes:
    """Encode a picture, without loss unless told."""
    content = io.BytesIO()
    picture.save(content, form)
    return content.getvalue()


def person(width: int = 480, height: int = 320) -> Image.Image:
    """Draw a head of skin colour on dark shoulders, against a shaded wall with a striped poster."""
    shade = Image.linear_gradient("L").rotate(90).resize((width, height))
    picture = Image.composite(
        Image.new("RGB", (width, height), WALL), Image.new("RGB", (width, height), CORNER), shade
    )
    draw = ImageDraw.Draw(picture)
    for line in range(0, height // 2, 8):
        draw.line((width * 0.05, line, width * 0.2, line), fill=(230, 230, 80), width=3)
    middle, unit = width / 2, height / 20
    draw.ellipse((middle - 5 * unit, 9 * unit, middle + 5 * unit, 30 * unit), fill=(30, 30, 36))
    draw.ellipse((middle - 2 * unit, 4 * unit, middle + 2 * unit, 9 * unit), fill=SKIN)
    return picture


def horizon(width: int = 480, height: int = 270) -> Image.Image:
    """Draw a white sky over a black sea."""
    picture = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(picture).rectangle((0, height // 2, width, height), fill="black")
    return picture


def share_of_skin(picture: Image.Image) -> float:
    """Tell how much of a picture has a colour near that of the skin, 0 to 1."""
    pixels = picture.convert("RGB").resize((160, 160), Image.Resampling.BOX)
    values = iter(pixels.tobytes())
    near = sum(
        red - blue > 35 and red > 110 and 1.05 < red / max(1, green) < 1.6
        for red, green, blue in zip(values, values, values, strict=True)
    )
    return near / (160 * 160)
