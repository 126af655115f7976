"""What Lumenfall takes: a JSON object for pictures from words, a multipart form for edits."""

import json
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import Image, UnidentifiedImageError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

TAKEN = ("PNG", "JPEG", "WEBP", "GIF")
RESPONSE_FORMATS = ("url", "b64_json")
OUTPUT_FORMATS = ("png", "jpeg", "gif", "webp", "avif")
MOST_IMAGES = 10
TYPES = {
    "AUTHENTICATION_FAILED": "authentication_error",
    "INSUFFICIENT_BALANCE": "insufficient_quota",
    "RATE_LIMITED": "rate_limit_error",
    "ALL_PROVIDERS_EXHAUSTED": "server_error",
    "UPSTREAM_ERROR": "upstream_error",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """One file of a form."""

    name: str
    filename: str
    content_type: str
    content: bytes


@dataclass(slots=True)
class Post:
    """One POST. `made` is how many pictures it brought, `charged` what they cost, in dollars."""

    path: str
    headers: dict[str, str]
    fields: dict[str, Any] = field(default_factory=dict)
    files: list[Sent] = field(default_factory=list)
    made: int = 0
    charged: float = 0.0


@dataclass(slots=True, eq=False)
class Refusal(Exception):
    """An error answer in Lumenfall's form."""

    status: int
    code: str
    message: str = "It cannot be done."
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        """Make the body of the answer."""
        kind = TYPES.get(self.code, "invalid_request_error")
        return {"error": {"message": self.message, "type": kind, "code": self.code}}

    def response(self) -> Response:
        """Answer with it."""
        return JSONResponse(self.body, self.status, self.headers)


async def read_json(request: Request) -> dict[str, Any]:
    """Read the body of a request for pictures from words."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, "INVALID_REQUEST", "The body is no JSON object")
    return body


async def read_form(request: Request) -> tuple[dict[str, Any], list[Sent]]:
    """Read the fields and files of an edit; fields arrive as text, as forms have them."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != "multipart/form-data":
        raise Refusal(400, "INVALID_REQUEST", "An edit is multipart/form-data")
    body = await request.body()
    # In memory: its own kind of file would have to be closed.
    parser = FormDataParser(stream_factory=lambda *_, **__: BytesIO())
    _, fields, files = parser.parse(BytesIO(body), kind, len(body), options)
    sent = [
        Sent(name.removesuffix("[]"), each.filename or "", each.content_type or "", each.read())
        for name, each in files.items(multi=True)
    ]
    return dict(fields.items()), sent


def check(fields: dict[str, Any]) -> None:
    """Check what Lumenfall itself insists on; all else goes to the provider behind it."""
    for name in ("model", "prompt"):
        if not isinstance(fields.get(name), str) or not fields[name]:
            raise Refusal(400, "INVALID_REQUEST", f"{name} is required")
    _one_of(fields, "response_format", RESPONSE_FORMATS)
    _one_of(fields, "output_format", OUTPUT_FORMATS)
    count = str(fields.get("n", 1))
    if not count.isdecimal() or not 1 <= int(count) <= MOST_IMAGES:
        raise Refusal(400, "INVALID_REQUEST", f"n must be between 1 and {MOST_IMAGES}")


def check_pictures(files: list[Sent]) -> Image.Image:
    """Decode every picture of an edit, and its mask; answers the first picture."""
    pictures = [_opened(each) for each in files if each.name == "image"]
    masks = [_opened(each) for each in files if each.name == "mask"]
    if not pictures:
        raise Refusal(400, "INVALID_REQUEST", "image is required")
    for mask in masks:
        if mask.format != "PNG" or "A" not in mask.getbands() or mask.size != pictures[0].size:
            raise Refusal(400, "INVALID_REQUEST", "mask is no PNG with alpha of the image's size")
    return pictures[0]


def _opened(sent: Sent) -> Image.Image:
    try:
        picture = Image.open(BytesIO(sent.content))
        picture.load()
    except (UnidentifiedImageError, OSError):
        raise Refusal(400, "INVALID_REQUEST", f"{sent.name} is no image") from None
    if picture.format not in TAKEN or sent.content_type != f"image/{picture.format.lower()}":
        raise Refusal(400, "INVALID_REQUEST", f"{sent.name} is none of {', '.join(TAKEN)}")
    return picture


def _one_of(fields: dict[str, Any], name: str, values: tuple[str, ...]) -> None:
    if fields.get(name, values[0]) not in values:
        raise Refusal(400, "INVALID_REQUEST", f"{name} must be one of {', '.join(values)}")
