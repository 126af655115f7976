"""How often a submitted job is asked about."""

from datetime import timedelta

import pytest

from graphapi.jobs.poller import (
    IDLE_SECONDS,
    LONGEST,
    LONGEST_TICK,
    RARELY,
    SHORTEST,
    SHORTEST_TICK,
    interval,
    tick,
)


@pytest.mark.parametrize(("age", "wait"), [(0, 0.25), (2, 0.25), (20, 2.0), (50, 5.0), (3600, 5.0)])
def test_an_old_job_is_asked_about_more_rarely(age: float, wait: float) -> None:
    assert interval(timedelta(seconds=age)) == timedelta(seconds=wait)
    assert SHORTEST <= interval(timedelta(seconds=age)) <= LONGEST


def test_one_that_its_provider_tells_of_is_asked_about_more_rarely_still() -> None:
    for seconds in (0, 10, 1000):
        age = timedelta(seconds=seconds)
        assert interval(age, told=True) == RARELY * interval(age)


def test_the_more_jobs_wait_the_longer_the_pause_between_two_looks() -> None:
    assert tick(0) == IDLE_SECONDS
    assert tick(1) == SHORTEST_TICK
    assert SHORTEST_TICK < tick(100) < tick(150) < LONGEST_TICK
    assert tick(10_000) == LONGEST_TICK
