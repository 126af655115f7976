"""Whoever changes a delivery on its way, or repeats it, is refused."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers

from graphapi.errors import DeliveryFault, DeliveryRefused
from graphapi.providers.fal import FalWebhookVerifier
from tests.emulators.fal import Manner
from tests.providers.fal.conftest import Fal

PREFIX = "X-Fal-Webhook-"
BODY = json.dumps({"request_id": "r-1", "status": "OK", "payload": None}).encode()


@dataclass
class Signed:
    """One good delivery, and the verifier that has passed it."""

    headers: dict[str, str]
    verifier: FalWebhookVerifier

    async def is_refused(self, headers: dict[str, str] | Headers, body: bytes = BODY) -> bool:
        try:
            await self.verifier.verify(headers, body)
        except DeliveryRefused as error:
            return error.fault is not DeliveryFault.UNREADABLE
        return False


@pytest.fixture
async def signed(fal: Fal, verifier: FalWebhookVerifier) -> Signed:
    delivery = Signed(fal.emulator.courier.signed("r-1", BODY), verifier)
    assert not await delivery.is_refused(delivery.headers)
    return delivery


class StoppedClock:
    """A clock that stands at `moment`, in seconds since 1970."""

    def __init__(self) -> None:
        self.moment = int(time.time())

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.moment, UTC)


@pytest.fixture
def stopped(signed: Signed) -> StoppedClock:
    signed.verifier._clock = clock = StoppedClock()
    return clock


def _flipped(content: bytes) -> Iterator[bytes]:
    """Change one bit, each in its turn."""
    for place in range(8 * len(content)):
        changed = bytearray(content)
        changed[place // 8] ^= 1 << place % 8
        yield bytes(changed)


async def test_no_bit_of_the_body_can_be_changed(signed: Signed) -> None:
    for body in _flipped(BODY):
        assert await signed.is_refused(signed.headers, body), body


@pytest.mark.parametrize("part", ["Request-Id", "User-Id", "Timestamp"])
async def test_no_bit_of_a_signed_header_can_be_changed(signed: Signed, part: str) -> None:
    value = signed.headers[PREFIX + part].encode()
    for changed in _flipped(value):
        headers = signed.headers | {PREFIX + part: changed.decode("latin-1")}
        assert await signed.is_refused(headers), changed


async def test_no_bit_of_the_signature_can_be_changed(signed: Signed) -> None:
    for changed in _flipped(bytes.fromhex(signed.headers[f"{PREFIX}Signature"])):
        assert await signed.is_refused(signed.headers | {f"{PREFIX}Signature": changed.hex()})


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_other_body_passes(signed: Signed, body: bytes) -> None:
    assert await signed.is_refused(signed.headers, body) == (body != BODY)


@given(
    st.dictionaries(
        st.sampled_from(["Request-Id", "User-Id", "Timestamp", "Signature"]),
        st.text(max_size=140) | st.text("0123456789abcdef", min_size=128, max_size=128),
        min_size=1,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_other_headers_pass(signed: Signed, other: dict[str, str]) -> None:
    headers = signed.headers | {PREFIX + name: value for name, value in other.items()}
    assert await signed.is_refused(headers) == (headers != signed.headers)


@pytest.mark.parametrize("part", ["Request-Id", "User-Id", "Timestamp", "Signature"])
async def test_a_header_that_is_missing_empty_or_doubled_is_refused(
    signed: Signed, part: str
) -> None:
    name = PREFIX + part
    raw = [(key.lower().encode(), value.encode()) for key, value in signed.headers.items()]
    assert not await signed.is_refused(Headers(raw=raw))
    assert await signed.is_refused(Headers(raw=[*raw, (name.lower().encode(), b"x")]))
    assert await signed.is_refused(
        Headers(raw=[*raw, (name.lower().encode(), signed.headers[name].encode())])
    )
    assert await signed.is_refused(signed.headers | {name: ""})
    assert await signed.is_refused({k: v for k, v in signed.headers.items() if k != name})


@pytest.mark.parametrize(
    ("request_id", "user_id", "sent"),
    [
        ("r-1\na", "b", {"Request-Id": "r-1", "User-Id": "a\nb"}),
        ("r-1", "a\nb", {"Request-Id": "r-1\na", "User-Id": "b"}),
        ("r-1", "a\nb", {"User-Id": "a\nb"}),
    ],
)
async def test_the_parts_cannot_be_divided_differently(
    fal: Fal, verifier: FalWebhookVerifier, request_id: str, user_id: str, sent: dict[str, str]
) -> None:
    verifier._user_id = None
    headers = fal.emulator.courier.signed(request_id, BODY, Manner(user_id=user_id))
    headers |= {PREFIX + part: value for part, value in sent.items()}
    with pytest.raises(DeliveryRefused) as error:
        await verifier.verify(headers, BODY)
    assert error.value.fault is DeliveryFault.UNSIGNED


async def test_hex_in_capitals_is_the_same_signature(signed: Signed) -> None:
    name = f"{PREFIX}Signature"
    assert not await signed.is_refused(signed.headers | {name: signed.headers[name].upper()})


@given(st.integers(-100_000, 100_000) | st.sampled_from([-301, -300, -299, 0, 299, 300, 301]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_delivery_passes_within_five_minutes_either_way_and_never_outside(
    signed: Signed, stopped: StoppedClock, seconds: int
) -> None:
    stopped.moment = int(signed.headers[f"{PREFIX}Timestamp"]) + seconds
    assert await signed.is_refused(signed.headers) == (abs(seconds) > 300)


@pytest.mark.parametrize("timestamp", ["0", "99999999999", "-1", "1e9", "१२३", "1.5", " 1", "1_0"])
async def test_a_timestamp_that_is_no_moment_of_now_is_refused(
    signed: Signed, timestamp: str
) -> None:
    assert await signed.is_refused(signed.headers | {f"{PREFIX}Timestamp": timestamp})
