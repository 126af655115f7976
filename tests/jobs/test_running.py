import asyncio
import contextvars
import logging

import pytest

from graphapi.jobs.running import RECORDING_SECONDS, RunningSteps
from tests.jobs.virtual_time import now, run_virtually


def test_draining_ends_with_the_last_step() -> None:
    async def main() -> None:
        steps = RunningSteps()
        steps.start(asyncio.sleep(1))
        steps.start(asyncio.sleep(2))
        await steps.drain(10)
        assert now() == 2

    run_virtually(main())


def test_draining_nothing_takes_no_time() -> None:
    async def main() -> None:
        await RunningSteps().drain(10)
        assert now() == 0

    run_virtually(main())


def test_a_cancelled_step_has_time_to_record() -> None:
    recorded: list[float] = []

    async def step() -> None:
        try:
            await asyncio.sleep(1000)
        finally:
            await asyncio.sleep(3)
            recorded.append(now())

    async def main() -> None:
        steps = RunningSteps()
        task = steps.start(step())
        await steps.drain(10)
        assert task.cancelled()

    run_virtually(main())
    assert recorded == [13]


def test_a_step_that_does_not_end_when_cancelled_is_left_behind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def stubborn() -> None:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            await asyncio.sleep(1000)

    async def main() -> None:
        steps = RunningSteps()
        steps.start(stubborn())
        with caplog.at_level(logging.ERROR):
            await steps.drain(10)
        assert now() == 10 + RECORDING_SECONDS

    run_virtually(main())
    assert "Left 1 steps behind" in caplog.text


async def test_a_step_does_not_inherit_the_context_of_who_rang() -> None:
    request: contextvars.ContextVar[str] = contextvars.ContextVar("request")
    seen: list[str | None] = []

    async def step() -> None:
        seen.append(request.get(None))

    request.set("req_1")
    await RunningSteps().start(step())
    assert seen == [None]
