"""Point a camera at a flat picture: framing, tilt and roll are one projection of the plane."""

import math
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter, ImageOps

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the camera looks.

    `scale` is the frame's size against the largest frame of its ratio inside the picture; with
    a `step_back` of 1, against the smallest that holds all of it. `place` is where in the frame
    the aimed point lands, from the upper left. `roll` is in degrees. `rise` and `swing` make the
    lines converge upwards and to the right (negative: the other way). `squash` above 1 flattens.
    """

    scale: float = 1.0
    step_back: float = 0.0
    place: Point = (0.5, 0.5)
    roll: float = 0.0
    rise: float = 0.0
    swing: float = 0.0
    squash: float = 1.0
    mirror: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """What the camera saw, and where in it the aimed point lies, in parts of its sides."""

    picture: Image.Image
    aim: Point


def shoot(source: Image.Image, aim: Point, camera: Camera, size: tuple[int, int]) -> View:
    """Take a picture of `size` pixels of an RGB source, aimed at a point in parts of its sides.

    Where the frame leaves the source, the surroundings are its own mirror image, out of focus.
    """
    width, height = _frame(source.size, size, camera)
    target = aim[0] * source.width, aim[1] * source.height
    quad = _inside(_corners(target, width, height, camera), source.size)
    shrink = min(1.0, size[0] / width)
    quad = _shift(quad, (0.0, 0.0), shrink)
    if shrink < 1:
        source = source.resize(
            _scaled(source.size, shrink), Image.Resampling.BICUBIC, reducing_gap=2
        )
    bounds = _bounds(quad)
    ground = _with_surroundings(source, bounds)
    quad = _shift(quad, (-bounds[0], -bounds[1]), 1.0)
    picture = ground.transform(
        size, Image.Transform.PERSPECTIVE, _projection(quad, size), Image.Resampling.BICUBIC
    )
    seen = (target[0] * shrink - bounds[0], target[1] * shrink - bounds[1])
    return View(picture, _locate(seen, quad))


def _frame(source: tuple[int, int], size: tuple[int, int], camera: Camera) -> tuple[float, float]:
    ratio = size[0] / size[1]
    inner, outer = sorted((source[1], source[0] / ratio))
    height = camera.scale * inner * (outer / inner) ** camera.step_back
    return height * ratio, height * camera.squash


def _corners(target: Point, width: float, height: float, camera: Camera) -> Quad:
    """Place the frame's corners on the plane: upper left, upper right, lower right, lower left."""
    turn = math.radians(camera.roll)
    sine, cosine = math.sin(turn), math.cos(turn)
    flip = -1 if camera.mirror else 1

    def on_plane(u: float, v: float) -> Point:
        x = flip * width * u * (1 - camera.rise * v)
        y = height * v * (1 + camera.swing * u)
        return x * cosine - y * sine, x * sine + y * cosine

    aimed = on_plane(camera.place[0] - 0.5, camera.place[1] - 0.5)
    centre = target[0] - aimed[0], target[1] - aimed[1]
    corners = (on_plane(u, v) for u, v in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)))
    first, second, third, fourth = ((x + centre[0], y + centre[1]) for x, y in corners)
    return first, second, third, fourth


def _inside(quad: Quad, size: tuple[int, int]) -> Quad:
    """Move a frame back over the picture; one that is larger is centred on it."""
    moves = []
    for axis in (0, 1):
        low, high = min(p[axis] for p in quad), max(p[axis] for p in quad)
        if high - low >= size[axis]:
            moves.append((size[axis] - low - high) / 2)
        else:
            moves.append(max(0.0, -low) - max(0.0, high - size[axis]))
    return _shift(quad, (moves[0], moves[1]), 1.0)


def _shift(quad: Quad, by: Point, scale: float) -> Quad:
    first, second, third, fourth = ((scale * x + by[0], scale * y + by[1]) for x, y in quad)
    return first, second, third, fourth


def _scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _bounds(quad: Quad) -> Box:
    xs, ys = [x for x, _ in quad], [y for _, y in quad]
    return (
        math.floor(min(xs)) - 2,
        math.floor(min(ys)) - 2,
        math.ceil(max(xs)) + 2,
        math.ceil(max(ys)) + 2,
    )


def _locate(point: Point, quad: Quad) -> Point:
    """Tell where a point of the plane is seen, near enough to aim a soft mask at it."""
    origin, right, _, below = quad
    across = right[0] - origin[0], right[1] - origin[1]
    down = below[0] - origin[0], below[1] - origin[1]
    away = point[0] - origin[0], point[1] - origin[1]
    turn = across[0] * down[1] - across[1] * down[0]
    u = (away[0] * down[1] - away[1] * down[0]) / turn
    v = (across[0] * away[1] - across[1] * away[0]) / turn
    return min(1.0, max(0.0, u)), min(1.0, max(0.0, v))


def _projection(quad: Quad, size: tuple[int, int]) -> tuple[float, ...]:
    """Solve the projection from the output onto the quad (Heckbert's square to quadrilateral)."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = quad
    dx1, dx2, sx = x1 - x2, x3 - x2, x0 - x1 + x2 - x3
    dy1, dy2, sy = y1 - y2, y3 - y2, y0 - y1 + y2 - y3
    area = dx1 * dy2 - dx2 * dy1
    g, h = (sx * dy2 - dx2 * sy) / area, (dx1 * sy - sx * dy1) / area
    w, t = size
    return (
        (x1 - x0 + g * x1) / w,
        (x3 - x0 + h * x3) / t,
        x0,
        (y1 - y0 + g * y1) / w,
        (y3 - y0 + h * y3) / t,
        y0,
        g / w,
        h / t,
    )


_GROUND = 8  # the surroundings are blurred at an eighth of their size: cheaper, and as soft


def _with_surroundings(source: Image.Image, box: Box) -> Image.Image:
    """Cut a box out of a picture; its surroundings are stretched out of its rims."""
    if box[0] >= 0 and box[1] >= 0 and box[2] <= source.width and box[3] <= source.height:
        return source.crop(box)
    size = box[2] - box[0], box[3] - box[1]
    ground = _stretched(source, box).resize(size, Image.Resampling.BICUBIC)
    ground.paste(source, (-box[0], -box[1]), _feather(source.size, box))
    return ground


def _stretched(source: Image.Image, box: Box) -> Image.Image:
    """Continue a picture over a box by stretching its mirrored rims, all out of focus.

    Only rims are stretched, so that walls, skies and table tops go on and no subject is doubled.
    """
    small = source.resize(_scaled(source.size, 1 / _GROUND), Image.Resampling.BOX)
    left, top, right, bottom = (round(edge / _GROUND) for edge in box)
    wide = _widened(small, max(0, -left), max(0, right - small.width))
    turned = wide.transpose(Image.Transpose.ROTATE_90).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    tall = _widened(turned, max(0, -top), max(0, bottom - small.height))
    ground = tall.transpose(Image.Transpose.FLIP_TOP_BOTTOM).transpose(Image.Transpose.ROTATE_270)
    origin = max(0, left), max(0, top)
    cut = ground.crop((*origin, origin[0] + right - left, origin[1] + bottom - top))
    return cut.filter(ImageFilter.GaussianBlur(min(small.size) / 12))


def _widened(picture: Image.Image, left: int, right: int) -> Image.Image:
    rim = max(1, picture.width // 7)
    wide = Image.new("RGB", (left + picture.width + right, picture.height))
    wide.paste(picture, (left, 0))
    mirrored = ImageOps.mirror(picture)
    for edge, width, box in (
        (0, left, (picture.width - rim, 0, picture.width, picture.height)),
        (left + picture.width, right, (0, 0, rim, picture.height)),
    ):
        if width:
            wide.paste(mirrored.resize((width, picture.height), box=box), (edge, 0))
    return wide


def _feather(size: tuple[int, int], box: Box) -> Image.Image:
    """Make the mask that lets a picture fade into its surroundings where the frame leaves it."""
    width, height = _scaled(size, 1 / _GROUND)
    soft = max(2, min(width, height) // 14)
    mask = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(mask)
    for leaves, edge in (
        (box[0] < 0, (0, 0, soft, height)),
        (box[1] < 0, (0, 0, width, soft)),
        (box[2] > size[0], (width - soft, 0, width, height)),
        (box[3] > size[1], (0, height - soft, width, height)),
    ):
        if leaves:
            draw.rectangle(edge, fill=0)
    return mask.filter(ImageFilter.GaussianBlur(soft / 2)).resize(size, Image.Resampling.BICUBIC)
