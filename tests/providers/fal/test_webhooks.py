"""Webhooks of an emulated fal.ai, over real HTTP: how they come and what they say."""

import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest

from graphapi import logs
from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.jobs import Billed
from graphapi.errors import DeliveryFault, DeliveryRefused, InDoubt, Rejected
from graphapi.ports.editing import EditResult, Ticket
from graphapi.ports.webhooks import MAX_DELIVERY_BYTES, WebhookDelivery, WebhookVerifier
from graphapi.providers.fal import FalWebhookVerifier
from tests.emulators.fal import (
    USER_ID,
    Fault,
    Manner,
    Operation,
    Outcome,
    model_failure,
    platform_failure,
)
from tests.providers.fal.conftest import Doorstep, Fal


async def _submit(fal: Fal, doorstep: Doorstep) -> Ticket:
    return await fal.editor.submit(fal.request(webhook_url=doorstep.url))


async def _refusal(verifier: WebhookVerifier, doorstep: Doorstep) -> DeliveryFault:
    await doorstep.wait()
    with pytest.raises(DeliveryRefused) as error:
        await verifier.verify(*doorstep.delivered[0])
    return error.value.fault


async def _read(verifier: FalWebhookVerifier, fal: Fal, body: Any) -> WebhookDelivery:
    raw = json.dumps(body).encode()
    return await verifier.verify(fal.emulator.courier.signed("r-1", raw), raw)


async def test_a_finished_request_is_delivered_to_the_address_that_was_given(
    fal: Fal, doorstep: Doorstep, verifier: FalWebhookVerifier
) -> None:
    ticket = await _submit(fal, doorstep)
    await doorstep.wait()
    assert fal.emulator.ledger.posts[0].query == {"fal_webhook": doorstep.url}
    assert doorstep.addresses == [doorstep.url]
    delivery = await verifier.verify(*doorstep.delivered[0])
    assert delivery.request_id == delivery.gateway_request_id == ticket.request_id
    assert delivery.user_id == USER_ID
    assert abs(delivery.sent_at.timestamp() - time.time()) < 5
    assert isinstance(delivery.outcome, EditResult)
    fetched = await fal.settled(ticket)
    assert delivery.outcome.images == fetched.images
    assert delivery.outcome.metadata == fetched.metadata
    assert (delivery.outcome.billable_units, fetched.billable_units) == (None, 1)


async def test_nobody_is_told_unless_asked(fal: Fal, doorstep: Doorstep) -> None:
    await fal.settled(await fal.editor.submit(fal.request()))
    assert fal.emulator.ledger.posts[0].query == {}
    assert (fal.emulator.ledger.deliveries, doorstep.delivered) == ([], [])


async def test_an_answer_that_is_lost_does_not_lose_the_delivery(
    fal: Fal, doorstep: Doorstep, verifier: FalWebhookVerifier
) -> None:
    fal.emulator.disturb(Operation.SUBMIT, Fault(drop=True, accept=True))
    with pytest.raises(InDoubt):
        await _submit(fal, doorstep)
    await doorstep.wait()
    delivery = await verifier.verify(*doorstep.delivered[0])
    ticket = fal.editor.ticket(fal.request().model, delivery.request_id)
    assert (await fal.settled(ticket)).images
    assert [post.request_id for post in fal.emulator.ledger.accepted] == [delivery.request_id]


async def test_a_delivery_may_come_before_the_submits_own_answer(
    fal: Fal, doorstep: Doorstep, verifier: FalWebhookVerifier
) -> None:
    fal.emulator.courier.manner = Manner(before_answer=True)
    ticket = await _submit(fal, doorstep)
    assert len(doorstep.delivered) == 1
    delivery = await verifier.verify(*doorstep.delivered[0])
    assert delivery.request_id == ticket.request_id


async def test_every_copy_says_the_same(
    fal: Fal, doorstep: Doorstep, verifier: FalWebhookVerifier
) -> None:
    fal.emulator.courier.manner = Manner(copies=3)
    await _submit(fal, doorstep)
    await doorstep.wait(3)
    deliveries = [await verifier.verify(*each) for each in doorstep.delivered]
    assert deliveries[0].outcome == deliveries[1].outcome == deliveries[2].outcome


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (model_failure("content_policy_violation"), "CONTENT_POLICY"),
        (model_failure("image_too_small"), "INVALID_INPUT"),
        (model_failure("generation_timeout", 504), "TIMED_OUT"),
        (platform_failure("runner_disconnected", 503), "PROVIDER_UNAVAILABLE"),
    ],
)
async def test_a_failure_is_delivered_with_its_reason(
    fal: Fal, doorstep: Doorstep, verifier: FalWebhookVerifier, outcome: Outcome, code: str
) -> None:
    fal.emulator.plan_all(outcome)
    await _submit(fal, doorstep)
    await doorstep.wait()
    delivery = await verifier.verify(*doorstep.delivered[0])
    assert isinstance(delivery.outcome, Failure)
    assert delivery.outcome.code == code


async def test_a_result_without_a_picture_is_asked_for_since_its_bill_is_not_delivered(
    fal: Fal, doorstep: Doorstep, verifier: FalWebhookVerifier
) -> None:
    fal.emulator.plan_all(Outcome(images=0))
    ticket = await _submit(fal, doorstep)
    await doorstep.wait()
    assert (await verifier.verify(*doorstep.delivered[0])).outcome is None
    with pytest.raises(Rejected) as error:
        await fal.settled(ticket)
    assert error.value.failure.charge.billed is Billed.NO


async def test_a_cancelled_request_is_delivered_as_such(
    fal: Fal, doorstep: Doorstep, verifier: FalWebhookVerifier
) -> None:
    fal.emulator.seconds = 60
    await fal.editor.cancel(await _submit(fal, doorstep))
    await doorstep.wait()
    delivery = await verifier.verify(*doorstep.delivered[0])
    assert isinstance(delivery.outcome, Failure)
    assert delivery.outcome.code is JobErrorCode.CANCELLED


async def test_a_payload_that_could_not_be_written_is_left_to_be_fetched(
    fal: Fal, doorstep: Doorstep, verifier: FalWebhookVerifier
) -> None:
    fal.emulator.courier.manner = Manner(payload_error=True, retried=True)
    ticket = await _submit(fal, doorstep)
    await doorstep.wait()
    delivery = await verifier.verify(*doorstep.delivered[0])
    assert (delivery.request_id, delivery.outcome) == (ticket.request_id, None)
    assert delivery.gateway_request_id != delivery.request_id
    assert (await fal.settled(ticket)).images


@pytest.mark.parametrize(
    ("manner", "fault"),
    [
        (Manner(forged=True), DeliveryFault.FORGED),
        (Manner(user_id="github|666"), DeliveryFault.FOREIGN),
        (Manner(late=302), DeliveryFault.STALE),
        (Manner(late=-302), DeliveryFault.STALE),
    ],
)
async def test_a_delivery_that_is_not_proven_ours_is_refused(
    fal: Fal, doorstep: Doorstep, verifier: FalWebhookVerifier, manner: Manner, fault: DeliveryFault
) -> None:
    fal.emulator.courier.manner = manner
    await _submit(fal, doorstep)
    assert await _refusal(verifier, doorstep) is fault


async def test_without_a_user_id_any_customers_delivery_is_believed(
    fal: Fal, doorstep: Doorstep, verifier: FalWebhookVerifier
) -> None:
    fal.emulator.courier.manner = Manner(user_id="github|666")
    await _submit(fal, doorstep)
    assert await _refusal(verifier, doorstep) is DeliveryFault.FOREIGN
    trusting = FalWebhookVerifier(
        clock=verifier._clock, jwks_url=f"{fal.url}/.well-known/jwks.json"
    )
    assert (await trusting.verify(*doorstep.delivered[0])).user_id == "github|666"
    await trusting.close()


async def test_a_delivery_that_was_refused_comes_again(fal: Fal, doorstep: Doorstep) -> None:
    doorstep.statuses = [503, 500]
    await _submit(fal, doorstep)
    await doorstep.wait(3)
    while len(fal.emulator.ledger.deliveries) < 3:
        await fal.editor.probe()
    assert [each.status for each in fal.emulator.ledger.deliveries] == [503, 500, 200]


async def test_a_body_that_is_too_large_is_refused_before_any_work(
    fal: Fal, verifier: FalWebhookVerifier
) -> None:
    fal.emulator.disturb_always(Operation.KEYS, Fault(500))
    body = b"x" * (MAX_DELIVERY_BYTES + 1)
    with pytest.raises(DeliveryRefused) as error:
        await verifier.verify(fal.emulator.courier.signed("r-1", body), body)
    assert error.value.fault is DeliveryFault.TOO_LARGE


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "OK",
        {},
        {"request_id": "r-1"},
        {"request_id": "r-1", "status": "DONE"},
        {"request_id": "r-2", "status": "OK"},
        {"request_id": "../x", "gateway_request_id": "r-1", "status": "OK"},
        {"request_id": "r-1", "gateway_request_id": 7, "status": "OK"},
        {"request_id": ["r-1"], "status": "OK"},
    ],
)
async def test_a_signed_delivery_that_makes_no_sense_is_refused(
    fal: Fal, verifier: FalWebhookVerifier, body: object
) -> None:
    with pytest.raises(DeliveryRefused) as error:
        await _read(verifier, fal, body)
    assert error.value.fault is DeliveryFault.UNREADABLE


@pytest.mark.parametrize(
    "said",
    [
        {"status": "OK"},
        {"status": "OK", "payload": None},
        {"status": "OK", "payload": [1]},
        {"status": "OK", "payload": {"images": []}, "payload_error": "Too large"},
        {"status": "ERROR", "error": "Invalid status code: 422"},
        {"status": "ERROR", "payload": {"detail": "It broke"}, "error": "Invalid status code: 500"},
        {"status": "ERROR", "payload": {"detail": [{"type": "novel"}]}, "error": None},
        {"status": "ERROR", "payload": {"detail": 7}},
    ],
)
async def test_a_delivery_that_does_not_say_enough_is_left_to_be_fetched(
    fal: Fal, verifier: FalWebhookVerifier, said: dict[str, Any]
) -> None:
    delivery = await _read(verifier, fal, {"request_id": "r-1", **said})
    assert (delivery.request_id, delivery.outcome) == ("r-1", None)


async def test_the_gateways_id_may_be_the_one_in_the_headers(
    fal: Fal, verifier: FalWebhookVerifier
) -> None:
    body = {"request_id": "r-0", "gateway_request_id": "r-1", "status": "OK"}
    assert (await _read(verifier, fal, body)).request_id == "r-0"


@pytest.fixture
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.mark.usefixtures("_logging_as_before")
async def test_the_address_with_its_token_is_in_no_log(
    fal: Fal, doorstep: Doorstep, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(for_eyes=False)
    await _submit(fal, doorstep)
    fal.emulator.disturb(Operation.SUBMIT, Fault(drop=True))
    with pytest.raises(InDoubt) as error:
        await _submit(fal, doorstep)
    await doorstep.wait()
    logging.getLogger("graphapi").info("That was all")
    said = capsys.readouterr().err
    assert "That was all" in said
    assert "token-1" not in said
    assert "token-1" not in str(error.value)
