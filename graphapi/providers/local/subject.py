"""Find what a picture is about, from its pixels: no model, a few honest rules of thumb.

Everything is measured on a miniature and answered in parts of the picture's width and height,
so that a point of (0.5, 0.5) is its middle.
"""

from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from graphapi.providers.local.camera import Point

_MINI = 96
_FLOOD = 128


@dataclass(frozen=True, slots=True)
class Subject:
    """Where the eye goes. `reach` is half the subject's size; `face` tells if skin was found.

    `away` are places without the subject, the emptiest first; `details` are busy places outside
    its middle, the busiest first. Both are spread over the picture.
    """

    point: Point
    reach: float
    face: bool
    away: tuple[Point, ...]
    details: tuple[Point, ...]


def find_subject(picture: Image.Image) -> Subject:
    """Find the subject of an RGB picture; the same pixels always give the same answer."""
    mini = picture.resize(_mini_size(picture.size), Image.Resampling.BOX)
    edges = _edges(mini)
    head = _head(mini)
    point, reach = head or (_busiest(edges), 0.2)
    nearness = _nearness(mini.size, point, reach)
    return Subject(
        point=point,
        reach=reach,
        face=head is not None,
        away=_spread(ImageChops.add(nearness, edges, scale=1.5), point, 0.6 * reach, quiet=True),
        details=_spread(edges, point, 0.6 * reach if head else 0.0, quiet=False),
    )


def _mini_size(size: tuple[int, int]) -> tuple[int, int]:
    longest = max(size)
    return max(8, size[0] * _MINI // longest), max(8, size[1] * _MINI // longest)


def _edges(mini: Image.Image) -> Image.Image:
    """Map how much happens around each place, 0 to 255."""
    found = mini.convert("L").filter(ImageFilter.FIND_EDGES)
    # The filter leaves the outermost pixels as they were.
    ImageDraw.Draw(found).rectangle((0, 0, found.width - 1, found.height - 1), outline=0)
    return found.filter(ImageFilter.BoxBlur(_MINI / 16)).point(lambda value: min(255, value * 3))


def _busiest(edges: Image.Image) -> Point:
    """Find the centre of attention: where much happens, sooner in the middle than at the rim."""
    weighed = ImageChops.multiply(edges, _centre_weight(edges.size))
    return _peak(weighed.filter(ImageFilter.BoxBlur(_MINI / 8)))


def _centre_weight(size: tuple[int, int]) -> Image.Image:
    return _glow().resize(size)


def _glow() -> Image.Image:
    """Make a disc that fades from 255 in its middle to 0 at its edges.

    Pillow's own gradient runs from 0 in the middle to 180 at the edges.
    """
    return Image.radial_gradient("L").point(lambda level: max(0, 255 - level * 255 // 180))


def _peak(weights: Image.Image) -> Point:
    values = weights.tobytes()
    row, column = divmod(values.index(max(values)), weights.width)
    return (column + 0.5) / weights.width, (row + 0.5) / weights.height


def _head(mini: Image.Image) -> tuple[Point, float] | None:
    """Find a head: one compact, upright patch of skin colour in an otherwise different picture."""
    skin = _skin(mini)
    covered = skin.histogram()[255] / (mini.width * mini.height)
    if not 0.005 < covered < 0.3:  # noqa: PLR2004 - all skin is wood or sand; none is nobody
        return None
    heights = Image.linear_gradient("L").transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    upper = ImageChops.add(heights.resize(mini.size), _centre_weight(mini.size), scale=2)
    left, top = _peak(ImageChops.multiply(skin.filter(ImageFilter.BoxBlur(3)), upper))
    patch = skin.filter(ImageFilter.MaxFilter(3))
    seed = int(left * mini.width), int(top * mini.height)
    ImageDraw.floodfill(patch, seed, _FLOOD)
    box = patch.point(lambda value: 255 * (value == _FLOOD)).getbbox()
    return _as_head(box, mini.size) if box else None


def _as_head(box: tuple[int, int, int, int], size: tuple[int, int]) -> tuple[Point, float] | None:
    width, height = box[2] - box[0], box[3] - box[1]
    upright = 0.75 < height / width < 2.4  # noqa: PLR2004 - a face, perhaps with its neck
    if not upright or not 0.06 < height / size[1] < 0.7:  # noqa: PLR2004 - neither dot nor wall
        return None
    middle = (box[0] + box[2]) / 2 / size[0], (box[1] + box[3]) / 2 / size[1]
    return middle, 0.7 * height / size[1]


def _skin(mini: Image.Image) -> Image.Image:
    """Mask the pixels of skin colour, by the usual box in the plane of the two chroma values."""
    luma, blue, red = mini.convert("YCbCr").split()
    masks = (
        luma.point(lambda value: 255 * (value > 60)),  # noqa: PLR2004 - not black
        blue.point(lambda value: 255 * (77 <= value <= 124)),  # noqa: PLR2004 - the box
        red.point(lambda value: 255 * (138 <= value <= 172)),  # noqa: PLR2004 - the box
    )
    return ImageChops.darker(ImageChops.darker(masks[0], masks[1]), masks[2])


def _nearness(size: tuple[int, int], point: Point, reach: float) -> Image.Image:
    """Map how near each place is to the subject; a person reaches further down than up."""
    across = max(4, int(5 * reach * size[1]))
    glow = _glow().resize((across, 2 * across))
    nearness = Image.new("L", size)
    left = int(point[0] * size[0] - across / 2)
    nearness.paste(glow, (left, int(point[1] * size[1] - across * 0.7)))
    return nearness


_COLUMNS, _ROWS, _PLACES, _APART, _WINDOW = 8, 6, 6, 0.2, 0.18


def _spread(weights: Image.Image, avoid: Point, room: float, *, quiet: bool) -> tuple[Point, ...]:
    """Choose places by weight, none next to another, those that show `avoid` last."""
    cells = weights.resize((_COLUMNS, _ROWS), Image.Resampling.BOX).tobytes()
    ranked: list[tuple[bool, int, Point]] = []
    for cell, weight in enumerate(cells):
        row, column = divmod(cell, _COLUMNS)
        place = _seen((column + 0.5) / _COLUMNS), _seen((row + 0.5) / _ROWS)
        far = max(abs(place[0] - avoid[0]), abs(place[1] - avoid[1]))
        ranked.append((far < room + _WINDOW, weight if quiet else -weight, place))
    chosen: list[Point] = []
    for _, _, place in sorted(ranked):
        if all(abs(place[0] - x) + abs(place[1] - y) > _APART for x, y in chosen):
            chosen.append(place)
    return tuple(chosen[:_PLACES])


def _seen(middle: float) -> float:
    """Move the middle of a small window so that the window stays in the picture."""
    return min(1 - _WINDOW, max(_WINDOW, middle))
