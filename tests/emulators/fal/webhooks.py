"""Webhooks: signed, delivered at least once, and tried again until they are taken.

The form follows fal.ai/docs, inference/webhooks: four headers, an Ed25519 signature in hex over
four lines, and a key set whose keys are base64url without padding.
"""

import asyncio
import base64
import hashlib
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.emulators.fal.faults import Operation, Script
from tests.emulators.fal.jobs import Job
from tests.emulators.fal.ledger import Delivery, Ledger

USER_ID = "github|20251120"
# fal.ai waits this long for an answer.
PATIENCE = 15.0


@dataclass(frozen=True, slots=True)
class Manner:
    """How webhooks are delivered.

    After `delay` seconds, `copies` times at once. `before_answer` holds the submit's own answer
    back until the first delivery was tried (its job must then end by itself). `silent` sends
    nothing. `late` seconds are taken off the timestamp; `forged` signs with a key that nobody
    knows. `payload_error` leaves the payload out, as when it cannot be written as JSON. `retried`
    has the request tried twice inside fal.ai, so that its two ids differ. What is not answered
    with 2xx is sent again after each of `pauses`; a redirect ends it.
    """

    delay: float = 0.0
    copies: int = 1
    before_answer: bool = False
    silent: bool = False
    late: float = 0.0
    forged: bool = False
    payload_error: bool = False
    retried: bool = False
    user_id: str = USER_ID
    pauses: tuple[float, ...] = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6)


@dataclass(slots=True)
class Courier:
    """Delivers webhooks as `manner` says, and publishes the keys they can be checked with."""

    ledger: Ledger
    script: Script
    manner: Manner = field(default_factory=Manner)
    keys: list[Ed25519PrivateKey] = field(default_factory=lambda: [Ed25519PrivateKey.generate()])
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _closed: bool = False

    def routes(self) -> list[Route]:
        """List the route of the key set."""
        return [Route("/.well-known/jwks.json", self._asked)]

    def rotate(self, keep: int = 0) -> None:
        """Sign with a new key from now on, and go on publishing the latest `keep` old ones."""
        self.keys = [Ed25519PrivateKey.generate(), *self.keys[:keep]]

    def tell(self, job: Job) -> None:
        """Deliver the end of a job, if its sender asked for that."""
        if job.webhook is None or self.manner.silent or self._closed:
            job.told.set()
            return
        for _ in range(self.manner.copies):
            task = asyncio.create_task(self._deliver(job, job.webhook, self.manner))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def signed(self, request_id: str, body: bytes, manner: Manner | None = None) -> dict[str, str]:
        """Make the headers of a delivery."""
        manner = manner or self.manner
        timestamp = str(int(time.time() - manner.late))
        digest = hashlib.sha256(body).hexdigest()
        message = f"{request_id}\n{manner.user_id}\n{timestamp}\n{digest}".encode()
        key = Ed25519PrivateKey.generate() if manner.forged else self.keys[0]
        return {
            "Content-Type": "application/json",
            "X-Fal-Webhook-Request-Id": request_id,
            "X-Fal-Webhook-User-Id": manner.user_id,
            "X-Fal-Webhook-Timestamp": timestamp,
            "X-Fal-Webhook-Signature": key.sign(message).hex(),
        }

    async def close(self) -> None:
        """Stop delivering."""
        self._closed = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _deliver(self, job: Job, url: str, manner: Manner) -> None:
        body = json.dumps(message_of(job, manner)).encode()
        await asyncio.sleep(manner.delay)
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            for pause in (*manner.pauses, None):
                headers = self.signed(job.request_id, body, manner)
                status = await _sent(client, url, headers, body)
                self.ledger.deliveries.append(Delivery(job.request_id, url, headers, body, status))
                job.told.set()
                if pause is None or (status is not None and status // 100 in (2, 3)):
                    return
                await asyncio.sleep(pause)

    async def _asked(self, request: Request) -> Response:
        self.ledger.key_requests.append(dict(request.headers))
        return await self.script.wrap(Operation.KEYS, self._published)(request)

    async def _published(self, _request: Request) -> Response:
        return JSONResponse({"keys": [published(key) for key in self.keys]})


def published(key: Ed25519PrivateKey) -> dict[str, str]:
    """Write the public half of a key as fal.ai publishes it."""
    raw = key.public_key().public_bytes_raw()
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": base64.urlsafe_b64encode(raw).decode().rstrip("="),
    }


def message_of(job: Job, manner: Manner) -> dict[str, Any]:
    """Make the body of a delivery."""
    message: dict[str, Any] = {
        "request_id": job.request_id,
        "gateway_request_id": str(uuid.uuid4()) if manner.retried else job.request_id,
        "status": "ERROR",
        "payload": None,
    }
    if job.answer is None:
        return message
    message["payload"] = job.answer.body
    if job.answer.status == 200:
        message |= {"status": "OK", "error": None}
    else:
        message["error"] = f"Invalid status code: {job.answer.status}"
    if manner.payload_error:
        message |= {"payload": None, "payload_error": "Response payload is not JSON serializable."}
    return message


async def _sent(
    client: httpx.AsyncClient, url: str, headers: Mapping[str, str], body: bytes
) -> int | None:
    try:
        return (await client.post(url, content=body, headers=headers)).status_code
    except (httpx.HTTPError, httpx.InvalidURL):
        return None
