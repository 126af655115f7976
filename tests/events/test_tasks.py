import asyncio

from graphapi.events.tasks import end


async def test_a_task_that_swallows_its_cancellation_is_ended_all_the_same() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed > 2:
                    raise

    async def broken() -> None:
        raise RuntimeError("over before it was ended")

    tasks = [asyncio.create_task(stubborn()), asyncio.create_task(broken())]
    await asyncio.sleep(0)
    await asyncio.wait_for(end(tasks), 10)
    assert swallowed == 3
    assert isinstance(tasks[1].exception(), RuntimeError)


async def test_ending_nothing_is_fine() -> None:
    await end([])
