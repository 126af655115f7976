import asyncio
import logging

import pytest

from graphapi.jobs.heartbeat import Heartbeat
from tests.jobs.virtual_time import now, run_virtually


def beats_of(heartbeat: Heartbeat, seconds: float) -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(seconds):
                await heartbeat.run_forever()

    run_virtually(main())


def test_it_beats_at_once_and_then_regularly() -> None:
    beats: list[float] = []

    async def beat() -> None:
        beats.append(now())

    beats_of(Heartbeat(beat), 10)
    assert beats == [0, 3, 6, 9]


def test_a_slow_beat_does_not_put_off_the_next() -> None:
    beats: list[float] = []

    async def beat() -> None:
        beats.append(now())
        await asyncio.sleep(2)

    beats_of(Heartbeat(beat), 10)
    assert beats == [0, 3, 6, 9]


def test_a_beat_that_hangs_costs_one_beat() -> None:
    beats: list[float] = []

    async def beat() -> None:
        beats.append(now())
        if len(beats) == 2:
            await asyncio.Event().wait()

    beats_of(Heartbeat(beat), 10)
    assert beats == [0, 3, 6, 9]


def test_failing_beats_are_logged_once_for_each_outage(caplog: pytest.LogCaptureFixture) -> None:
    outcomes = [True, False, False, True, False, True]
    beats: list[bool] = []

    async def beat() -> None:
        beats.append(outcomes[len(beats)])
        if not beats[-1]:
            raise ConnectionError("the database is gone")

    with caplog.at_level(logging.INFO):
        beats_of(Heartbeat(beat), 3 * len(outcomes) - 1)
    assert beats == outcomes
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"] * 2
    assert "the database is gone" in caplog.records[0].getMessage()
