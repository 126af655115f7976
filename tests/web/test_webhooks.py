"""Webhooks: believed only when they are the provider's, and never the only way to an end."""

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphapi.logs import without_secrets
from tests.api import voices
from tests.api.house import House, Person
from tests.api.lives import (
    RECOVER,
    ask,
    run_out,
    standing,
    until,
    until_ended,
    until_state,
)
from tests.emulators.fal import (
    USER_ID,
    FalEmulator,
    Fault,
    Manner,
    Operation,
    model_failure,
)
from tests.emulators.fal.webhooks import message_of
from tests.web.public_house import open_public_house

DOWN = Fault(status=503, body="down")


@pytest.fixture
async def fal() -> FalEmulator:
    """A provider that nobody can ask: what is known is known by webhook."""
    fal = FalEmulator(shrink=16)
    fal.disturb_always(Operation.STATUS, DOWN)
    return fal


@pytest.fixture(params=["sqlite", "postgresql"])
async def house(
    request: pytest.FixtureRequest, tmp_path: Path, fal: FalEmulator
) -> AsyncIterator[House]:
    options: dict[str, Any] = {"fal_user_id": USER_ID}
    if request.param == "postgresql":
        options["database_url"] = request.getfixturevalue("postgres_url")
    async with open_public_house(tmp_path, fal, **options) as house:
        yield house


@pytest.fixture
async def ada(house: House) -> Person:
    return await house.person("ada")


def address(fal: FalEmulator, number: int = 0) -> str:
    """Tell where the webhook of a request goes."""
    return fal.ledger.accepted[number].query["fal_webhook"]


async def delivered(fal: FalEmulator, person: Person, image_id: str) -> list[int | None]:
    """Wait until something was delivered; answers the statuses of all answers."""
    await until(person, image_id, lambda _: bool(fal.ledger.deliveries))
    return [delivery.status for delivery in fal.ledger.deliveries]


async def test_a_webhook_brings_the_result(ada: Person, fal: FalEmulator) -> None:
    _, (image_id,) = await ask(ada)
    ended = await until_ended(ada, image_id)
    assert (ended["aiStatus"], ended["attempts"][0]["billed"]) == ("COMPLETED", "YES")
    assert [delivery.status for delivery in fal.ledger.deliveries] == [200]


async def test_a_webhook_that_overtakes_the_answer_is_believed(
    ada: Person, fal: FalEmulator
) -> None:
    fal.courier.manner = Manner(before_answer=True)
    _, (image_id,) = await ask(ada)
    ended = await until_ended(ada, image_id)
    assert ended["aiStatus"] == "COMPLETED"
    (attempt,) = ended["attempts"]
    assert attempt["requestId"] == fal.ledger.accepted[0].request_id


async def test_a_webhook_resolves_a_doubt(ada: Person, fal: FalEmulator) -> None:
    fal.courier.manner = Manner(delay=0.5)
    fal.disturb(Operation.SUBMIT, Fault(drop=True, accept=True))
    _, (image_id,) = await ask(ada)
    await until_state(ada, image_id, "SUBMIT_UNKNOWN")
    assert (await until_ended(ada, image_id))["aiStatus"] == "COMPLETED"
    assert len(fal.ledger.posts) == 1


async def test_a_webhook_that_comes_many_times_counts_once(ada: Person, fal: FalEmulator) -> None:
    fal.courier.manner = Manner(copies=5)
    _, (image_id,) = await ask(ada)
    ended = await until_ended(ada, image_id)
    await until(ada, image_id, lambda _: len(fal.ledger.deliveries) == 5)
    assert {delivery.status for delivery in fal.ledger.deliveries} == {200}
    assert (await standing(ada, image_id)) == ended


async def test_a_webhook_brings_a_failure(ada: Person, fal: FalEmulator) -> None:
    fal.plan_all(model_failure("content_policy_violation"))
    _, (image_id,) = await ask(ada)
    ended = await until_ended(ada, image_id)
    assert ended["error"]["code"] == "CONTENT_POLICY"
    assert ended["attempts"][0]["billed"] == "UNKNOWN"


async def test_a_webhook_without_its_payload_leaves_the_rest_to_the_poller(
    ada: Person, fal: FalEmulator
) -> None:
    fal.courier.manner = Manner(payload_error=True)
    _, (image_id,) = await ask(ada)
    assert await delivered(fal, ada, image_id) == [200]
    await until_state(ada, image_id, "SUBMITTED")
    fal.disturb_always(Operation.STATUS, None)
    assert (await until_ended(ada, image_id))["aiStatus"] == "COMPLETED"


async def test_a_lost_webhook_is_made_up_for_by_the_poller(ada: Person, fal: FalEmulator) -> None:
    fal.courier.manner = Manner(silent=True)
    fal.disturb_always(Operation.STATUS, None)
    _, (image_id,) = await ask(ada)
    assert (await until_ended(ada, image_id))["aiStatus"] == "COMPLETED"


@pytest.mark.parametrize(
    "manner",
    [Manner(forged=True), Manner(late=600), Manner(user_id="github|somebody")],
    ids=["forged", "stale", "foreign"],
)
async def test_what_is_not_proven_is_not_believed(
    ada: Person, fal: FalEmulator, manner: Manner
) -> None:
    fal.courier.manner = replace(manner, pauses=())
    _, (image_id,) = await ask(ada)
    assert await delivered(fal, ada, image_id) == [403]
    await until_state(ada, image_id, "SUBMITTED")


async def test_a_signed_delivery_about_another_request_is_not_believed(
    house: House, ada: Person, fal: FalEmulator
) -> None:
    fal.seconds = 60
    _, images = await ask(ada, 2)
    for image_id in images:
        await until_state(ada, image_id, "SUBMITTED")
    other = fal.ledger.accepted[1].request_id or ""
    told = {
        "request_id": other,
        "gateway_request_id": other,
        "status": "OK",
        "payload": {"images": [{"url": "https://example.com/stolen.png"}]},
    }
    body = json.dumps(told).encode()
    answer = await house.http.post(
        address(fal, 0), content=body, headers=fal.courier.signed(other, body)
    )
    assert answer.status_code == 403
    for image_id in images:
        assert (await standing(ada, image_id))["attempts"][0]["state"] == "SUBMITTED"


async def test_an_unknown_token_is_an_address_that_does_not_exist(house: House) -> None:
    unknown = await house.http.post("/webhooks/fal/of-nobody", content=b"{}")
    nowhere = await house.http.post("/nowhere", content=b"{}")
    assert (unknown.status_code, unknown.json()) == (nowhere.status_code, nowhere.json())


async def test_a_delivery_without_end_is_cut_off(
    house: House, ada: Person, fal: FalEmulator
) -> None:
    fal.seconds = 60
    _, (image_id,) = await ask(ada)
    await until_state(ada, image_id, "SUBMITTED")
    answer = await house.http.post(address(fal), content=b"x" * (2**20 + 1))
    assert answer.status_code == 413


async def test_a_delivery_that_cannot_be_checked_now_is_asked_for_again(
    ada: Person, fal: FalEmulator
) -> None:
    fal.courier.manner = Manner(pauses=())
    fal.disturb(Operation.KEYS, DOWN)
    _, (image_id,) = await ask(ada)
    assert await delivered(fal, ada, image_id) == [503]
    await until_state(ada, image_id, "SUBMITTED")


async def test_a_result_that_comes_after_the_end_is_kept_and_can_be_adopted(
    house: House, ada: Person, fal: FalEmulator
) -> None:
    fal.courier.manner = Manner(silent=True)
    _, (image_id,) = await ask(ada)
    await until_state(ada, image_id, "SUBMITTED")
    await run_out(house)
    ended = await until_ended(ada, image_id)
    assert ended["error"]["code"] == "RESULT_LOST"
    (job,) = fal.platform.history
    body = json.dumps(message_of(job, Manner())).encode()
    headers = fal.courier.signed(job.request_id, body)
    answer = await house.http.post(address(fal), content=body, headers=headers)
    assert answer.status_code == 200
    assert (await standing(ada, image_id))["aiStatus"] == "FAILED"
    fal.disturb_always(Operation.STATUS, None)
    fal.forget(fal.ledger.accepted[0].request_id or "")
    assert (await ada.read(RECOVER, id=image_id))["outcome"] == "RECOVERED"
    assert (await until_ended(ada, image_id))["aiStatus"] == "COMPLETED"


async def test_a_webhook_brings_what_was_said_and_what_was_heard(
    ada: Person, fal: FalEmulator
) -> None:
    said = await voices.until_ended(ada, await voices.say(ada))
    assert (said["aiStatus"], said["attempts"][0]["billed"]) == ("COMPLETED", "YES")
    assert said["audioUrl"]
    asked = await ada.read(voices.TRANSCRIBE, model=voices.HEARS, storageId=await voices.note(ada))
    heard = await voices.until_ended(ada, asked["recording"]["id"])
    assert (heard["aiStatus"], heard["text"][:5]) == ("COMPLETED", "Later")
    assert [delivery.status for delivery in fal.ledger.deliveries] == [200, 200]


async def test_a_recording_that_comes_after_the_end_is_kept_and_can_be_adopted(
    house: House, ada: Person, fal: FalEmulator
) -> None:
    fal.courier.manner = Manner(silent=True)
    recording_id = await voices.say(ada)
    await voices.until_sent(ada, recording_id)
    await run_out(house)
    assert (await voices.until_ended(ada, recording_id))["error"]["code"] == "RESULT_LOST"
    (job,) = fal.platform.history
    body = json.dumps(message_of(job, Manner())).encode()
    headers = fal.courier.signed(job.request_id, body)
    assert (await house.http.post(address(fal), content=body, headers=headers)).status_code == 200
    assert (await voices.until_ended(ada, recording_id))["aiStatus"] == "FAILED"
    fal.disturb_always(Operation.STATUS, None)
    fal.forget(fal.ledger.accepted[0].request_id or "")
    assert (await ada.read(voices.RECOVER, id=recording_id))["outcome"] == "RECOVERED"
    assert (await voices.until_ended(ada, recording_id))["aiStatus"] == "COMPLETED"


async def test_no_token_is_in_any_line(
    house: House, ada: Person, fal: FalEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.INFO, logger="httpx")  # quiet once a command has begun to log
    fal.courier.manner = Manner(copies=2, forged=True, pauses=())
    _, (image_id,) = await ask(ada)
    await delivered(fal, ada, image_id)
    token = address(fal).rpartition("/")[2]
    assert len(token) > 30
    await house.http.post(f"/webhooks/fal/{token}x", content=b"{}")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("graphapi")]
    assert any("webhook" in line for line in ours)
    assert token not in "".join(ours)
    assert token in caplog.text, "the emulator's own lines name it"
    assert token not in without_secrets(caplog.text)
    assert token not in (await house.http.get("/metrics")).text
