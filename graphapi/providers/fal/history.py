"""Finding a request again whose submit was never answered, in fal.ai's history.

fal.ai takes no id of ours, but its history tells what each request was asked: the prompt and the
seed that we chose for this one attempt. Only finished requests are listed, newest end first, and
payloads only while fal.ai keeps them (30 days, unless X-Fal-Store-IO forbade it).
Source: fal.ai/docs, platform-apis, models/requests/by-endpoint.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any, TypeGuard
from urllib.parse import urlencode

from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.errors import Rejected, Throttled
from graphapi.ports.editing import CannotKnow, EditResult, Found, Marker, NotSeen, Sighting
from graphapi.ports.sound_result import SoundResult
from graphapi.providers.fal.errors import (
    ABOUT_THE_KEY,
    SENTENCES,
    code_of,
    fault_in,
    fault_of,
    later,
    rejected,
)
from graphapi.providers.fal.sound_results import any_result
from graphapi.providers.fal.tickets import built_ticket, is_request_id
from graphapi.providers.http import Reply, Wire

# Our clock and fal.ai's need not agree.
SKEW = timedelta(minutes=5)
# Payloads come along, so pages are kept well below what one answer may weigh.
PAGE = 50
MOST_PAGES = 40

_NO_LIST = CannotKnow("fal.ai answered the question for its history with something else.")


class Look(Enum):
    """What one line of the history looks like. HIDDEN: it does not tell what was asked."""

    OURS = auto()
    FOREIGN = auto()
    HIDDEN = auto()


class FalHistory:
    """Reads the history. `headers` carry our key and go to `api_url` alone."""

    def __init__(
        self, wire: Wire, api_url: str, queue_url: str, headers: Mapping[str, str], key: str
    ) -> None:
        self._wire = wire
        self._api_url = api_url
        self._queue_url = queue_url
        self._headers = headers
        self._key = key

    async def find(self, marker: Marker) -> Sighting:
        """Look through every request of the marker's window, until one is ours."""
        hidden = 0
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = await self._page(marker, cursor)
            if isinstance(page, CannotKnow):
                return page
            for item in page["items"]:
                match _looks(item, marker):
                    case Look.OURS:
                        return self._found(item, marker)
                    case Look.HIDDEN:
                        hidden += 1
            cursor = page.get("next_cursor")
            if not page.get("has_more", cursor):
                return _unseen(hidden)
            if not isinstance(cursor, str):
                return _NO_LIST
        return CannotKnow("There are too many requests in fal.ai's history to look through.")

    async def _page(self, marker: Marker, cursor: str | None) -> dict[str, Any] | CannotKnow:
        asked = {
            "endpoint_id": marker.model,
            "start": _moment(marker.since - SKEW),
            "end": _moment(marker.until + SKEW),
            "expand": "payloads",
            "limit": str(PAGE),
        }
        query = urlencode(asked if cursor is None else asked | {"cursor": cursor})
        url = f"{self._api_url}/models/requests/by-endpoint?{query}"
        try:
            reply = await self._wire.ask("GET", url, self._headers)
        except Throttled as error:
            return CannotKnow(error.message, error.retry_after)
        body = reply.json_object()
        if not reply.ok:
            return _refused(reply)
        return body if body is not None and isinstance(body.get("items"), list) else _NO_LIST

    def _found(self, item: dict[str, Any], marker: Marker) -> Found:
        ticket = built_ticket(self._queue_url, marker.model, item["request_id"])
        return Found(ticket, self._outcome(item))

    def _outcome(self, item: dict[str, Any]) -> EditResult | SoundResult | Failure | None:
        status, output = item.get("status_code"), item.get("json_output")
        if not _is_status(status):
            return None
        if status // 100 != 2:  # noqa: PLR2004 - the class of an HTTP status
            error = rejected(fault_in(output), status, self._key)
            return error.failure
        if not isinstance(output, dict):
            return None  # then it is asked for by its ticket
        try:
            return any_result(output)
        except Rejected as error:
            return error.failure


def _looks(item: Any, marker: Marker) -> Look:
    if not isinstance(item, dict) or not is_request_id(item.get("request_id")):
        return Look.HIDDEN
    if item["request_id"] in marker.others:
        return Look.FOREIGN
    asked = item.get("json_input")
    if not isinstance(asked, dict):
        return Look.HIDDEN
    wanted = {"seed": marker.seed, **marker.options, marker.asked_as: marker.prompt}
    told = all(asked.get(name) == value for name, value in wanted.items())
    shown = all(asked[name] == value for name, value in marker.shown.items() if name in asked)
    ours = told and shown and _may_bear(item.get("tags"), marker.token_hash)
    return Look.OURS if ours else Look.FOREIGN


def _may_bear(tags: Any, token_hash: str | None) -> bool:
    """Tell whether the tags can be those of our attempt; where none are given they can."""
    token = tags.get("attempt") if isinstance(tags, dict) else None
    if token_hash is None or not isinstance(token, str):
        return True
    return hashlib.sha256(token.encode()).hexdigest() == token_hash


def _unseen(hidden: int) -> NotSeen | CannotKnow:
    if not hidden:
        return NotSeen()
    return CannotKnow(
        f"fal.ai's history does not tell what {hidden} of its requests were asked, and one of them "
        "may be this. Look there yourself; X-Fal-Store-IO in GRAPHAPI_FAL_HEADERS hides it."
    )


def _refused(reply: Reply) -> CannotKnow:
    if reply.status in ABOUT_THE_KEY:
        return CannotKnow(SENTENCES[code_of(fault_of(reply), reply.status)])
    error = later(JobErrorCode.PROVIDER_UNAVAILABLE, reply)
    return CannotKnow(error.message, error.retry_after)


def _is_status(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
