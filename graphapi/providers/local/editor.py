"""Make variations of a picture on this machine: no key, no network, no model."""

import asyncio
import io
import random

from PIL import Image

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import AspectRatio, ProviderMetadata
from graphapi.domain.variations import ModificationMode
from graphapi.errors import Rejected
from graphapi.ports.editing import (
    Cancelled,
    CannotKnow,
    EditRequest,
    EditResult,
    HostedSource,
    Marker,
    ResultImage,
    Sighting,
    SourceRoute,
    Ticket,
    Waiting,
)
from graphapi.providers.local.camera import Point, shoot
from graphapi.providers.local.grades import apply_grade
from graphapi.providers.local.lens import add_grain, blend_spot, expose
from graphapi.providers.local.looks import Aim, look_for
from graphapi.providers.local.reading import read_picture
from graphapi.providers.local.subject import Subject, find_subject

MODEL = "local/reframe"
DESCRIPTION = "Made on this machine by reframing and grading the source picture; no AI model."

# How many pixels one part of each ratio is worth.
_UNITS = {
    AspectRatio.RATIO_16_9: 80,
    AspectRatio.RATIO_9_16: 80,
    AspectRatio.RATIO_4_3: 288,
    AspectRatio.RATIO_3_4: 288,
    AspectRatio.RATIO_1_1: 1024,
}
_LONGEST_READ = 2048
_JITTER = 0.015
_GRAIN = 0.035


class LocalEditor:
    """The built-in provider of variations: honest crops, perspectives and grades.

    Free, fast and deterministic: the same request always gives the same bytes. It works on the
    source's own pixels, away from the event loop, and answers at once.
    """

    provider = "local"
    repeatable = True
    slots: int | None = 2  # a picture keeps one core busy for about a tenth of a second
    source_route = SourceRoute.BYTES

    async def host(self, content: bytes, content_type: str) -> HostedSource:  # noqa: ARG002 - the port's words
        """Refuse: this provider takes bytes, so there is nothing to upload."""
        raise Rejected(JobErrorCode.INTERNAL, "The local provider hosts no pictures.")

    async def submit(self, request: EditRequest) -> EditResult:
        """Make the picture; raises Rejected when the source cannot be read."""
        content = await asyncio.to_thread(render, request)
        width, height = frame_size(_ratio(request))
        metadata = ProviderMetadata(
            nsfw=None,
            width=width,
            height=height,
            content_type="image/jpeg",
            seed=request.seed,
            description=DESCRIPTION,
        )
        return EditResult((ResultImage(content=content),), metadata)

    async def check(self, ticket: Ticket) -> Waiting | EditResult:  # noqa: ARG002 - the port's word
        """Refuse: this provider answers at once, so no ticket is ever out."""
        raise Rejected(JobErrorCode.RESULT_LOST, "The local provider keeps no results.")

    def ticket(self, model: str, request_id: str) -> Ticket:  # noqa: ARG002 - the port's words
        """Refuse: this provider answers at once, so no ticket is ever out."""
        raise Rejected(JobErrorCode.RESULT_LOST, "The local provider gives no tickets.")

    async def cancel(self, ticket: Ticket) -> Cancelled:  # noqa: ARG002 - the port's word
        """Do nothing: whatever was asked here has been answered already."""
        return Cancelled.TOO_LATE

    async def find(self, marker: Marker) -> Sighting:  # noqa: ARG002 - the port's word
        """Find nothing: what is lost here is simply made again."""
        return CannotKnow("The local provider keeps no history.")

    async def close(self) -> None:
        """Do nothing: no connection is held."""


def render(request: EditRequest) -> bytes:
    """Make one variation as a JPEG of exactly the requested ratio."""
    source = read_picture(request.source.content, _LONGEST_READ)
    subject = find_subject(source)
    look = look_for(_mode(request), request.shot_type, request.beat)
    chance = random.Random(request.seed)  # noqa: S311 - composition, no secret
    aim = _nudged(_aim(look.aim, subject, request.beat or 0), chance)
    view = shoot(source, aim, look.camera, frame_size(_ratio(request)))
    taken = expose(view.picture, view.aim, look.lens)
    graded = apply_grade(taken, look.grade)
    if look.keep:
        graded = blend_spot(graded, taken, view.aim, look.keep)
    return _jpeg(add_grain(graded, _GRAIN, request.seed))


def frame_size(ratio: AspectRatio) -> tuple[int, int]:
    """Tell the pixels of a frame: exactly of its ratio, at most about one megapixel."""
    unit = _UNITS[ratio]
    return unit * ratio.width, unit * ratio.height


def _mode(request: EditRequest) -> ModificationMode:
    if request.mode is None:
        message = "This server reads no prompt by itself. Choose a model of a provider."
        raise Rejected(JobErrorCode.INVALID_INPUT, message)
    return request.mode


def _ratio(request: EditRequest) -> AspectRatio:
    return AspectRatio(request.aspect_ratio or AspectRatio.RATIO_16_9)


def _aim(aim: Aim, subject: Subject, rank: int) -> Point:
    match aim:
        case Aim.SUBJECT:
            return subject.point
        case Aim.CENTRE:
            return 0.5, 0.5
        case Aim.BELOW:
            return subject.point[0], min(0.85, subject.point[1] + 0.5)
        case Aim.AWAY:
            return subject.away[rank % len(subject.away)]
        case Aim.DETAIL:
            return subject.details[rank % len(subject.details)]


def _nudged(aim: Point, chance: random.Random) -> Point:
    return aim[0] + chance.uniform(-_JITTER, _JITTER), aim[1] + chance.uniform(-_JITTER, _JITTER)


def _jpeg(picture: Image.Image) -> bytes:
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=88, comment=f"{MODEL}: {DESCRIPTION}".encode())
    return encoded.getvalue()
