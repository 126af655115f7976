"""fal.ai's webhooks: who sent them, and what they say.

A delivery is believed in this order: its size, its four headers, its age, the account it names,
its signature over the raw bytes; only then are the bytes read as JSON. Source: fal.ai/docs,
inference/webhooks.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from graphapi.domain.failures import Failure
from graphapi.errors import DeliveryFault, DeliveryRefused, Rejected
from graphapi.ports.clock import Clock
from graphapi.ports.editing import EditResult
from graphapi.ports.sound_result import SoundResult
from graphapi.ports.webhooks import MAX_DELIVERY_BYTES, WebhookDelivery
from graphapi.providers.fal.errors import BY_TYPE, fault_in, rejected
from graphapi.providers.fal.keys import SigningKeys
from graphapi.providers.fal.sound_results import any_result
from graphapi.providers.fal.tickets import is_request_id
from graphapi.providers.http import Reply, Wire

# Older than this a delivery may be a recording.
SKEW = timedelta(seconds=300)
# fal.ai waits 15 seconds for its answer; fetching keys, with the time to connect, must fit in.
_SECONDS = 4.0

# What is joined by line feeds to be signed must have none inside.
_FORMS = {
    "x-fal-webhook-request-id": re.compile(r"[A-Za-z0-9_-]{1,128}"),
    "x-fal-webhook-user-id": re.compile(r"[!-~]{1,256}"),
    "x-fal-webhook-timestamp": re.compile(r"[0-9]{1,11}"),
    "x-fal-webhook-signature": re.compile(r"[0-9A-Fa-f]{128}"),
}
_STATUS = re.compile(r"Invalid status code: ([45][0-9]{2})")


@dataclass(frozen=True, slots=True)
class _Claim:
    """Who a delivery says it is from, not believed yet."""

    request_id: str
    user_id: str
    timestamp: str
    signature: bytes

    @property
    def sent_at(self) -> datetime:
        # Eleven digits stay within what a datetime can hold.
        return datetime.fromtimestamp(int(self.timestamp), UTC)

    def message(self, body: bytes) -> bytes:
        """Make what fal.ai signs: four lines, none of them ended."""
        digest = hashlib.sha256(body).hexdigest()
        return f"{self.request_id}\n{self.user_id}\n{self.timestamp}\n{digest}".encode()


class FalWebhookVerifier:
    """Verifies and reads fal.ai's webhooks.

    `user_id` is our account at fal.ai; without it deliveries to any customer pass, and the token
    in the address with the request's id must tell that one is ours.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        jwks_url: str = "https://rest.fal.ai/.well-known/jwks.json",
        user_id: str | None = None,
    ) -> None:
        self._clock = clock
        self._user_id = user_id
        self._wire = Wire("fal.ai", _SECONDS)
        self._keys = SigningKeys(self._wire, jwks_url, clock)

    async def verify(self, headers: Mapping[str, str], body: bytes) -> WebhookDelivery:
        """Check a delivery and read it; `body` is as it was received, byte for byte.

        Raises DeliveryRefused with the fault.
        """
        if len(body) > MAX_DELIVERY_BYTES:
            raise DeliveryRefused(DeliveryFault.TOO_LARGE, "The delivery is too large.")
        claim = _claim(headers)
        if abs(self._clock.now() - claim.sent_at) > SKEW:
            raise DeliveryRefused(
                DeliveryFault.STALE,
                "The delivery is more than five minutes old, or this machine's clock is wrong.",
            )
        if self._user_id is not None and claim.user_id != self._user_id:
            raise DeliveryRefused(
                DeliveryFault.FOREIGN,
                "The delivery is for another account than GRAPHAPI_FAL_USER_ID.",
            )
        if not await self._keys.vouch(claim.signature, claim.message(body)):
            raise DeliveryRefused(DeliveryFault.FORGED, "No key of fal.ai's made the signature.")
        return _delivery(claim, body)

    async def close(self) -> None:
        """Close connections."""
        await self._wire.close()


def _claim(headers: Mapping[str, str]) -> _Claim:
    given: dict[str, list[str]] = {name: [] for name in _FORMS}
    for name, value in headers.items():
        if name.lower() in given:
            given[name.lower()].append(value)
    for name, values in given.items():
        # Of two values, one would be checked and the other perhaps believed.
        if len(values) != 1 or not _FORMS[name].fullmatch(values[0]):
            raise DeliveryRefused(
                DeliveryFault.UNSIGNED, f"The header {name} is missing or malformed."
            )
    request_id, user_id, timestamp, signature = (given[name][0] for name in _FORMS)
    return _Claim(request_id, user_id, timestamp, bytes.fromhex(signature))


def _delivery(claim: _Claim, raw: bytes) -> WebhookDelivery:
    body = Reply(200, httpx.Headers(), raw).json_object() or {}
    request_id = body.get("request_id")
    gateway_id = body.get("gateway_request_id", request_id)
    if not is_request_id(request_id) or not is_request_id(gateway_id):
        raise _unreadable("names no request")
    if claim.request_id not in (request_id, gateway_id):
        raise _unreadable("names another request than its headers do")
    if body.get("status") not in ("OK", "ERROR"):
        raise _unreadable("does not say how the request went")
    return WebhookDelivery(
        request_id=request_id,
        gateway_request_id=gateway_id,
        user_id=claim.user_id,
        sent_at=claim.sent_at,
        outcome=_outcome(body),
    )


def _outcome(body: dict[str, Any]) -> EditResult | SoundResult | Failure | None:
    payload = body.get("payload")
    if not isinstance(payload, dict) or body.get("payload_error"):
        return None
    if body["status"] == "ERROR":
        return _failure(payload, body.get("error"))
    try:
        return any_result(payload)
    except Rejected:
        # Only the answer itself, which is asked for then, tells whether that is charged for.
        return None


def _failure(payload: dict[str, Any], said: Any) -> Failure | None:
    """Read why a request failed; None unless there is a type that decides what it means."""
    fault = fault_in(payload)
    found = _STATUS.search(said) if isinstance(said, str) else None
    if not fault.kind or (found is None and fault.kind not in BY_TYPE):
        return None
    error = rejected(fault, int(found[1]) if found else 0, key="")
    return error.failure


def _unreadable(sentence: str) -> DeliveryRefused:
    return DeliveryRefused(DeliveryFault.UNREADABLE, f"The delivery {sentence}.")
