"""What lies between the scene and the film: focus, motion, light and grain."""

import random
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from graphapi.providers.local.camera import Point

Size = tuple[int, int]

# Pillow's radial gradient runs from 0 in the middle to 180 at the edges and 255 in the corners.
_COARSE = 8  # soft things are drawn at an eighth of their size: cheaper, and as soft


@dataclass(frozen=True, slots=True)
class Lens:
    """How the picture is taken. All strengths run from 0 (none) to 1.

    `depth` throws all but the aimed point out of focus; `spot` is how far the sharp and lit part
    reaches, as a part of the frame. `streak` smears sideways and `burst` away from the aimed
    point, as motion does. `vignette` darkens the rim; `backlight` darkens the aimed point
    against a bright ground; `shoulder` puts somebody's head and shoulder in the foreground, on
    the left or, below 0, on the right. `sharpen` brings out texture.
    """

    depth: float = 0.0
    spot: float = 0.5
    streak: float = 0.0
    burst: float = 0.0
    vignette: float = 0.0
    backlight: float = 0.0
    shoulder: float = 0.0
    sharpen: float = 0.0


def expose(picture: Image.Image, aim: Point, lens: Lens) -> Image.Image:
    """Put an RGB picture through the lens, focused on a point in parts of its sides."""
    away = _away_from(aim, lens.spot, picture.size)
    if lens.sharpen:
        picture = _sharpened(picture, lens.sharpen)
    if lens.depth:
        picture = Image.composite(_defocused(picture, lens.depth), picture, away)
    if lens.streak:
        picture = Image.composite(_streaked(picture, lens.streak), picture, away)
    if lens.burst:
        picture = Image.composite(_burst(picture, aim, lens.burst), picture, away)
    if lens.backlight:
        picture = _backlit(picture, away, lens.backlight)
    if lens.shoulder:
        picture = _over_shoulder(picture, lens.shoulder)
    return _darkened(picture, lens.vignette) if lens.vignette else picture


def blend_spot(
    ground: Image.Image, picture: Image.Image, aim: Point, strength: float
) -> Image.Image:
    """Let `picture` show through `ground` around the aimed point, by `strength` (0 to 1)."""
    shown = _away_from(aim, 0.38, ground.size).point(lambda far: round((255 - far) * strength))
    return Image.composite(picture, ground, shown)


def add_grain(picture: Image.Image, amount: float, seed: int) -> Image.Image:
    """Lay film grain over a picture; the same seed gives the same grain."""
    width, height = picture.width // 2, picture.height // 2
    noise = Image.frombytes("L", (width, height), random.Random(seed).randbytes(width * height))  # noqa: S311 - grain, no secret
    levelled = noise.point(lambda level: round(128 + (level - 128) * amount))
    grain = levelled.resize(picture.size, Image.Resampling.BILINEAR)
    return ImageChops.overlay(picture, Image.merge("RGB", (grain, grain, grain)))


def _away_from(aim: Point, spot: float, size: Size) -> Image.Image:
    """Mask what is far from the aimed point: 0 around it, 255 outside, softly."""
    width, height = size[0] // _COARSE, size[1] // _COARSE
    across = max(2, round(2 * spot * max(width, height)))
    mask = Image.new("L", (width, height), 255)
    glow = Image.radial_gradient("L").point(lambda level: min(255, max(0, level - 55) * 2.04))
    left, top = round(aim[0] * width - across / 2), round(aim[1] * height - across / 2)
    mask.paste(glow.resize((across, across)), (left, top))
    return mask.resize(size, Image.Resampling.BICUBIC)


def _sharpened(picture: Image.Image, sharpen: float) -> Image.Image:
    """Overshoot from a soft copy through the picture: an unsharp mask at a third of its cost."""
    soft = picture.reduce(4).resize(picture.size, Image.Resampling.BICUBIC)
    return Image.blend(soft, picture, 1 + 0.8 * sharpen)


def _defocused(picture: Image.Image, depth: float) -> Image.Image:
    small = picture.reduce(4)
    soft = small.filter(ImageFilter.GaussianBlur(1 + 5 * depth))
    return soft.resize(picture.size, Image.Resampling.BICUBIC)


def _streaked(picture: Image.Image, streak: float) -> Image.Image:
    narrow = max(8, round(picture.width / (1 + 40 * streak)))
    smeared = picture.resize((narrow, picture.height), Image.Resampling.BOX)
    return smeared.resize(picture.size, Image.Resampling.BICUBIC)


def _burst(picture: Image.Image, aim: Point, burst: float) -> Image.Image:
    """Blend ever larger copies around the aimed point; each pass doubles their number."""
    smeared = picture.reduce(2)
    width, height = smeared.size
    for growth in (0.02, 0.04, 0.08, 0.16):
        keep = 1 / (1 + growth * burst)
        left, top = aim[0] * width * (1 - keep), aim[1] * height * (1 - keep)
        box = (left, top, left + width * keep, top + height * keep)
        closer = smeared.resize(smeared.size, Image.Resampling.BILINEAR, box=box)
        smeared = Image.blend(smeared, closer, 0.5)
    return smeared.resize(picture.size, Image.Resampling.BICUBIC)


def _backlit(picture: Image.Image, away: Image.Image, strength: float) -> Image.Image:
    """Crush the subject towards a silhouette and let the ground behind it bloom."""
    silhouette = [
        round(255 * (level / 255) ** (1 + strength) * (1 - 0.6 * strength)) for level in range(256)
    ]
    dark = picture.point(silhouette * 3)
    bloom = picture.reduce(8).filter(ImageFilter.GaussianBlur(10)).resize(picture.size)
    bright = Image.blend(picture, ImageChops.screen(picture, bloom), 0.8 * strength)
    return Image.composite(bright, dark, away)


def _over_shoulder(picture: Image.Image, shoulder: float) -> Image.Image:
    """Put a dark, soft head and shoulder into the foreground, in the picture's own tone."""
    width, height = picture.width // _COARSE, picture.height // _COARSE
    mask = Image.new("L", (width, height))
    draw = ImageDraw.Draw(mask)
    unit = min(height, width * 0.8) / 10
    # A head, its neck and a shoulder, cut by the left and the lower edge of the frame.
    for draw_part, box in (
        (draw.ellipse, (-0.9, -9.3, 3.7, -3.4)),
        (draw.rectangle, (0.1, -5.0, 2.6, 0.0)),
        (draw.ellipse, (-5.0, -2.9, 6.9, 5.0)),
    ):
        left, top, right, bottom = (unit * edge for edge in box)
        draw_part((left, height + top, right, height + bottom), fill=255)
    if shoulder < 0:
        mask = mask.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    edge = mask.filter(ImageFilter.GaussianBlur(unit * 0.3))
    soft = edge.resize(picture.size, Image.Resampling.BICUBIC)
    shade = picture.resize((1, 1), Image.Resampling.BOX).point(lambda level: level * 0.12)
    return Image.composite(shade.resize(picture.size), picture, soft)


def _darkened(picture: Image.Image, vignette: float) -> Image.Image:
    falloff = Image.radial_gradient("L").point(
        [round(255 * (1 - vignette * max(0.0, (level - 100) / 155) ** 1.6)) for level in range(256)]
    )
    wide = falloff.crop((20, 20, 236, 236)).resize(picture.size, Image.Resampling.BICUBIC)
    return ImageChops.multiply(picture, Image.merge("RGB", (wide, wide, wide)))
