"""When the sweeper rings again for what is due, in virtual time."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import cast

from graphapi.jobs.sweeper import RING_AGAIN_SECONDS, TICK_SECONDS, Sweeper
from graphapi.ports.doorbell import Bell, Step
from graphapi.services.sweeping import Sweeping
from tests.jobs.virtual_time import now, run_virtually

START = datetime(2026, 11, 20, tzinfo=UTC)


class Due:
    """One job, whose step is due; when it is rung, `wait` seconds later it is due anew."""

    def __init__(self, wait: float | None) -> None:
        self._wait = wait
        self._due_at = 0.0
        self.rung: list[float] = []

    async def sweep(self) -> list[Bell]:
        """Find it, once its time has come."""
        if now() < self._due_at:
            return []
        return [Bell(Step.SUBMIT, "job_1", START + timedelta(seconds=self._due_at))]

    async def tell_positions(self) -> None:
        """Tell nothing."""

    async def forget_dead_workers(self) -> None:
        """Forget nobody."""

    async def ring(self, bells: Sequence[Bell]) -> None:
        """Note when it was rung, and have it wait again."""
        for _ in bells:
            self.rung.append(now())
            if self._wait is not None:
                self._due_at = now() + self._wait


def rung(wait: float | None, seconds: float) -> list[float]:
    due = Due(wait)

    async def live() -> None:
        running = asyncio.create_task(Sweeper(cast("Sweeping", due), due).run())
        await asyncio.sleep(seconds)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    run_virtually(live())
    return due.rung


def test_what_nobody_takes_up_is_rung_for_again_only_after_a_while() -> None:
    times = rung(None, 30)
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert len(pauses) > 3
    assert min(pauses) >= RING_AGAIN_SECONDS


def test_what_is_to_be_tried_again_soon_is_rung_for_as_soon_as_it_is_due() -> None:
    assert rung(1.0, 4.5) == [0, TICK_SECONDS, 2 * TICK_SECONDS, 3 * TICK_SECONDS, 4 * TICK_SECONDS]
