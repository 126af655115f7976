"""fal.ai's queue: one client for every kind of model, since all of them are asked alike."""

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from graphapi.domain.failures import JobErrorCode
from graphapi.errors import ConfigurationError, ProviderError, Rejected, Throttled
from graphapi.ports.editing import (
    Cancelled,
    EditRequest,
    HostedSource,
    Marker,
    Sighting,
    Ticket,
    Waiting,
)
from graphapi.ports.prices import LivePrice
from graphapi.ports.sound import SoundRequest
from graphapi.providers.fal.errors import (
    ABOUT_THE_KEY,
    ASK_AGAIN,
    SENTENCES,
    SERVER_ERROR,
    STILL_RUNNING,
    Fault,
    code_of,
    fault_of,
    later,
    rejected,
    submit_error,
)
from graphapi.providers.fal.history import FalHistory
from graphapi.providers.fal.prices import read_prices
from graphapi.providers.fal.results import last_log_line
from graphapi.providers.fal.tickets import (
    built_ticket,
    on_origin,
    queue_position,
    submit_url,
    ticket_of,
)
from graphapi.providers.fal.uploads import FalUploads
from graphapi.providers.http import Reply, Wire, check_headers

# The server wants more than 0.1, the official clients more than 1.
_MIN_START_SECONDS = 2.0
# With `sync_mode` a picture of 4K comes inside the answer.
_MOST_BYTES = 64 * 1024 * 1024
_BILLABLE_UNITS = "x-fal-billable-units"
_OK = 200
_NOT_FOUND = 404
# A cancellation waits no longer for a look at how its request stands.
_GLANCE_SECONDS = 5.0
# The pauses, in seconds, between the looks at a cancelled request that is still in the queue.
_LEAVING = (0.2, 0.5, 1.0)
# Sent when the request was cancelled; no proxy answers so, since nobody would be there to hear it.
_CLIENT_CLOSED = 499

ResultT = TypeVar("ResultT")
# Makes a result of a finished request's body and of the header that tells its billable units.
Reader = Callable[[dict[str, Any], str], ResultT]


class FalQueue:
    """Sends requests to fal.ai's queue, and asks about them.

    `key` is `<key_id>:<key_secret>`; `headers` are sent along with every call to fal.ai's API;
    `slots` limits how many requests are under way, None lets fal.ai's queue decide; `seconds` is
    how long one HTTP call may take. Raises ConfigurationError for a key or headers that cannot
    be sent.
    """

    provider = "fal"

    def __init__(  # noqa: PLR0913 - one value for each setting
        self,
        *,
        key: str,
        queue_url: str = "https://queue.fal.run",
        rest_url: str = "https://rest.fal.ai",
        api_url: str = "https://api.fal.ai/v1",
        headers: Mapping[str, str] | None = None,
        slots: int | None = None,
        seconds: float = 60.0,
    ) -> None:
        check_headers({"Authorization": f"Key {key}"}, "FAL_API_KEY")
        check_headers(headers or {}, "GRAPHAPI_FAL_HEADERS")
        self.slots = slots
        self._key = key
        self._queue_url = queue_url.rstrip("/")
        self._extra = {name.lower(): value for name, value in (headers or {}).items()}
        self._wire = Wire("fal.ai", seconds, most_bytes=_MOST_BYTES)
        self._api_url = api_url.rstrip("/")
        self._uploads = FalUploads(self._wire, rest_url.rstrip("/"), self._headers(), key)
        self._history = FalHistory(self._wire, self._api_url, self._queue_url, self._headers(), key)

    async def host(self, content: bytes, content_type: str) -> HostedSource:
        """Upload a source to fal.ai's CDN, to be kept for a day."""
        return await self._uploads.upload(content, content_type)

    async def submit(self, request: EditRequest | SoundRequest, body: Mapping[str, Any]) -> Ticket:
        """Queue one request, with `body` as its input, by exactly one POST.

        fal.ai knows no idempotency key: two POSTs are two charges. Raises NotSent or Throttled
        when nothing was accepted, Rejected when it was refused for good, else InDoubt.
        """
        headers = self._headers(
            {
                # How long it may wait to be started; a later start is a clean, unbilled 504.
                "X-Fal-Request-Timeout": f"{max(request.start_seconds, _MIN_START_SECONDS):.1f}",
                "X-Fal-Queue-Priority": "normal",
                # Or else fal.ai may quietly send it to another model.
                "x-app-fal-disable-fallback": "true",
                "X-Fal-Tags": f"attempt={request.attempt_token}",
            }
        )
        url = submit_url(self._queue_url, request.model, request.webhook_url)
        reply = await self._wire.pay("POST", url, headers, body=dict(body))
        if not reply.ok:
            raise submit_error(reply, self._key)
        return ticket_of(reply, self._queue_url, request.model)

    async def check(self, ticket: Ticket, read: Reader[ResultT]) -> Waiting | ResultT:
        """Ask how a request stands, and fetch its result, by `read`, once it is completed.

        Raises Rejected when it has failed for good or is no longer known, Throttled when asking
        again later may tell more.
        """
        reply = await self._call("GET", ticket.status_url, "logs=1")
        if not reply.ok:
            raise self._no_status(reply)
        standing = reply.json_object() or {}
        match standing.get("status"):
            case "IN_QUEUE":
                return Waiting(running=False, queue_position=queue_position(standing))
            case "IN_PROGRESS":
                return Waiting(running=True, message=last_log_line(standing, self._key))
            case "COMPLETED":
                return await self._result(ticket, _announced(standing), read)
        raise later(JobErrorCode.PROVIDER_FAILED, reply)

    def ticket(self, model: str, request_id: str) -> Ticket:
        """Make the ticket of a request whose id came by webhook; raises Rejected for nonsense."""
        return built_ticket(self._queue_url, model, request_id)

    async def cancel(self, ticket: Ticket) -> Cancelled:
        """Ask fal.ai to stop a request.

        A running one may finish all the same; a stopped one then reads as Rejected(CANCELLED).
        The usual answer is the same for both, so one that waited just before is looked at after.
        Raises Throttled when asking again later may tell more.
        """
        waited = (await self._glance(ticket)).get("status") == "IN_QUEUE"
        reply = await self._call("PUT", ticket.cancel_url)
        said = reply.json_object()
        if reply.ok:
            stopped = reply.status == _OK and (said or {}).get("status") == "OK"
            stopped = stopped or (waited and await self._left_unbegun(ticket))
            return Cancelled.STOPPED if stopped else Cancelled.REQUESTED
        if (said or {}).get("status") == "ALREADY_COMPLETED":
            return Cancelled.TOO_LATE
        if reply.status == _NOT_FOUND and said is not None:
            return Cancelled.UNKNOWN
        raise self._no_status(reply)

    async def find(self, marker: Marker) -> Sighting:
        """Look for a request in fal.ai's history, by what it was asked and its seed."""
        return await self._history.find(marker)

    async def prices(self, models: Sequence[str]) -> dict[str, LivePrice]:
        """Read what fal.ai charges for these models now; those it does not name are left out.

        Raises Throttled or Rejected.
        """
        return await read_prices(self._wire, self._api_url, self._headers(), models)

    async def probe(self) -> None:
        """Try the key for nothing: the status of a request that never was is 404 with a good key.

        Raises ConfigurationError that says what to do.
        """
        url = f"{self._queue_url}/fal-ai/nano-banana-pro/requests/{uuid.uuid4()}/status"
        try:
            reply = await self._call("GET", url)
        except ProviderError as error:
            raise ConfigurationError(
                f"{error.message} Check the network and GRAPHAPI_FAL_QUEUE_URL."
            ) from error
        if reply.status in ABOUT_THE_KEY:
            raise ConfigurationError(SENTENCES[code_of(fault_of(reply), reply.status)])
        if reply.status != _NOT_FOUND:
            raise ConfigurationError(
                f"fal.ai's queue answered a probe with HTTP status {reply.status} instead of 404; "
                "check GRAPHAPI_FAL_QUEUE_URL."
            )

    async def close(self) -> None:
        """Close connections."""
        await self._wire.close()

    async def _left_unbegun(self, ticket: Ticket) -> bool:
        """Tell whether a request is seen to be gone that waited until it was cancelled."""
        for wait in _LEAVING:
            standing = await self._glance(ticket)
            if standing.get("status") != "IN_QUEUE":
                return _never_begun(standing)
            await asyncio.sleep(wait)
        return False

    async def _glance(self, ticket: Ticket) -> dict[str, Any]:
        """Read how a request stands, if that is to be had at once; else nothing."""
        try:
            async with asyncio.timeout(_GLANCE_SECONDS):
                reply = await self._call("GET", ticket.status_url)
        except (ProviderError, TimeoutError):
            return {}
        return reply.json_object() or {}

    async def _result(
        self, ticket: Ticket, announced: Fault | None, read: Reader[ResultT]
    ) -> Waiting | ResultT:
        reply = await self._call("GET", ticket.response_url)
        body = reply.json_object()
        if reply.ok and body is not None:
            return read(body, reply.headers.get(_BILLABLE_UNITS, ""))
        fault = fault_of(reply)
        if fault.text.startswith(STILL_RUNNING):
            return Waiting(running=True)
        if reply.ok or not _is_final(reply, fault, announced):
            raise self._no_status(reply)
        billed = reply.headers.get(_BILLABLE_UNITS, "")
        raise rejected(fault.or_else(announced or Fault()), reply.status, self._key, billed)

    def _no_status(self, reply: Reply) -> ProviderError:
        """Tell what an answer means that is not about how the request went.

        A 404 counts only in fal.ai's own form; a proxy's page must not lose a paid result. A
        refused key is the operator's to mend while the request runs on.
        """
        if reply.status == _NOT_FOUND and reply.json_object() is not None:
            code = JobErrorCode.RESULT_LOST
            return Rejected(code, SENTENCES[code])
        if reply.status in ABOUT_THE_KEY:
            return later(code_of(fault_of(reply), reply.status), reply)
        if reply.status in ASK_AGAIN:
            return later(JobErrorCode.RATE_LIMITED, reply)
        return later(JobErrorCode.PROVIDER_UNAVAILABLE, reply)

    async def _call(self, method: str, url: str | None, query: str = "") -> Reply:
        if url is None or not on_origin(url, self._queue_url):
            raise Throttled(
                JobErrorCode.PROVIDER_UNAVAILABLE,
                "This request was sent to another fal.ai address than GRAPHAPI_FAL_QUEUE_URL "
                "now names; set it back to finish this one.",
            )
        joint = "&" if "?" in url else "?"
        return await self._wire.ask(
            method, f"{url}{joint}{query}" if query else url, self._headers()
        )

    def _headers(self, own: Mapping[str, str] | None = None) -> dict[str, str]:
        """Merge headers: the operator's over ours, the key over all."""
        ours = {name.lower(): value for name, value in (own or {}).items()}
        return {**ours, **self._extra, "authorization": f"Key {self._key}"}


def _announced(status: dict[str, Any]) -> Fault | None:
    """Read the failure that a completed request's status announces, if it does."""
    kind, text = status.get("error_type"), status.get("error")
    if not kind and not text:
        return None
    return Fault(kind if isinstance(kind, str) else "", text if isinstance(text, str) else "")


def _never_begun(standing: dict[str, Any]) -> bool:
    """Tell of a request that waited just before whether it is gone now without having run.

    Where no time is told it may have begun meanwhile: fal.ai need not tell how long it ran.
    """
    if standing.get("status") == "NOT_FOUND":
        return True
    metrics = standing.get("metrics")
    ran = metrics.get("inference_time") if isinstance(metrics, dict) else None
    cancelled = standing.get("error_type") == "client_cancelled"
    idle = isinstance(ran, int | float) and not isinstance(ran, bool) and ran == 0
    return standing.get("status") == "COMPLETED" and cancelled and idle


def _is_final(reply: Reply, fault: Fault, announced: Fault | None) -> bool:
    """Tell whether an error answer is the request's own end, and not that of something between."""
    if fault.kind or reply.status == _CLIENT_CLOSED:
        return True
    if reply.status in (*ABOUT_THE_KEY, *ASK_AGAIN):
        return False
    if reply.status == _NOT_FOUND or reply.status >= SERVER_ERROR:
        # A model names the type of its failure; without one it may be the gateway's own trouble.
        return announced is not None
    return announced is not None or bool(fault.text)
