"""How often a submitted job is asked about, and what becomes of the log meanwhile."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from graphapi.errors import Unavailable
from graphapi.jobs.poller import (
    IDLE_SECONDS,
    LONGEST,
    LONGEST_TICK,
    RARELY,
    SHORTEST,
    SHORTEST_TICK,
    Poller,
    due,
    interval,
    tick,
)
from graphapi.services.polling import Polling, Submitted
from tests.persistence.library import TurnedClock

NOW = TurnedClock()


class Away:
    """Twelve jobs, about none of which can be asked."""

    asked = 0

    async def submitted(self) -> dict[str, Submitted]:
        """List them."""
        return {f"job_{number}": Submitted(NOW.now()) for number in range(12)}

    async def check(self, _: str) -> None:
        """Fail as the database does when it is away."""
        self.asked += 1
        raise Unavailable("The database does not answer.") from ConnectionRefusedError("refused")


async def test_a_database_that_is_away_is_told_to_the_log_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    away = Away()
    running = asyncio.create_task(Poller(cast("Polling", away), NOW).run())
    async with asyncio.timeout(10):
        while away.asked < 12:  # noqa: ASYNC110 - a poll is what is meant
            await asyncio.sleep(0.01)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert caplog.messages == [
        "The poller fails, and is tried again: ConnectionRefusedError: refused"
    ]
    assert caplog.records[0].exc_info is None


@pytest.mark.parametrize(("age", "wait"), [(0, 0.25), (2, 0.25), (20, 2.0), (50, 5.0), (3600, 5.0)])
def test_an_old_job_is_asked_about_more_rarely(age: float, wait: float) -> None:
    assert interval(timedelta(seconds=age)) == timedelta(seconds=wait)
    assert SHORTEST <= interval(timedelta(seconds=age)) <= LONGEST


def test_one_that_its_provider_tells_of_is_asked_about_more_rarely_still() -> None:
    for seconds in (0, 10, 1000):
        age = timedelta(seconds=seconds)
        assert interval(age, told=True) == RARELY * interval(age)


def test_one_whose_end_was_told_without_saying_how_need_not_wait_for_its_turn() -> None:
    submitted = datetime.now(UTC)
    asked = submitted + timedelta(minutes=1)
    assert due(Submitted(submitted, told=True), asked) == asked + RARELY * LONGEST
    assert due(Submitted(submitted), asked) == asked + LONGEST


def test_the_more_jobs_wait_the_longer_the_pause_between_two_looks() -> None:
    assert tick(0) == IDLE_SECONDS
    assert tick(1) == SHORTEST_TICK
    assert SHORTEST_TICK < tick(100) < tick(150) < LONGEST_TICK
    assert tick(10_000) == LONGEST_TICK
