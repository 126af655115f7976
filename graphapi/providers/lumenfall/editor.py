"""Images by Lumenfall: edits of a picture, and pictures from words alone."""

import asyncio
import base64
import binascii
from collections.abc import Mapping
from typing import Any

from graphapi.domain.failures import JobErrorCode
from graphapi.errors import ConfigurationError, ProviderError, Rejected
from graphapi.ports.editing import (
    Cancelled,
    CannotKnow,
    EditRequest,
    EditResult,
    HostedSource,
    Marker,
    Sighting,
    SourceRoute,
    Ticket,
    Waiting,
)
from graphapi.ports.prices import LivePrice
from graphapi.providers.http import File, Wire, check_headers
from graphapi.providers.lumenfall.errors import SENTENCES, code_of, fault_of, submit_error
from graphapi.providers.lumenfall.estimates import PROMPT, estimate
from graphapi.providers.lumenfall.results import edit_result

# A caller waits until the picture is made, and other providers may be tried before it is.
SECONDS = 300.0
# Each request keeps a connection open to its end, so there is always a limit.
SLOTS = 4
# A few pictures of 4K inside an answer, a third longer as base64.
MOST_BYTES = 96 * 1024 * 1024
# Reading an answer larger than this takes long enough for others to notice.
_READ_ASIDE = 1024 * 1024

_MASK = "mask"
_PNG = "image/png"
_MASK_URI = f"data:{_PNG};base64,"
# What an edit takes, by how such a file begins.
_FORMATS = (
    (b"\x89PNG\r\n\x1a\n", _PNG),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)
_ABOUT_THE_KEY = (401, 402, 403)


class LumenfallEditor:
    """Makes and edits images through Lumenfall, which answers when the picture is there.

    `key` is `lmnfl_<id>.<secret>`; `url` is the base of its OpenAI-compatible API; `slots` limits
    how many requests are under way; `seconds` is how long one may take. Raises ConfigurationError
    for a key that cannot be sent.
    """

    provider = "lumenfall"
    repeatable = False
    source_route = SourceRoute.BYTES

    def __init__(
        self,
        *,
        key: str,
        url: str = "https://api.lumenfall.ai/openai/v1",
        slots: int | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._headers = {"Authorization": f"Bearer {key}"}
        check_headers(self._headers, "LUMENFALL_API_KEY")
        self.slots: int | None = slots or SLOTS
        self._key = key
        self._url = url.rstrip("/")
        self._wire = Wire("Lumenfall", seconds, MOST_BYTES)

    async def host(self, content: bytes, content_type: str) -> HostedSource:  # noqa: ARG002 - the port's words
        """Refuse: pictures travel inside the request, so there is nothing to upload."""
        raise Rejected(JobErrorCode.INTERNAL, "Lumenfall hosts no pictures.")

    async def submit(self, request: EditRequest) -> EditResult:
        """Make or edit a picture with exactly one POST, and wait for it.

        A request without an `image_field` makes a picture from words. Lumenfall knows no
        idempotency key: two POSTs are two charges. Raises NotSent or Throttled when nothing was
        accepted, Rejected when it was refused for good, else InDoubt.
        """
        own = {"model": request.model, "prompt": request.prompt}
        fields = {**own, **request.options, **own}
        files = _files(request, fields)
        path = "images/edits" if files else "images/generations"
        reply = await self._wire.pay(
            "POST", f"{self._url}/{path}", self._headers, body=fields, files=files
        )
        if not reply.ok:
            raise submit_error(reply, self._key)
        if len(reply.content) > _READ_ASIDE:
            return await asyncio.to_thread(edit_result, reply, self._key)
        return edit_result(reply, self._key)

    async def check(self, ticket: Ticket) -> Waiting | EditResult:  # noqa: ARG002 - the port's word
        """Refuse: Lumenfall answers at once, so no ticket is ever out."""
        raise Rejected(JobErrorCode.RESULT_LOST, "Lumenfall keeps no results to ask for.")

    def ticket(self, model: str, request_id: str) -> Ticket:  # noqa: ARG002 - the port's words
        """Refuse: Lumenfall answers at once, so no ticket is ever out."""
        raise Rejected(JobErrorCode.RESULT_LOST, "Lumenfall gives no tickets.")

    async def cancel(self, ticket: Ticket) -> Cancelled:  # noqa: ARG002 - the port's word
        """Do nothing: what has been sent to Lumenfall cannot be stopped."""
        return Cancelled.TOO_LATE

    async def find(self, marker: Marker) -> Sighting:  # noqa: ARG002 - the port's word
        """Find nothing: a request whose answer was lost has no name to look for."""
        return CannotKnow(
            "Lumenfall answers in one breath and names no request before, so a lost answer cannot "
            "be found again; look at the requests in its dashboard."
        )

    async def probe(self) -> None:
        """Try the key for nothing, by asking for the list of models.

        Raises ConfigurationError that says what to do.
        """
        try:
            reply = await self._wire.ask("GET", f"{self._url}/models", self._headers)
        except ProviderError as error:
            raise ConfigurationError(
                f"{error.message} Check the network and GRAPHAPI_LUMENFALL_URL."
            ) from error
        if reply.status in _ABOUT_THE_KEY:
            raise ConfigurationError(SENTENCES[code_of(fault_of(reply), reply.status)])
        if not reply.ok or not isinstance((reply.json_object() or {}).get("data"), list):
            raise ConfigurationError(
                f"Lumenfall answered HTTP status {reply.status} where its list of models should "
                "be; check GRAPHAPI_LUMENFALL_URL."
            )

    async def estimate(self, model: str, options: Mapping[str, Any]) -> LivePrice:
        """Ask what one picture from words alone would cost, and have none made.

        Raises ProviderError.
        """
        fields = {"model": model, "prompt": PROMPT, **options}
        url = f"{self._url}/images/generations?dryRun=true"
        return estimate(await self._wire.ask("POST", url, self._headers, fields))

    async def close(self) -> None:
        """Close connections."""
        await self._wire.close()


def _files(request: EditRequest, fields: dict[str, Any]) -> list[File]:
    """Make the files of an edit, none for a picture from words; a mask leaves the fields for them.

    Raises Rejected for what Lumenfall could not read: nothing has been sent yet.
    """
    mask = fields.pop(_MASK, None)
    if request.image_field is None:
        if mask is not None:
            raise Rejected(JobErrorCode.INVALID_INPUT, "A mask needs a source picture to lie on.")
        return []
    sources = (request.source, *request.further)
    files = [_picture(request.image_field, source.content) for source in sources]
    return files if mask is None else [*files, _mask(mask)]


def _picture(name: str, content: bytes | None) -> File:
    if content is None:
        raise Rejected(
            JobErrorCode.SOURCE_MISSING, "Lumenfall needs the source picture itself, and has none."
        )
    is_webp = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    kind = next((kind for start, kind in _FORMATS if content.startswith(start)), None)
    kind = "image/webp" if is_webp else kind
    if kind is None:
        raise Rejected(
            JobErrorCode.INVALID_INPUT,
            "Lumenfall takes PNG, JPEG, WebP and GIF, and the source picture is none of these. "
            "Convert it, or choose a model of another provider.",
        )
    return File(name, f"source.{kind.removeprefix('image/')}", content, kind)


def _mask(mask: Any) -> File:
    try:
        head, _, text = mask.partition(",")
        content = base64.b64decode(text, validate=True) if f"{head}," == _MASK_URI else b""
    except (AttributeError, binascii.Error, ValueError):
        content = b""
    if not content:
        raise Rejected(JobErrorCode.INVALID_INPUT, f"`mask` is no PNG that begins with {_MASK_URI}")
    return File(_MASK, "mask.png", content, _PNG)
