"""What both brokers promise, so that nothing above them needs to know which one it is."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from graphapi.jobs.actors import Steps
from graphapi.ports.doorbell import Bell, Step
from tests.jobs.workshop import Handler, Workshop, embedded, eventually, over_redis

Open = Callable[..., Awaitable[Workshop]]


@pytest.fixture(params=["embedded", "redis"])
async def open_workshop(request: Any) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def open_it(steps: Steps, at_once: int = 8) -> Workshop:
            if request.param == "embedded":
                return await stack.enter_async_context(embedded(steps, at_once))
            url = request.getfixturevalue("valkey_url")
            return await stack.enter_async_context(over_redis(url, steps, at_once))

        yield open_it


def bells(count: int, step: Step = Step.PREPARE) -> list[Bell]:
    return [Bell(step, f"job_{number:03}") for number in range(count)]


async def test_each_bell_runs_its_own_handler_once_with_its_job(open_workshop: Open) -> None:
    handlers = {step: Handler() for step in Step}
    workshop = await open_workshop(handlers)
    await workshop.doorbell.ring([Bell(step, f"job_{step}") for step in Step])
    await eventually(lambda: all(handler.ended for handler in handlers.values()))
    await asyncio.sleep(0.3)  # long enough for a second run to show
    assert {step: handler.began for step, handler in handlers.items()} == {
        step: [f"job_{step}"] for step in Step
    }


async def test_steps_run_on_the_loop_that_started_the_broker(open_workshop: Open) -> None:
    loops: list[asyncio.AbstractEventLoop] = []

    async def note(_: str) -> None:
        loops.append(asyncio.get_running_loop())

    workshop = await open_workshop({Step.PREPARE: note})
    await workshop.doorbell.ring(bells(3))
    await eventually(lambda: len(loops) == 3)
    assert set(loops) == {asyncio.get_running_loop()}


async def test_a_handler_that_raises_is_not_retried_and_stops_nobody(
    open_workshop: Open, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[str] = []

    async def fail(job_id: str) -> None:
        tries.append(job_id)
        raise ValueError("a bug")

    healthy = Handler()
    workshop = await open_workshop({Step.SUBMIT: fail, Step.PREPARE: healthy}, at_once=2)
    with caplog.at_level(logging.WARNING):
        await workshop.doorbell.ring(bells(5, Step.SUBMIT) + bells(5))
        await eventually(lambda: len(healthy.ended) == 5 and len(tries) == 5)
        await asyncio.sleep(0.3)
    assert sorted(tries) == [bell.job_id for bell in bells(5)]
    assert len(caplog.records) == 5


async def test_two_hundred_bells_all_run(open_workshop: Open) -> None:
    handler = Handler()
    workshop = await open_workshop({Step.PREPARE: handler})
    await asyncio.gather(*(workshop.doorbell.ring([bell]) for bell in bells(200)))
    await eventually(lambda: len(handler.ended) >= 200)
    assert sorted(handler.began) == [bell.job_id for bell in bells(200)]


async def test_no_more_steps_run_at_once_than_allowed(open_workshop: Open) -> None:
    handler = Handler(held=True)
    workshop = await open_workshop({Step.PREPARE: handler}, at_once=4)
    await workshop.doorbell.ring(bells(20))
    await eventually(lambda: handler.running == 4)
    await asyncio.sleep(0.3)
    assert handler.running == 4
    handler.release()
    await eventually(lambda: len(handler.ended) == 20)
    assert handler.most == 4


async def test_a_step_may_ring_the_next(open_workshop: Open) -> None:
    finalise = Handler()
    workshop: Workshop

    async def submit(job_id: str) -> None:
        await workshop.doorbell.ring([Bell(Step.FINALISE, job_id)])

    workshop = await open_workshop({Step.SUBMIT: submit, Step.FINALISE: finalise}, at_once=1)
    await workshop.doorbell.ring(bells(3, Step.SUBMIT))
    await eventually(lambda: len(finalise.ended) == 3)


async def test_stopping_waits_for_running_steps_and_begins_no_more(open_workshop: Open) -> None:
    handler = Handler(held=True)
    workshop = await open_workshop({Step.PREPARE: handler}, at_once=2)
    await workshop.doorbell.ring(bells(6))
    await eventually(lambda: handler.running == 2)
    asyncio.get_running_loop().call_later(0.3, handler.release)
    await workshop.stop(5)
    assert len(handler.began) == len(handler.ended) == 2
    assert not handler.cancelled


async def test_stopping_cancels_what_does_not_end_and_waits_until_it_has_recorded(
    open_workshop: Open,
) -> None:
    handler = Handler(held=True)
    workshop = await open_workshop({Step.PREPARE: handler})
    await workshop.doorbell.ring(bells(3))
    await eventually(lambda: handler.running == 3)
    started = asyncio.get_running_loop().time()
    await workshop.stop(0.2)
    assert sorted(handler.cancelled) == [bell.job_id for bell in bells(3)]
    assert 0.2 <= asyncio.get_running_loop().time() - started < 4


async def test_stopping_twice_is_harmless(open_workshop: Open) -> None:
    workshop = await open_workshop({Step.PREPARE: Handler()})
    await workshop.stop(1)
    await workshop.stop(1)


async def test_ringing_after_the_stop_raises_nothing(open_workshop: Open) -> None:
    handler = Handler()
    workshop = await open_workshop({Step.PREPARE: handler})
    await workshop.stop(1)
    await workshop.doorbell.ring(bells(2))
    await asyncio.sleep(0.2)
    assert not handler.began
