"""What came inside an answer is stored before its job is called ready, and never asked for again.

The provider forgets it as soon as a row says that it is there, whatever dies or is full meanwhile.
"""

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, cast

import pytest

from graphapi.container.foundations import Foundations
from graphapi.container.use_cases import (
    make_polling,
    make_reconciling,
    make_steps,
    make_use_cases,
)
from graphapi.domain.attempts import RecoveryOutcome
from graphapi.domain.jobs import Billed, JobState
from graphapi.domain.options import Options
from graphapi.errors import DeliveryRefused, StorageFailed
from graphapi.persistence.records import AnyRow
from graphapi.ports.doorbell import Step
from graphapi.ports.storage import Storage
from tests.emulators.fal import Fault, Manner, Operation
from tests.emulators.fal.sounds import silence
from tests.emulators.fal.webhooks import message_of
from tests.services import rides
from tests.services.house import WORKER, House
from tests.services.mortal import Killed, Mortal
from tests.services.voices import SPEECH, ask, job_of, now

HEX = replace(SPEECH, options=Options({"outputFormat": "hex"}))


class Full:
    """A storage with no room, which may be that of a process that dies of it."""

    def __init__(self, storage: Storage, error: BaseException) -> None:
        self._storage = storage
        self._error = error

    async def put(self, *_: object) -> None:
        raise self._error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)


def full(house: House, error: BaseException | None = None) -> Foundations:
    storage = Full(house.base.storage, error or StorageFailed("No room. Try again later."))
    return replace(house.base, storage=cast("Storage", storage))


def told(base: Foundations) -> Foundations:
    """Have webhooks asked for."""
    address = {"public_url": "http://127.0.0.1:9"}
    return replace(base, settings=base.settings.model_copy(update=address))


async def made(house: House, *, of_sound: bool) -> str:
    """Have a sound, or two pictures, made that come inside; answers the leading job's id."""
    if of_sound:
        await ask(house, HEX)
    else:
        await rides.ask(house, 2, syncMode=True)
    leader = (await house.all_jobs())[0]
    await make_steps(told(house.base), WORKER)[Step.SUBMIT](leader.id)
    await asyncio.wait_for(_ended(house), 5)
    await house.listen()
    house.heard.forget()
    return str(leader.id)


async def _ended(house: House) -> None:
    while house.fal.jobs[0].answer is None:  # noqa: ASYNC110 - an emulator tells nobody
        await asyncio.sleep(0.002)


async def deliver(house: House, base: Foundations) -> None:
    """Tell of the end by webhook."""
    (job,) = house.fal.jobs
    body = json.dumps(message_of(job, Manner())).encode()
    token = (job.webhook or "").rpartition("/")[2]
    headers = house.fal.courier.signed(job.request_id, body)
    await make_use_cases(base).deliveries.receive("fal", token, headers, body)


async def assert_all_there(house: House) -> None:
    """Take everything in, of which the provider knows no more."""
    for job in await house.all_jobs():
        assert job.state is JobState.RESULT_READY
        assert await house.base.storage.get(key_of(job))
    house.fal.forget(house.fal.jobs[0].request_id)
    house.clock.turn(seconds=30)
    await house.sweep()
    await house.settle()
    assert set(await house.states()) == {JobState.SUCCEEDED}
    assert len(house.fal.ledger.accepted) == 1


def key_of(job: AnyRow) -> str:
    kept = job.result["images"][job.place] if "images" in job.result else job.result
    assert kept["url"] is None
    assert isinstance(kept["key"], str)
    assert kept["key"].startswith(f"jobs/{job.id}/")
    return kept["key"]


@pytest.fixture(autouse=True)
def _told_by_tests_alone(house: House) -> None:
    house.fal.courier.manner = Manner(silent=True)
    house.fal.seconds = 0


@pytest.mark.parametrize("of_sound", [True, False])
async def test_what_the_poller_found_is_kept_and_asked_for_once(
    house: House, *, of_sound: bool
) -> None:
    job_id = await made(house, of_sound=of_sound)
    await house.polling.check(job_id)
    await assert_all_there(house)
    assert len(house.fal.ledger.results) == 1


@pytest.mark.parametrize("of_sound", [True, False])
async def test_what_a_webhook_told_is_kept_and_asked_for_once_for_its_bill(
    house: House, *, of_sound: bool
) -> None:
    await made(house, of_sound=of_sound)
    for _ in range(2):
        await deliver(house, house.base)
    await assert_all_there(house)
    assert len(house.fal.ledger.results) == 1


@pytest.mark.parametrize("of_sound", [True, False])
async def test_whoever_dies_leaves_nothing_that_is_called_ready_and_is_not_there(
    house: House, *, of_sound: bool
) -> None:
    job_id = await made(house, of_sound=of_sound)

    async def poll(base: Foundations) -> None:
        await make_polling(base).check(job_id)

    for work in (poll, partial(deliver, house)):
        for moments in range(1, 4):
            if (await house.job(job_id)).state is JobState.SUBMITTED:
                with suppress(Killed):
                    await work(replace(house.base, database=Mortal(house.database, moments)))
        if (await house.job(job_id)).state is JobState.SUBMITTED:
            with pytest.raises(Killed):
                await work(full(house, Killed()))
    await assert_all_there(house)


@pytest.mark.parametrize("of_sound", [True, False])
async def test_while_there_is_no_room_it_stays_with_the_provider(
    house: House, *, of_sound: bool
) -> None:
    job_id = await made(house, of_sound=of_sound)
    await make_polling(full(house)).check(job_id)
    await deliver(house, full(house))
    job = await house.job(job_id)
    assert (job.state, job.result, job.awaits_webhook) == (JobState.SUBMITTED, None, False)
    await house.polling.check(job_id)
    await assert_all_there(house)


async def test_what_a_history_shows_is_kept_too_once_there_is_room(house: House) -> None:
    house.fal.disturb(Operation.SUBMIT, Fault(drop=True, accept=True))
    asked = await ask(house, HEX)
    await house.answer_bells()
    await asyncio.wait_for(_ended(house), 5)
    async with asyncio.timeout(5):
        while not house.fal.platform.history:  # noqa: ASYNC110 - an emulator tells nobody
            await asyncio.sleep(0.002)
    house.clock.turn(seconds=61)
    await make_reconciling(full(house)).look()
    assert (await job_of(house, asked)).state is JobState.SUBMIT_UNKNOWN
    house.clock.turn(seconds=61)
    await house.reconciling.look()
    await assert_all_there(house)
    audio = (await now(house, asked)).audio
    assert audio
    assert await house.base.storage.get(audio.key) == silence(2)


async def test_what_is_recovered_is_kept_before_it_is_adopted(house: House) -> None:
    job_id = await made(house, of_sound=True)
    house.fal.disturb_always(Operation.STATUS, Fault(status=500, body="down"))
    house.clock.turn(hours=1, minutes=1)
    await house.polling.check(job_id)
    house.fal.disturb_always(Operation.STATUS, None)
    recording_id = (await house.job(job_id)).recording_id
    recovering = make_use_cases(full(house)).recovering
    unable = await recovering.recover_recording(house.owner, recording_id)
    assert unable.outcome is RecoveryOutcome.CANNOT_KNOW
    assert "cannot be stored now" in unable.message
    found = await house.use_cases.recovering.recover_recording(house.owner, recording_id)
    assert found.outcome is RecoveryOutcome.RECOVERED
    house.fal.forget(house.fal.jobs[0].request_id)
    await house.settle()
    assert [(job.state, job.billed) for job in await house.all_jobs()] == [
        (JobState.FAILED, Billed.YES),
        (JobState.SUCCEEDED, Billed.NO),
    ]


async def test_a_late_answer_is_kept_as_evidence_with_what_is_in_it(house: House) -> None:
    job_id = await made(house, of_sound=True)
    house.fal.disturb_always(Operation.STATUS, Fault(status=500, body="down"))
    house.clock.turn(hours=1, minutes=1)
    await house.polling.check(job_id)
    await deliver(house, house.base)
    job = await house.job(job_id)
    assert job.state is JobState.FAILED
    assert await house.base.storage.get(key_of(job)) == silence(2)


async def test_nothing_is_stored_of_a_delivery_about_another_request(house: House) -> None:
    job_id = await made(house, of_sound=True)
    house.fal.jobs[0].request_id = "another"
    with pytest.raises(DeliveryRefused):
        await deliver(house, house.base)
    with pytest.raises(FileNotFoundError):
        await house.base.storage.get(f"jobs/{job_id}/answer-0.bin")
