"""The keys that webhooks are checked with: where they come from and how long they are kept."""

import asyncio
import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from graphapi.errors import DeliveryFault, DeliveryRefused
from graphapi.providers.fal import FalWebhookVerifier
from graphapi.providers.fal.keys import MOST_KEYS, read_keys
from graphapi.providers.http import Reply
from tests.emulators.fal import Fault, Operation
from tests.emulators.fal.webhooks import published
from tests.providers.fal.conftest import Fal, TurnedClock

BODY = json.dumps({"request_id": "r-1", "status": "OK"}).encode()
DAY = timedelta(hours=24)
MINUTE = timedelta(minutes=1)
KEY = Ed25519PrivateKey.generate()


class Gate:
    """A verifier, and deliveries made at the moment that its clock shows."""

    def __init__(self, fal: Fal, clock: TurnedClock, verifier: FalWebhookVerifier) -> None:
        self.courier = fal.emulator.courier
        self.emulator = fal.emulator
        self.clock = clock
        self.verifier = verifier

    @property
    def asked(self) -> int:
        """Tell how often the keys were asked for."""
        return len(self.emulator.ledger.key_requests)

    async def passes(self, *, forged: bool = False) -> bool:
        """Deliver; False when it is refused as forged, and raises any other refusal."""
        late = -self.clock.turned.total_seconds()
        manner = replace(self.courier.manner, late=late, forged=forged)
        try:
            await self.verifier.verify(self.courier.signed("r-1", BODY, manner), BODY)
        except DeliveryRefused as error:
            if error.fault is not DeliveryFault.FORGED:
                raise
            return False
        return True


@pytest.fixture
def gate(fal: Fal, clock: TurnedClock, verifier: FalWebhookVerifier) -> Gate:
    return Gate(fal, clock, verifier)


async def test_keys_are_fetched_once_and_without_our_own_key(gate: Gate) -> None:
    assert gate.asked == 0
    assert [await gate.passes() for _ in range(3)] == [True] * 3
    (headers,) = gate.emulator.ledger.key_requests
    assert "authorization" not in headers


async def test_deliveries_that_come_together_fetch_once(gate: Gate) -> None:
    gate.emulator.disturb(Operation.KEYS, Fault(delay=0.1))
    assert all(await asyncio.gather(*(gate.passes() for _ in range(10))))
    assert gate.asked == 1


async def test_keys_are_kept_for_a_day_and_no_longer(gate: Gate) -> None:
    await gate.passes()
    gate.clock.turned = DAY - MINUTE
    assert await gate.passes()
    assert gate.asked == 1
    gate.clock.turned = DAY + MINUTE
    assert await gate.passes()
    assert gate.asked == 2


async def test_keys_older_than_a_day_are_not_believed_though_no_others_can_be_had(
    gate: Gate,
) -> None:
    await gate.passes()
    gate.emulator.disturb_always(Operation.KEYS, Fault(503))
    gate.clock.turned = DAY + MINUTE
    with pytest.raises(DeliveryRefused) as error:
        await gate.passes()
    assert error.value.fault is DeliveryFault.KEYS_UNREACHABLE


async def test_a_clock_that_was_set_back_does_not_keep_keys_for_ever(gate: Gate) -> None:
    gate.clock.turned = 2 * DAY
    await gate.passes()
    gate.clock.turned = -DAY
    assert await gate.passes()
    assert gate.asked == 2


async def test_any_of_several_keys_may_have_signed(gate: Gate) -> None:
    gate.courier.keys = [Ed25519PrivateKey.generate() for _ in range(4)]
    assert await gate.passes()
    gate.courier.keys = gate.courier.keys[::-1]
    assert await gate.passes()
    assert gate.asked == 1


async def test_a_new_key_is_fetched_when_the_first_delivery_comes_that_it_signed(
    gate: Gate,
) -> None:
    await gate.passes()
    gate.clock.turned = MINUTE
    gate.courier.rotate()
    assert await gate.passes()
    assert await gate.passes()
    assert gate.asked == 2


async def test_a_key_that_is_no_longer_published_no_longer_passes(gate: Gate) -> None:
    (old,) = gate.courier.keys
    await gate.passes()
    gate.clock.turned = MINUTE
    gate.courier.rotate()
    assert await gate.passes()
    gate.courier.keys = [old]
    assert not await gate.passes()


async def test_an_old_key_passes_while_it_is_published_beside_the_new(gate: Gate) -> None:
    gate.courier.rotate(keep=1)
    assert await gate.passes()
    gate.courier.keys = gate.courier.keys[::-1]
    assert await gate.passes()


async def test_forgeries_cannot_make_us_ask_more_than_once_a_minute(gate: Gate) -> None:
    await gate.passes()
    for minute in range(1, 4):
        gate.clock.turned = minute * MINUTE
        answers = await asyncio.gather(*(gate.passes(forged=True) for _ in range(20)))
        assert not any(answers)
        assert gate.asked == 1 + minute
    assert await gate.passes()


async def test_forgeries_cannot_make_us_ask_a_silent_server_more_than_once_a_minute(
    gate: Gate,
) -> None:
    gate.emulator.disturb_always(Operation.KEYS, Fault(drop=True))
    for _ in range(10):
        with pytest.raises(DeliveryRefused) as error:
            await gate.passes(forged=True)
        assert error.value.fault is DeliveryFault.KEYS_UNREACHABLE
    assert gate.asked == 1
    gate.emulator.disturb_always(Operation.KEYS, None)
    gate.clock.turned = MINUTE
    assert await gate.passes()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500),
        Fault(404, "<html>"),
        Fault(200, "<html>"),
        Fault(200, {"keys": []}),
        Fault(200, {"keys": [{"kty": "RSA"}]}),
        Fault(302, "", {"Location": "/elsewhere"}),
        Fault(drop=True),
        Fault(cut=True),
    ],
)
async def test_keys_at_hand_stay_good_when_a_newer_set_cannot_be_read(
    gate: Gate, fault: Fault
) -> None:
    await gate.passes()
    gate.clock.turned = MINUTE
    gate.emulator.disturb(Operation.KEYS, fault)
    assert not await gate.passes(forged=True)
    assert gate.asked == 2
    assert await gate.passes()


def _set(*keys: Any) -> Reply:
    return Reply(200, httpx.Headers(), json.dumps({"keys": keys}).encode())


def _x(encoded: str) -> dict[str, str]:
    return published(KEY) | {"x": encoded}


@given(st.binary(min_size=32, max_size=32))
def test_a_key_is_read_with_and_without_its_padding(seed: bytes) -> None:
    raw = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    padded = base64.urlsafe_b64encode(raw).decode()
    keys = read_keys(_set(_x(padded), _x(padded.rstrip("="))))
    assert [key.public_bytes_raw() for key in keys] == [raw, raw]


@pytest.mark.parametrize(
    "item",
    [
        None,
        "key",
        {},
        published(KEY) | {"kty": "EC"},
        published(KEY) | {"crv": "X25519"},
        _x(""),
        _x("AAAA"),
        _x("A" * 44 + "AAAA"),
        _x("!" * 43),
        _x("é" * 43),
        _x(published(KEY)["x"] + "\n"),
        published(KEY) | {"x": None},
        published(KEY) | {"x": 7},
    ],
)
def test_what_is_no_such_key_is_passed_over(item: object) -> None:
    assert len(read_keys(_set(item, published(KEY)))) == 1


def test_a_set_is_read_up_to_a_bound() -> None:
    assert len(read_keys(_set(*[published(KEY)] * 1000))) == MOST_KEYS


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["keys", "kty", "crv", "x"]), inner)
        ),
    )
)
def test_no_key_set_can_break_the_reading_of_it(body: Any) -> None:
    assert read_keys(Reply(200, httpx.Headers(), json.dumps(body).encode())) == ()
