"""What the emulator tells after a job has ended: webhooks, the history, and what it cost."""

import asyncio
import base64
import hashlib
import json
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import fal_client
import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fal_client import AsyncClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.emulators.fal import (
    KEY,
    USER_ID,
    FalEmulator,
    Fault,
    Manner,
    Operation,
    Outcome,
    model_failure,
    running,
)
from tests.emulators.serving import serve

MODEL = "fal-ai/nano-banana-pro"
HEADERS = {"Authorization": f"Key {KEY}"}
ASKED = {"prompt": "a dog", "seed": 7}


@dataclass
class Fal:
    emulator: FalEmulator
    url: str
    client: httpx.AsyncClient

    async def submit(self, webhook: str | None = None, **other: Any) -> httpx.Response:
        query = {} if webhook is None else {"fal_webhook": webhook}
        return await self.client.post(f"{self.url}/{MODEL}", params=query, json=ASKED | other)

    async def ended(self, count: int = 1) -> None:
        while len(self.emulator.ledger.ended) < count:
            await self.get("/_emulator/ledger")

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.client.get(f"{self.url}{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def fal() -> AsyncIterator[Fal]:
    emulator = FalEmulator(shrink=8)
    async with running(emulator) as url, httpx.AsyncClient(headers=HEADERS) as client:
        yield Fal(emulator, url, client)


@dataclass
class Ear:
    """Somebody who is told. `statuses` are answered first, then 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    heard: "asyncio.Queue[tuple[Request, bytes]]" = field(default_factory=asyncio.Queue)

    async def take(self, request: Request) -> Response:
        self.heard.put_nowait((request, await request.body()))
        return Response(status_code=self.statuses.pop(0) if self.statuses else 200)

    async def next(self) -> tuple[Request, bytes]:
        async with asyncio.timeout(10):
            return await self.heard.get()


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    ear = Ear()
    async with serve(Starlette(routes=[Route("/{path:path}", ear.take, methods=["POST"])])) as url:
        ear.url = f"{url}/told?token=t&n=1"
        yield ear


async def _check(fal: Fal, request: Request, body: bytes) -> None:
    """Verify as fal.ai's documents show it; raises InvalidSignature."""
    said = request.headers
    parts = [
        said["X-Fal-Webhook-Request-Id"],
        said["X-Fal-Webhook-User-Id"],
        said["X-Fal-Webhook-Timestamp"],
        hashlib.sha256(body).hexdigest(),
    ]
    key_set = await fal.get("/.well-known/jwks.json")
    raw = base64.urlsafe_b64decode(key_set["keys"][0]["x"] + "==")
    signature = bytes.fromhex(said["X-Fal-Webhook-Signature"])
    Ed25519PublicKey.from_public_bytes(raw).verify(signature, "\n".join(parts).encode())


async def test_a_webhook_is_signed_as_documented(fal: Fal, ear: Ear) -> None:
    request_id = (await fal.submit(ear.url)).json()["request_id"]
    request, body = await ear.next()
    await _check(fal, request, body)
    assert str(request.url) == ear.url
    assert request.headers["X-Fal-Webhook-User-Id"] == USER_ID
    assert abs(int(request.headers["X-Fal-Webhook-Timestamp"]) - time.time()) < 5
    told = json.loads(body)
    assert (told["request_id"], told["gateway_request_id"]) == (request_id, request_id)
    assert (told["status"], told["error"]) == ("OK", None)
    assert told["payload"] == await fal.get(f"/{MODEL}/requests/{request_id}")


async def test_the_official_client_asks_for_a_webhook(
    fal: Fal, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fal_client.client, "QUEUE_URL_FORMAT", f"{fal.url}/")
    client = AsyncClient(key=KEY)
    handle = await client.submit(MODEL, ASKED, webhook_url=ear.url)
    request, body = await ear.next()
    await (await client._client).aclose()
    assert str(request.url) == ear.url
    assert json.loads(body)["request_id"] == handle.request_id


async def test_a_failure_is_told_with_its_body(fal: Fal, ear: Ear) -> None:
    fal.emulator.plan_all(model_failure("content_policy_violation"))
    await fal.submit(ear.url)
    told = json.loads((await ear.next())[1])
    assert (told["status"], told["error"]) == ("ERROR", "Invalid status code: 422")
    assert told["payload"]["detail"][0]["type"] == "content_policy_violation"


async def test_a_webhook_is_repeated_until_it_is_taken(fal: Fal, ear: Ear) -> None:
    ear.statuses = [500, 404]
    await fal.submit(ear.url)
    for _ in range(3):
        await ear.next()
    while len(fal.emulator.ledger.deliveries) < 3:
        await fal.get("/_emulator/ledger")
    deliveries = (await fal.get("/_emulator/ledger"))["deliveries"]
    assert [each["status"] for each in deliveries] == [500, 404, 200]
    assert {each["url"] for each in deliveries} == {ear.url}


async def test_a_redirect_ends_it(fal: Fal, ear: Ear) -> None:
    ear.statuses = [302]
    await fal.submit(ear.url)
    await ear.next()
    await asyncio.sleep(0.2)
    assert [each.status for each in fal.emulator.ledger.deliveries] == [302]


async def test_webhooks_come_in_the_manner_chosen(fal: Fal, ear: Ear) -> None:
    courier = fal.emulator.courier
    courier.manner = Manner(before_answer=True, copies=2, payload_error=True, retried=True)
    await fal.submit(ear.url)
    told = [json.loads((await ear.next())[1]) for _ in range(2)]
    assert told[0]["payload"] is None
    assert "payload_error" in told[0]
    assert told[0]["gateway_request_id"] != told[0]["request_id"] == told[1]["request_id"]
    courier.manner = Manner(forged=True)
    await fal.submit(ear.url)
    with pytest.raises(InvalidSignature):
        await _check(fal, *await ear.next())
    courier.manner = Manner(silent=True)
    await fal.submit(ear.url)
    await fal.ended(3)
    courier.manner = Manner(delay=0.05, late=400, user_id="github|2")
    await fal.submit(ear.url)
    request, body = await ear.next()
    await _check(fal, request, body)
    assert request.headers["X-Fal-Webhook-User-Id"] == "github|2"
    assert time.time() - int(request.headers["X-Fal-Webhook-Timestamp"]) > 395
    assert ear.heard.empty()


async def test_keys_are_rotated(fal: Fal, ear: Ear) -> None:
    before = await fal.get("/.well-known/jwks.json")
    fal.emulator.courier.rotate(keep=1)
    after = await fal.get("/.well-known/jwks.json")
    assert len(after["keys"]) == 2
    assert after["keys"][1] == before["keys"][0]
    await fal.submit(ear.url)
    await _check(fal, *await ear.next())
    assert len(fal.emulator.ledger.key_requests) == 3


HISTORY = "/v1/models/requests/by-endpoint"


async def test_the_history_lists_ended_requests_newest_first(fal: Fal) -> None:
    fal.emulator.plan(2, Outcome(seconds=60))
    for seed in range(3):
        await fal.submit(seed=seed)
        await fal.ended(min(seed + 1, 2))
    listed = await fal.get(HISTORY, endpoint_id=MODEL, expand="payloads")
    assert [item["json_input"]["seed"] for item in listed["items"]] == [1, 0]
    assert (listed["has_more"], listed["next_cursor"]) == (False, None)
    item = listed["items"][0]
    assert item["json_output"]["images"]
    assert (item["endpoint_id"], item["status_code"]) == (MODEL, 200)
    assert item["sent_at"] <= item["started_at"] <= item["ended_at"]


async def test_the_history_is_read_page_by_page_and_within_a_window(fal: Fal) -> None:
    for count in range(3):
        await fal.submit()
        await fal.ended(count + 1)
    asked = {"endpoint_id": MODEL, "limit": 2}
    first = await fal.get(HISTORY, **asked)
    assert (len(first["items"]), first["has_more"]) == (2, True)
    second = await fal.get(HISTORY, **asked, cursor=first["next_cursor"])
    assert (len(second["items"]), second["has_more"]) == (1, False)
    edge = first["items"][1]["ended_at"]
    assert len((await fal.get(HISTORY, **asked, start=edge))["items"]) == 2
    assert len((await fal.get(HISTORY, **asked, end=edge))["items"]) == 1
    assert (await fal.get(HISTORY, endpoint_id=f"{MODEL}/edit"))["items"] == []


async def test_the_history_tells_payloads_only_when_asked_and_kept(fal: Fal) -> None:
    await fal.submit()
    await fal.ended()
    (item,) = (await fal.get(HISTORY, endpoint_id=MODEL))["items"]
    assert "json_input" not in item
    fal.emulator.platform.payloads = False
    (item,) = (await fal.get(HISTORY, endpoint_id=MODEL, expand="payloads"))["items"]
    assert "json_input" not in item
    fal.emulator.platform.lag = 60
    assert (await fal.get(HISTORY, endpoint_id=MODEL))["items"] == []


async def test_the_platform_is_for_those_with_a_key(fal: Fal) -> None:
    async with httpx.AsyncClient() as stranger:
        for path in (HISTORY, "/v1/models/pricing"):
            answer = await stranger.get(f"{fal.url}{path}", params={"endpoint_id": MODEL})
            assert answer.status_code == 401
        assert (await stranger.get(f"{fal.url}/.well-known/jwks.json")).status_code == 200
    answer = await fal.client.get(f"{fal.url}{HISTORY}")
    assert answer.status_code == 400


async def test_prices_are_told_for_models_named_in_either_way(fal: Fal) -> None:
    names = [MODEL, "fal-ai/nano-banana"]
    repeated = await fal.get("/v1/models/pricing", endpoint_id=names)
    joined = await fal.get("/v1/models/pricing", endpoint_id=",".join([*names, "fal-ai/none"]))
    assert repeated == joined
    assert [price["unit_price"] for price in repeated["prices"]] == [0.15, 0.039]


async def test_every_new_answer_can_be_spoilt(fal: Fal) -> None:
    for operation, path in [
        (Operation.HISTORY, HISTORY),
        (Operation.PRICES, "/v1/models/pricing"),
        (Operation.KEYS, "/.well-known/jwks.json"),
    ]:
        fal.emulator.disturb(operation, Fault(503))
        answer = await fal.client.get(f"{fal.url}{path}", params={"endpoint_id": MODEL})
        assert answer.status_code == 503


async def test_cancelling_has_every_outcome(fal: Fal) -> None:
    fal.emulator.limit = 1
    fal.emulator.plan(0, Outcome(seconds=60, cancel_seconds=0.1))
    first, second, third = [(await fal.submit()).json() for _ in range(3)]
    answers = [await fal.client.put(second["cancel_url"])]
    fal.emulator.says_ok_to_cancel = True
    answers.append(await fal.client.put(third["cancel_url"]))
    answers.append(await fal.client.put(third["cancel_url"]))
    answers.append(await fal.client.put(first["cancel_url"]))
    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [
        (202, "CANCELLATION_REQUESTED"),
        (200, "OK"),
        (400, "ALREADY_COMPLETED"),
        (202, "CANCELLATION_REQUESTED"),
    ]
    await fal.ended(3)
    ledger = await fal.get("/_emulator/ledger")
    stops = [stop for _, stop in ledger["cancels"]]
    assert stops == ["removed", "removed", "too late", "signalled"]
    assert set(ledger["ended"].values()) == {499}
    assert (await fal.client.get(first["response_url"])).status_code == 499


async def test_a_process_of_its_own_delivers_webhooks_as_told(ear: Ear) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.emulators.fal", "--seconds", "0", "--shrink", "8"),
        *("--webhook-copies", "2", "--webhook-user-id", "github|3", "--webhook-payload-error"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    try:
        async with httpx.AsyncClient(headers=HEADERS) as client:
            await client.post(f"{url}/{MODEL}", params={"fal_webhook": ear.url}, json=ASKED)
        told = [await ear.next() for _ in range(2)]
    finally:
        process.terminate()
        await process.wait()
    assert {request.headers["X-Fal-Webhook-User-Id"] for request, _ in told} == {"github|3"}
    assert all("payload_error" in json.loads(body) for _, body in told)
