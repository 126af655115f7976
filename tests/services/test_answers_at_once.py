"""An answer that comes at once, and whose picture is inside it: nobody can ask for it again."""

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest

from graphapi.container.use_cases import make_steps
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.jobs import Billed, JobState
from graphapi.domain.options import Options
from graphapi.errors import StorageFailed
from graphapi.ports.doorbell import Bell, Step
from graphapi.ports.storage import Storage
from graphapi.services import insisting
from tests.emulators.lumenfall import LumenfallEmulator
from tests.services.house import WORKER, House

INSIDE = Options({"responseFormat": "b64_json"})


class Short:
    """A storage that has no room for a while."""

    def __init__(self, storage: Storage, failures: int) -> None:
        self._storage = storage
        self.failures = failures
        self.tried = asyncio.Event()

    async def put(self, key: str, content: bytes, content_type: str) -> None:
        self.failures -= 1
        self.tried.set()
        if self.failures >= 0:
            raise StorageFailed("No room. Try again later.")
        await self._storage.put(key, content, content_type)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)


async def sent_with(house: House, storage: Short) -> tuple[str, asyncio.Task[None]]:
    """Send a variation whose picture comes inside the answer, while there is no room for it."""
    (job_id,) = await house.ask(1, options=INSIDE)
    await house.perform(Bell(Step.PREPARE, job_id))
    base = replace(house.base, storage=cast("Storage", storage))
    sending = asyncio.ensure_future(make_steps(base, WORKER)[Step.SUBMIT](job_id))
    await storage.tried.wait()
    return job_id, sending


async def test_a_picture_inside_the_answer_waits_for_room_and_is_never_in_doubt(
    gateway: House, lumenfall: LumenfallEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insisting, "SHORTEST_WAIT", 0.001)
    job_id, sending = await sent_with(gateway, Short(gateway.base.storage, 3))
    sending.cancel()  # the process is stopping
    await asyncio.wait([sending])
    assert sending.cancelled()
    assert (await gateway.job(job_id)).state is JobState.RESULT_READY
    await gateway.settle()
    job = await gateway.job(job_id)
    assert (job.state, len(lumenfall.posts)) == (JobState.SUCCEEDED, 1)


async def test_a_picture_for_which_there_never_was_room_ends_as_made_and_charged_for(
    gateway: House, lumenfall: LumenfallEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insisting, "SHORTEST_WAIT", 0.001)
    job_id, sending = await sent_with(gateway, Short(gateway.base.storage, 10**9))
    gateway.clock.turn(hours=1, minutes=1)
    await sending
    await gateway.settle()
    job = await gateway.job(job_id)
    assert (job.state, job.billed) == (JobState.FAILED, Billed.YES)
    assert job.failure_code is JobErrorCode.RESULT_LOST
    assert len(lumenfall.posts) == 1
