"""What a test can make go wrong: one HTTP exchange, or the way a job ends."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

Handler = Callable[[Request], Awaitable[Response]]


class Operation(StrEnum):
    """A kind of HTTP exchange."""

    SUBMIT = "submit"
    STATUS = "status"
    STREAM = "stream"
    RESULT = "result"
    CANCEL = "cancel"
    RUN = "run"
    TOKEN = "token"
    UPLOAD = "upload"
    INITIATE = "initiate"
    PUT = "put"
    MEDIA = "media"
    HISTORY = "history"
    PRICES = "prices"
    KEYS = "keys"


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one exchange.

    `status` answers that instead, with `body` (JSON, or text when it is a str) and `headers`.
    `drop` closes the connection without an answer, `cut` in the middle of one. `delay` seconds
    pass before the answer. `accept`: the work is done, and paid for, before the fault strikes;
    without a `status` or `drop` it always is.
    """

    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    cut: bool = False
    delay: float = 0.0
    accept: bool = False

    async def strike(self, handler: Handler, request: Request) -> Response:
        """Answer `request` as disturbed as this says."""
        works = self.accept or (self.status is None and not self.drop)
        answer = await handler(request) if works else Response()
        await asyncio.sleep(self.delay)
        if self.drop:
            return Dropped()
        if self.status is not None:
            answer = self._instead(self.status)
        return Cut(answer) if self.cut else answer

    def _instead(self, status: int) -> Response:
        if isinstance(self.body, str):
            return Response(self.body, status, self.headers, media_type="text/html")
        return JSONResponse(self.body, status, self.headers)


class Dropped(Response):
    """A connection closed without a byte of an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, send
        await _hang_up(receive)


class Cut(Response):
    """An answer whose second half never comes."""

    def __init__(self, whole: Response) -> None:
        super().__init__()
        self._whole = whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        body = bytes(self._whole.body)
        headers = self._whole.raw_headers
        status = self._whole.status_code
        await send({"type": "http.response.start", "status": status, "headers": headers})
        half = {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
        await send(half)
        # Let the half out before the line goes dead.
        await asyncio.sleep(0.02)
        await _hang_up(receive)


async def _hang_up(receive: Receive) -> None:
    # ASGI knows no way to close a connection, so this takes uvicorn's own transport.
    receive.__self__.transport.abort()  # type: ignore[attr-defined] # its RequestResponseCycle
    while (await receive())["type"] != "http.disconnect":
        pass


class Script:
    """The faults to come, for each operation: first those queued, then the standing one."""

    def __init__(self) -> None:
        self._queued: dict[Operation, deque[Fault | None]] = {}
        self._standing: dict[Operation, Fault | None] = {}

    def queue(self, operation: Operation, *faults: Fault | None) -> None:
        """Disturb the next exchanges of this kind, one each; None leaves one alone."""
        self._queued.setdefault(operation, deque()).extend(faults)

    def stand(self, operation: Operation, fault: Fault | None) -> None:
        """Disturb every exchange of this kind from now on; None ends it."""
        self._standing[operation] = fault

    def wrap(self, operation: Operation, handler: Handler) -> Handler:
        """Put the faults of `operation` before a handler."""

        async def disturbed(request: Request) -> Response:
            queued = self._queued.get(operation)
            fault = queued.popleft() if queued else self._standing.get(operation)
            return await (handler(request) if fault is None else fault.strike(handler, request))

        return disturbed


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one job ends.

    `seconds` replaces the emulator's own; `logs` are shown from the start. A `status` other than
    200 is the failure that the result answers with, `body` and `headers` with it; the status
    object announces it only when there is an `error_type`. `images` replaces the number asked
    for and `units` what is billed; `media` spoils every download of them. `extra` is added to the
    result. A running job goes on for `cancel_seconds` after it was cancelled, or to its end if it
    `ignores_cancel`.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    error_type: str | None = None
    seconds: float | None = None
    logs: tuple[str, ...] = ()
    images: int | None = None
    units: float | None = None
    media: Fault | None = None
    ignores_cancel: bool = False
    cancel_seconds: float = 0.0
    extra: Mapping[str, Any] = field(default_factory=dict)


def model_failure(
    kind: str,
    status: int = 422,
    message: str = "The model could not do this.",
    location: tuple[str, ...] = ("body", "prompt"),
) -> Outcome:
    """Fail as a model does: a list of typed errors."""
    entry = {
        "loc": list(location),
        "msg": message,
        "type": kind,
        "url": f"https://docs.fal.ai/errors/#{kind}",
        "input": None,
    }
    return Outcome(
        status=status,
        body={"detail": [entry]},
        headers={"X-Fal-Retryable": "false" if status == 422 else "true"},
    )


def platform_failure(kind: str, status: int, detail: str = "The platform failed.") -> Outcome:
    """Fail as the platform does: a text and an error type, announced in the status."""
    return Outcome(
        status=status,
        body={"detail": detail, "error_type": kind},
        headers={"X-Fal-Error-Type": kind},
        error_type=kind,
    )
