"""Trying again: the failed alone, each as a new attempt, and nothing that may be paid twice."""

import asyncio
from typing import Any

from tests.api.house import FAL, House
from tests.api.lives import (
    CANCEL,
    RETRY,
    ask,
    ids,
    run_out,
    standing,
    until_ended,
    until_state,
)
from tests.emulators.fal import FalEmulator, Fault, Operation, model_failure


async def test_only_the_failed_are_tried_again_with_their_history(
    any_studio: House, fal: FalEmulator
) -> None:
    fal.seconds = 0
    fal.plan(1, model_failure("content_policy_violation"))
    ada = await any_studio.person("ada")
    generation_id, children = await ask(ada, 3)
    ends = {child: await until_ended(ada, child) for child in children}
    (failed,) = (child for child, end in ends.items() if end["aiStatus"] == "FAILED")
    payload = await ada.read(RETRY, id=generation_id)
    assert (ids(payload["variations"]), ids(payload["leftOut"])) == ([], [failed])
    payload = await ada.read(RETRY, id=generation_id, even=True)
    assert ids(payload["variations"]) == [failed]
    assert payload["variations"][0]["aiStatus"] == "QUEUED"
    assert payload["generation"] == {"total": 3, "queued": 1, "failed": 0}
    mended = await until_ended(ada, failed)
    assert mended["aiStatus"] == "COMPLETED"
    first, second = mended["attempts"]
    assert (first["state"], first["error"]["code"]) == ("FAILED", "CONTENT_POLICY")
    assert (second["number"], second["state"], second["error"]) == (2, "SUCCEEDED", None)
    assert mended["generation"] == {"total": 3, "completed": 3, "failed": 0, "cancelled": 0}
    sent = [post.input or {} for post in fal.ledger.accepted]
    assert len(sent) == 4
    again = sent[3]
    before = sent[1]
    assert again["prompt"] == before["prompt"]
    assert again["seed"] != before["seed"]


async def test_the_source_stands_by_its_latest_attempts(studio: House, fal: FalEmulator) -> None:
    fal.seconds = 0
    fal.plan(0, model_failure("no_media_generated"))
    ada = await studio.person("ada")
    source = await ada.add()
    made = await ada.vary(source, model=FAL)
    await until_ended(ada, made["variations"][0]["id"])
    assert (await standing(ada, source))["aiStatus"] == "FAILED"
    await ada.read(RETRY, id=made["generation"]["id"], even=True)
    assert (await standing(ada, source))["aiStatus"] == "PROCESSING"
    assert (await until_ended(ada, source))["aiStatus"] == "COMPLETED"


async def test_what_may_have_been_charged_is_sent_again_only_knowingly(
    studio: House, fal: FalEmulator
) -> None:
    fal.disturb(Operation.SUBMIT, Fault(drop=True))
    ada = await studio.person("ada")
    generation_id, (image_id,) = await ask(ada)
    await until_state(ada, image_id, "SUBMIT_UNKNOWN")
    await run_out(studio)
    ended = await until_ended(ada, image_id)
    assert ended["error"]["code"] == "SUBMIT_UNKNOWN"
    payload = await ada.read(RETRY, id=generation_id)
    assert (ids(payload["variations"]), ids(payload["leftOut"])) == ([], [image_id])
    assert fal.ledger.accepted == []
    fal.seconds = 0
    payload = await ada.read(RETRY, id=generation_id, even=True)
    assert (ids(payload["variations"]), ids(payload["leftOut"])) == ([image_id], [])
    assert (await until_ended(ada, image_id))["aiStatus"] == "COMPLETED"


async def test_what_was_cancelled_is_tried_again(any_studio: House, fal: FalEmulator) -> None:
    ada = await any_studio.person("ada")
    generation_id, (image_id,) = await ask(ada)
    await until_state(ada, image_id, "SUBMITTED")
    await ada.read(CANCEL, id=image_id)
    await until_ended(ada, image_id)
    fal.seconds = 0
    # It had begun, so it may be charged for.
    assert ids((await ada.read(RETRY, id=generation_id))["leftOut"]) == [image_id]
    assert ids((await ada.read(RETRY, id=generation_id, even=True))["variations"]) == [image_id]
    again = await until_ended(ada, image_id)
    assert again["aiStatus"] == "COMPLETED"
    assert [attempt["state"] for attempt in again["attempts"]] == ["CANCELLED", "SUCCEEDED"]


async def test_many_tries_at_once_are_one(any_studio: House, fal: FalEmulator) -> None:
    fal.seconds = 0
    fal.plan(0, model_failure("content_policy_violation"))
    ada = await any_studio.person("ada")
    generation_id, (image_id,) = await ask(ada)
    await until_ended(ada, image_id)
    calls = [ada.read(RETRY, id=generation_id, even=True, key="k") for _ in range(5)]
    calls += [ada.read(RETRY, id=generation_id, even=True) for _ in range(5)]
    answers: list[Any] = await asyncio.gather(*calls)
    assert all(answer["success"] for answer in answers)
    assert len((await standing(ada, image_id))["attempts"]) == 2


async def test_where_nothing_failed_nothing_is_tried_again(house: House) -> None:
    ada, bob = await house.person("ada"), await house.person("bob")
    made = await ada.vary(await ada.add())
    await until_ended(ada, made["variations"][0]["id"])
    payload = await ada.read(RETRY, id=made["generation"]["id"])
    assert (payload["success"], payload["variations"], payload["leftOut"]) == (True, [], [])
    assert (await bob.user_error(RETRY, id=made["generation"]["id"]))["code"] == "NOT_FOUND"
