"""Stopping variations: what was stopped in time, what may still be paid, and what is kept."""

import asyncio
from pathlib import Path

import pytest

from tests.api.house import House, open_house, until_done
from tests.api.lives import (
    CANCEL,
    CANCEL_ALL,
    ask,
    lists,
    standing,
    until_ended,
    until_one_is_sent,
    until_sent,
    until_state,
)
from tests.emulators.fal import FalEmulator, Fault, Operation, Outcome, running
from tests.emulators.fal.jobs import Stop


async def test_what_waits_is_stopped_unspent_and_what_was_sent_is_asked_to_stop(
    tmp_path: Path, fal: FalEmulator, database: dict[str, str]
) -> None:
    options = database | {"generation_concurrency": 1}
    async with running(fal) as url, open_house(tmp_path, url, **options) as house:
        ada = await house.person("ada")
        generation_id, children = await ask(ada, 4)
        first = await until_one_is_sent(ada, children)
        others = [child for child in children if child != first]
        payload = await ada.read(CANCEL_ALL, id=generation_id)
        assert lists(payload) == {"stopped": others, "stopping": [first]}
        assert payload["generation"] == {"cancelled": 3, "processing": 1}
        for image_id in others:
            stopped = await standing(ada, image_id)
            assert (stopped["aiStatus"], stopped["error"]["code"]) == ("FAILED", "CANCELLED")
            (attempt,) = stopped["attempts"]
            assert (attempt["state"], attempt["billed"]) == ("CANCELLED", "NO")
        ended = await until_ended(ada, first)
        assert ended["error"]["code"] == "CANCELLED"
        assert ended["attempts"][0]["billed"] == "UNKNOWN"
        assert ended["generation"]["cancelled"] == 4
        assert len(fal.ledger.accepted) == 1
        # Asking for it again is harmless, and a slow answer may be taken for a lost one.
        asked = {request_id for request_id, _ in fal.ledger.cancels}
        assert asked == {fal.ledger.accepted[0].request_id}


@pytest.mark.parametrize("says_ok", [True, False])
async def test_a_request_taken_out_of_the_providers_queue_costs_nothing(
    any_studio: House,
    fal: FalEmulator,
    says_ok: bool,  # noqa: FBT001 - a column of the table
) -> None:
    fal.limit, fal.says_ok_to_cancel = 1, says_ok
    ada = await any_studio.person("ada")
    _, (first, second) = await ask(ada, 2)
    await until_state(ada, first, "SUBMITTED")
    await until_state(ada, second, "SUBMITTED")
    requests = {
        image_id: (await standing(ada, image_id))["attempts"][0]["requestId"]
        for image_id in (first, second)
    }
    last = fal.ledger.accepted[1].request_id
    waiting = next(image_id for image_id, request in requests.items() if request == last)
    assert lists(await ada.read(CANCEL, id=waiting)) == {"stopping": [waiting]}
    ended = await until_ended(ada, waiting)
    assert ended["attempts"][0]["billed"] == "NO"
    assert lists(await ada.read(CANCEL, id=waiting)) == {"stopped": [waiting]}


async def test_what_is_made_of_deleted_images_is_stopped_and_named(
    studio: House, fal: FalEmulator
) -> None:
    fal.seconds = 60
    ada = await studio.person("ada")
    generation_id, children = await ask(ada, 2)
    for image_id in children:
        await until_state(ada, image_id, "SUBMITTED")
    delete = "mutation ($ids: [ID!]!) { deleteImages(ids: $ids) { success } }"
    await ada.read(delete, ids=children)
    assert fal.ledger.cancels == []
    payload = await ada.read(CANCEL_ALL, id=generation_id)
    assert (lists(payload), sorted(payload["deletedIds"])) == ({}, sorted(children))
    async with asyncio.timeout(20):
        while True:
            spent = await ada.read("{ spend { reserved { count } uncertain { count } } }")
            if spent["reserved"]["count"] == 0:
                break
            await asyncio.sleep(0.05)
    assert spent["uncertain"]["count"] == 2
    asked = {request_id for request_id, _ in fal.ledger.cancels}
    assert asked == {post.request_id for post in fal.ledger.accepted}


async def test_a_late_paid_result_is_kept(any_studio: House, fal: FalEmulator) -> None:
    fal.plan_all(Outcome(seconds=0.8, ignores_cancel=True))
    ada = await any_studio.person("ada")
    _, (image_id,) = await ask(ada)
    await until_state(ada, image_id, "SUBMITTED")
    assert lists(await ada.read(CANCEL, id=image_id)) == {"stopping": [image_id]}
    ended = await until_ended(ada, image_id)
    assert (ended["aiStatus"], ended["attempts"][0]["billed"]) == ("COMPLETED", "YES")
    assert ended["imageUrl"]
    assert lists(await ada.read(CANCEL, id=image_id)) == {"ended": [image_id]}


async def test_cancelling_does_not_wait_for_the_provider(studio: House, fal: FalEmulator) -> None:
    fal.disturb(Operation.CANCEL, Fault(delay=5))
    ada = await studio.person("ada")
    _, (image_id,) = await ask(ada)
    await until_state(ada, image_id, "SUBMITTED")
    async with asyncio.timeout(4):
        assert lists(await ada.read(CANCEL, id=image_id)) == {"stopping": [image_id]}


async def test_what_is_cancelled_while_it_is_sent_is_stopped_once_the_provider_has_it(
    any_studio: House, fal: FalEmulator
) -> None:
    fal.disturb(Operation.SUBMIT, Fault(delay=0.7))
    ada = await any_studio.person("ada")
    _, (image_id,) = await ask(ada)
    await until_sent(fal)
    assert lists(await ada.read(CANCEL, id=image_id)) == {"uncertain": [image_id]}
    ended = await until_ended(ada, image_id)
    assert ended["error"]["code"] == "CANCELLED"
    # The bell of the answer and a sweep may both ask; the first one counts.
    assert fal.ledger.cancels[0] == (fal.ledger.accepted[0].request_id, Stop.SIGNALLED)


async def test_what_is_cancelled_while_it_is_sent_and_refused_is_not_sent_again(
    studio: House, fal: FalEmulator
) -> None:
    busy = Fault(status=429, body={"detail": "busy"}, delay=0.7)
    fal.disturb(Operation.SUBMIT, busy)
    ada = await studio.person("ada")
    _, (image_id,) = await ask(ada)
    async with asyncio.timeout(20):
        while (await standing(ada, image_id))["attempts"][0]["state"] != "SUBMITTING":  # noqa: ASYNC110 - a poll is what is meant
            await asyncio.sleep(0.01)
    assert lists(await ada.read(CANCEL, id=image_id)) == {"uncertain": [image_id]}
    ended = await until_ended(ada, image_id)
    assert ended["attempts"][0]["billed"] == "NO"
    await asyncio.sleep(1.5)  # longer than it would have waited before another try
    assert fal.ledger.accepted == []


async def test_a_doubt_stays_one_when_it_is_cancelled(studio: House, fal: FalEmulator) -> None:
    fal.disturb(Operation.SUBMIT, Fault(drop=True, accept=True))
    ada = await studio.person("ada")
    _, (image_id,) = await ask(ada)
    await until_state(ada, image_id, "SUBMIT_UNKNOWN")
    for _ in range(2):
        assert lists(await ada.read(CANCEL, id=image_id)) == {"uncertain": [image_id]}
    now = await standing(ada, image_id)
    assert now["aiStatus"] == "PROCESSING"
    assert now["attempts"][0]["cancelRequestedAt"]


@pytest.mark.slow
async def test_a_provider_that_does_not_hear_is_asked_again(
    studio: House, fal: FalEmulator
) -> None:
    fal.disturb(Operation.CANCEL, Fault(status=503, body="down"), Fault(drop=True))
    ada = await studio.person("ada")
    _, (image_id,) = await ask(ada)
    await until_state(ada, image_id, "SUBMITTED")
    await ada.read(CANCEL, id=image_id)
    ended = await until_ended(ada, image_id)
    assert ended["error"]["code"] == "CANCELLED"


async def test_what_has_ended_is_left_as_it_is(house: House) -> None:
    ada = await house.person("ada")
    made = await ada.vary(await ada.add(), count=2)
    await until_done(ada)
    children = [each["id"] for each in made["variations"]]
    payload = await ada.read(CANCEL_ALL, id=made["generation"]["id"])
    assert lists(payload) == {"ended": children}
    assert (await standing(ada, children[0]))["aiStatus"] == "COMPLETED"


async def test_only_own_variations_can_be_cancelled(house: House) -> None:
    ada, bob = await house.person("ada"), await house.person("bob")
    image_id = await ada.add()
    assert (await ada.user_error(CANCEL, id=image_id))["code"] == "INVALID_INPUT"
    made = await ada.vary(image_id)
    for document, noun in (
        (CANCEL, made["variations"][0]["id"]),
        (CANCEL_ALL, made["generation"]["id"]),
    ):
        assert (await bob.user_error(document, id=noun))["code"] == "NOT_FOUND"
        assert (await bob.user_error(document, id="nonsense"))["code"] == "NOT_FOUND"
