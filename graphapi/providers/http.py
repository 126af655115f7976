"""HTTP to a provider: one try for each call, and what a fault on the way says about money.

A `Wire` carries two kinds of call. `pay` sends what may cost money, once, over a connection of its
own: a kept-alive connection that dies under the request would turn a refusal into a doubt. `ask`
sends what costs nothing. Neither retries or follows a redirect; whoever holds the job row decides
when to try again.
"""

import asyncio
import json
import math
import re
import ssl
import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpx

from graphapi.domain.failures import JobErrorCode
from graphapi.errors import ConfigurationError, InDoubt, NotSent, Throttled
from graphapi.metrics import PROVIDER_REQUEST_SECONDS

CONNECT_SECONDS = 10.0
# Bytes a second that an upload gets time for: half a megabit.
SLOWEST_UPLOAD = 64 * 1024
MAX_REPLY_BYTES = 8 * 1024 * 1024
# A client slows down as its pool grows. Polls are many and short, paid calls few and long.
FREE_CONNECTIONS = 8
PAID_CONNECTIONS = 64
MAX_RETRY_AFTER = timedelta(hours=1)
# Whoever stands before a provider has passed nothing on that it answers so.
_TURNED_AWAY = frozenset({401, 403, 413})
_MAYBE_PASSED_ON = frozenset({408, 429})

_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+|\bdata:\S+", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?")

# Raised before the first byte of the request is written, TLS handshake included.
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)
# httpcore lets a broken TLS record and our own overall time limit through as plain OSErrors.
_ANY_FAULT = (httpx.HTTPError, OSError)


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer. Its body has been read, decoded and held to the size limit."""

    status: int
    headers: httpx.Headers
    content: bytes

    @property
    def ok(self) -> bool:
        """Tell whether the status is 2xx."""
        return self.status // 100 == 2  # noqa: PLR2004 - the class of an HTTP status

    def json_object(self) -> dict[str, Any] | None:
        """Read the body as a JSON object; None when it is anything else.

        Strings come without the characters, and numbers without the values (NaN, infinity), that
        a database refuses to store.
        """
        try:
            body = json.loads(self.content, parse_constant=_finite, parse_float=_finite)
            return _storable(body) if isinstance(body, dict) else None
        except (ValueError, RecursionError):
            return None

    def retry_after(self) -> timedelta | None:
        """Read how long the provider asks to wait: seconds or a date, at most an hour."""
        value = self.headers.get("retry-after", "").strip()
        try:
            wait = timedelta(seconds=int(value)) if value.isdecimal() else _until(value)
        except (ValueError, OverflowError):
            return None
        return max(timedelta(0), min(wait, MAX_RETRY_AFTER))


@dataclass(frozen=True, slots=True)
class File:
    """A file in a form: `name` is that of the field, `filename` what the file is called."""

    name: str
    filename: str
    content: bytes
    content_type: str


class Wire:
    """One provider's HTTP connections. `provider` is its name in sentences for people.

    `seconds` is how long a whole call may take, once it is connected and beside the time that a
    large body needs, to the last byte of the answer, which has `most_bytes` at most.
    """

    def __init__(self, provider: str, seconds: float = 60.0, most_bytes: int | None = None) -> None:
        self._provider = provider
        self._seconds = seconds
        self._most_bytes = most_bytes or MAX_REPLY_BYTES
        self._paid = _client(seconds, keep_alive=0, connections=PAID_CONNECTIONS)
        self._free = _client(seconds, FREE_CONNECTIONS, FREE_CONNECTIONS)

    async def pay(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Any = None,
        files: Sequence[File] = (),
    ) -> Reply:
        """Send one call that may cost money, exactly once.

        `body` goes as JSON or, beside `files`, as the fields of a multipart form, all of whose
        parts are in memory: what cannot be read is found out before anything is sent. Raises
        NotSent when the call provably never left, InDoubt when it may have. A cancelled call
        raises CancelledError as ever, and is a doubt too.
        """
        form = {"data": _fields(body or {}), "files": _parts(files)} if files else {"json": body}
        try:
            request = self._paid.build_request(method, url, headers=headers, **form)
            return await self._exchange(self._paid, request)
        except _NOT_SENT as fault:
            raise NotSent(*self._unreachable(fault)) from fault
        except _ANY_FAULT as fault:
            raise InDoubt(
                JobErrorCode.SUBMIT_UNKNOWN,
                f"The connection to {self._provider} broke before it answered, so it is not "
                "known whether the request was accepted.",
            ) from fault

    async def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Any = None,
        content: bytes | None = None,
    ) -> Reply:
        """Send one call that costs nothing; `body` goes as JSON, `content` as it is.

        Raises Throttled with PROVIDER_UNAVAILABLE on any fault: asking again later is harmless.
        """
        try:
            request = self._free.build_request(
                method, url, headers=headers, json=body, content=content
            )
            return await self._exchange(self._free, request)
        except _ANY_FAULT as fault:
            raise Throttled(*self._unreachable(fault)) from fault

    async def close(self) -> None:
        """Close all connections."""
        await self._paid.aclose()
        await self._free.aclose()

    async def _exchange(self, client: httpx.AsyncClient, request: httpx.Request) -> Reply:
        # httpx limits each read; a server that drips bytes is only ended by the outer limit.
        sending = int(request.headers.get("Content-Length", "0")) / SLOWEST_UPLOAD
        with self._measured():
            async with asyncio.timeout(CONNECT_SECONDS + sending + self._seconds):
                response = await client.send(request, stream=True)
                try:
                    content = await _read(response, self._most_bytes)
                    return Reply(response.status_code, response.headers, content)
                finally:
                    await response.aclose()

    @contextmanager
    def _measured(self) -> Iterator[None]:
        started, answered = time.perf_counter(), "no"
        try:
            yield
            answered = "yes"
        finally:
            took = time.perf_counter() - started
            PROVIDER_REQUEST_SECONDS.labels(self._provider, answered).observe(took)

    def _unreachable(self, fault: Exception) -> tuple[JobErrorCode, str]:
        sentence = f"{self._provider} could not be reached ({type(fault).__name__})."
        return JobErrorCode.PROVIDER_UNAVAILABLE, sentence


def is_refusal(status: int, *, told: bool) -> bool:
    """Tell whether an answer to a paid request says for sure that nothing was accepted.

    `told`: it is in the provider's own words. Without them a 4xx may be that of a gateway which
    has passed the request on, as a 408 may be in any words; 429 is for the caller to judge.
    """
    if status in _TURNED_AWAY:
        return True
    return told and status // 100 == 4 and status not in _MAYBE_PASSED_ON  # noqa: PLR2004 - HTTP statuses


def for_people(text: str, limit: int = 300, hide: str | None = None) -> str:
    """Make one short, plain line of what a provider said.

    Addresses are taken out, since they may be ours and signed; so is `hide`, a key it may echo.
    Control and other invisible characters become spaces.
    """
    if hide:
        text = text.replace(hide, "[key]")
    text = _ADDRESS.sub("[address]", text[: 20 * limit])
    visible = (" " if unicodedata.category(mark)[0] == "C" else mark for mark in text)
    line = " ".join("".join(visible).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def check_headers(headers: Mapping[str, str], setting: str) -> None:
    """Raise ConfigurationError, naming `setting`, when these could not be sent as headers.

    Found out at start rather than in the middle of a paid call. The values are not repeated.
    """
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise ConfigurationError(
                f"{setting} cannot be sent as an HTTP header: use printable ASCII, without "
                "spaces around it or line breaks."
            )


def _client(seconds: float, keep_alive: int, connections: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        verify=_trusted_authorities(),
        # Settings alone read the environment; httpx would read proxies and certificates there.
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=keep_alive),
        # A small compressed answer can be a huge one; uncompressed, the limit means what it says.
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
    )


@cache
def _trusted_authorities() -> ssl.SSLContext:
    # Loading the authorities takes tens of milliseconds: once for all clients.
    return httpx.create_ssl_context(trust_env=False)


def _fields(body: Mapping[str, Any]) -> dict[str, str]:
    """Write the fields of a form: texts as they are, all else as JSON writes it."""
    return {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()
    }


def _parts(files: Sequence[File]) -> list[tuple[str, tuple[str, bytes, str]]]:
    return [(each.name, (each.filename, each.content, each.content_type)) for each in files]


async def _read(response: httpx.Response, most_bytes: int) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > most_bytes:
            raise httpx.ReadError("The answer is larger than any this provider should give.")
    return bytes(content)


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(number)
    return value


def _storable(value: Any) -> Any:
    match value:
        case str():
            # A lone surrogate is no UTF-8, and PostgreSQL has no NUL in text.
            return value.encode(errors="replace").decode().replace("\x00", "")
        case list():
            return [_storable(item) for item in value]
        case dict():
            return {_storable(name): _storable(item) for name, item in value.items()}
        case _:
            return value


def _until(moment: str) -> timedelta:
    then = parsedate_to_datetime(moment)
    return then.replace(tzinfo=then.tzinfo or UTC) - datetime.now(UTC)
