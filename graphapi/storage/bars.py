"""Find the black bars that a letterboxed or pillarboxed frame carries, and leave them out."""

from PIL import Image

# Video black is 16 of 255; compression adds a little.
_BLACK = 20
# So much of a line may be brighter: a speck of noise, a corner of a timecode.
_STRAY = 0.02
# A vertical film in a wide frame has bars over 68 % of its width; more is simply a dark picture.
_MOST = 0.75


def without_bars(image: Image.Image) -> Image.Image:
    """Crop away equal black bars at top and bottom, left and right; RGB in, RGB out.

    Bars come in pairs of one width. Darkness on one side alone is part of the picture, and so is
    darkness everywhere.
    """
    bright = image.convert("L").point([255 * (level > _BLACK) for level in range(256)])
    bar_y = _bar(bright.resize((1, image.height), Image.Resampling.BOX))
    bright = bright.crop((0, bar_y, image.width, image.height - bar_y))
    bar_x = _bar(bright.resize((image.width, 1), Image.Resampling.BOX))
    return image.crop((bar_x, bar_y, image.width - bar_x, image.height - bar_y))


def _bar(lines: Image.Image) -> int:
    # `lines` holds, for each line across the bars, the part of it that is bright.
    bright = [level > 255 * _STRAY for level in lines.tobytes()]
    if not any(bright):
        return 0
    first, last = bright.index(True), bright[::-1].index(True)
    uneven = abs(first - last) > max(2, len(bright) // 50)
    if min(first, last) == 0 or uneven or first + last > _MOST * len(bright):
        return 0
    # One line more, for the one in which scaling mixed bar and picture.
    return max(first, last) + 1
