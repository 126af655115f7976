"""Grade a picture: saturation, exposure, contrast and split toning, as a colourist would."""

from dataclasses import dataclass

from PIL import Image

Tint = tuple[float, float, float]
_NEUTRAL: Tint = (0.0, 0.0, 0.0)
_LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True, slots=True)
class Grade:
    """A look. `exposure` is in stops, `lift` raises black (0 to 1), 1 leaves the others alone.

    `shadows` and `highlights` are added to red, green and blue (each -1 to 1), the more the
    darker or the brighter a pixel is.
    """

    saturation: float = 1.0
    exposure: float = 0.0
    contrast: float = 1.0
    lift: float = 0.0
    shadows: Tint = _NEUTRAL
    highlights: Tint = _NEUTRAL


def apply_grade(picture: Image.Image, grade: Grade) -> Image.Image:
    """Grade an RGB picture."""
    mixed = picture.convert("RGB", _saturation(grade.saturation))
    return mixed.point(
        [_tone(level, channel, grade) for channel in range(3) for level in range(256)]
    )


def _saturation(amount: float) -> tuple[float, ...]:
    grey = [part * (1 - amount) for part in _LUMA]
    rows = [
        [*(part + amount * (row == column) for column, part in enumerate(grey)), 0.0]
        for row in range(3)
    ]
    return tuple(value for row in rows for value in row)


def _tone(level: int, channel: int, grade: Grade) -> int:
    light = level / 255 * 2**grade.exposure
    light = light if light < 0.8 else 0.8 + 0.2 * (1 - 2 ** (-(light - 0.8) * 7))  # noqa: PLR2004 - the shoulder of the curve
    light = min(1.0, max(0.0, 0.45 + (light - 0.45) * grade.contrast))
    light += grade.shadows[channel] * (1 - light) ** 2 + grade.highlights[channel] * light
    return round(255 * min(1.0, max(0.0, grade.lift + light * (1 - grade.lift))))
