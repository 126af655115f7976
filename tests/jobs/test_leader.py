import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.jobs.leader import LEASE_SECONDS, MARGIN_SECONDS, RENEW_SECONDS, LeaderElection
from tests.jobs.virtual_time import now, run_virtually

Database = Callable[[], str]


@dataclass
class Lease:
    """The lease row, whose database can also refuse or hang."""

    holder: str | None = None
    ends: float = 0.0
    state: Database = lambda: "up"

    async def acquire(self, name: str) -> bool:
        if self.state() == "hung":
            await asyncio.Event().wait()
        if self.state() == "down":
            raise ConnectionError("the database is gone")
        if self.holder not in (name, None) and now() < self.ends:
            return False
        self.holder, self.ends = name, now() + LEASE_SECONDS
        return True

    async def release(self, name: str) -> None:
        if self.holder == name:
            self.holder = None


@dataclass
class Candidate:
    """A process that stands for election and notes when it works."""

    name: str
    lease: Lease
    spans: list[tuple[float, float]] = field(default_factory=list)

    def election(self) -> LeaderElection:
        return LeaderElection(
            lambda: self.lease.acquire(self.name),
            lambda: self.lease.release(self.name),
            self.work,
        )

    async def work(self) -> None:
        started = now()
        try:
            await asyncio.Event().wait()
        finally:
            self.spans.append((started, now()))


async def stand(election: LeaderElection, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await election.run_forever()
    except TimeoutError:
        pass


def test_one_candidate_leads_at_once_and_keeps_the_lease() -> None:
    candidate = Candidate("a", Lease())
    run_virtually(stand(candidate.election(), 100))
    assert candidate.spans == [(0, 100)]


def test_leaving_gives_the_lease_up_after_the_work_has_ended() -> None:
    lease = Lease()
    candidate = Candidate("a", lease)
    run_virtually(stand(candidate.election(), 5))
    assert candidate.spans == [(0, 5)]
    assert lease.holder is None


def test_the_lease_is_given_up_only_when_the_work_has_cleaned_up() -> None:
    events: list[tuple[str, float]] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(1)
            events.append(("cleaned up", now()))

    async def release() -> None:
        events.append(("released", now()))

    run_virtually(stand(LeaderElection(lambda: Lease().acquire("a"), release, work), 5))
    assert events == [("cleaned up", 6), ("released", 6)]


def test_a_standby_takes_over_within_ten_seconds_of_a_sudden_death() -> None:
    lease = Lease("dead", LEASE_SECONDS)
    standby = Candidate("b", lease)
    run_virtually(stand(standby.election(), 20))
    [(started, _)] = standby.spans
    assert started <= LEASE_SECONDS + RENEW_SECONDS


def test_a_leader_that_leaves_is_followed_at_the_next_question() -> None:
    lease = Lease()
    first, second = Candidate("a", lease), Candidate("b", lease)

    async def main() -> None:
        await asyncio.gather(stand(first.election(), 4), stand(second.election(), 30))

    run_virtually(main())
    assert first.spans == [(0, 4)]
    assert second.spans == [(6, 30)]


def test_work_ends_when_another_process_turns_out_to_hold_the_lease() -> None:
    lease = Lease()
    candidate = Candidate("a", lease)

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(stand(candidate.election(), 20))
            await asyncio.sleep(4)
            lease.holder, lease.ends = "b", 100

    run_virtually(main())
    assert candidate.spans == [(0, 6)]


@pytest.mark.parametrize("state", ["down", "hung"])
def test_work_ends_before_a_lease_that_cannot_be_renewed_runs_out(state: str) -> None:
    lease = Lease(state=lambda: "up" if now() < 1 else state)
    candidate = Candidate("a", lease)
    run_virtually(stand(candidate.election(), 60))
    [(started, ended)] = candidate.spans
    assert started == 0
    assert 6 < ended <= LEASE_SECONDS - MARGIN_SECONDS


@pytest.mark.parametrize("state", ["down", "hung"])
def test_a_short_outage_of_the_database_does_not_end_the_work(state: str) -> None:
    lease = Lease(state=lambda: state if 2 < now() < 5 else "up")
    candidate = Candidate("a", lease)
    run_virtually(stand(candidate.election(), 60))
    assert candidate.spans == [(0, 60)]


def test_work_that_fails_is_logged_and_begun_again(caplog: pytest.LogCaptureFixture) -> None:
    starts: list[float] = []
    lease = Lease()

    async def work() -> None:
        starts.append(now())
        raise ValueError("a bug")

    election = LeaderElection(lambda: lease.acquire("a"), lambda: lease.release("a"), work)
    with caplog.at_level(logging.ERROR):
        run_virtually(stand(election, 8))
    assert starts == [0, 3, 6]
    assert len(caplog.records) == 3


def test_a_lease_that_cannot_be_released_is_left_to_run_out() -> None:
    async def refuse() -> None:
        raise ConnectionError("the database is gone")

    lease = Lease()
    candidate = Candidate("a", lease)
    election = LeaderElection(lambda: lease.acquire("a"), refuse, candidate.work)
    run_virtually(stand(election, 5))
    assert candidate.spans == [(0, 5)]
    assert not election.leading


OUTAGES = st.lists(
    st.tuples(st.floats(0, 100), st.floats(0, 30), st.sampled_from(["down", "hung"])), max_size=6
)


@given(OUTAGES, st.floats(0, 3))
def test_two_processes_never_work_at_once(
    outages: list[tuple[float, float, str]], offset: float
) -> None:
    def state() -> str:
        return next((how for at, long, how in outages if at <= now() < at + long), "up")

    lease = Lease(state=state)
    first, second = Candidate("a", lease), Candidate("b", lease)

    async def late() -> None:
        await asyncio.sleep(offset)
        await stand(second.election(), 200)

    async def main() -> None:
        await asyncio.gather(stand(first.election(), 120), late())

    run_virtually(main())
    spans = sorted(first.spans + second.spans)
    assert spans
    for (_, ended), (started, _) in pairwise(spans):
        assert ended <= started
