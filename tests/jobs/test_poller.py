"""How often a submitted job is asked about."""

from datetime import timedelta

import pytest

from graphapi.jobs.poller import LONGEST, RARELY, SHORTEST, interval


@pytest.mark.parametrize(("age", "wait"), [(0, 0.5), (3, 0.5), (20, 2.0), (50, 5.0), (3600, 5.0)])
def test_an_old_job_is_asked_about_more_rarely(age: float, wait: float) -> None:
    assert interval(timedelta(seconds=age)) == timedelta(seconds=wait)
    assert SHORTEST <= interval(timedelta(seconds=age)) <= LONGEST


def test_one_that_its_provider_tells_of_is_asked_about_more_rarely_still() -> None:
    for seconds in (0, 10, 1000):
        age = timedelta(seconds=seconds)
        assert interval(age, told=True) == RARELY * interval(age)
