"""What every bus must do, whatever carries it."""

import asyncio
import time

from tests.events.conftest import Pair
from tests.events.ear import eventually


async def test_this_process_hears_of_its_own_change_at_once(pair: Pair) -> None:
    await pair.tell("a", 1)
    assert ("a", 1) in pair.near_ear.heard


async def test_another_process_hears_of_every_change(pair: Pair) -> None:
    for version in range(1, 51):
        await pair.tell(f"img{version}", version)
    for version in range(1, 51):
        await pair.far_ear.hears(f"img{version}", version)
    assert {change.owner_id for change in pair.far_ear.changes} == {"ann"}


async def test_a_change_told_twice_is_heard_and_does_no_harm(pair: Pair) -> None:
    change = pair.commit("ann", "a", 1)
    await pair.near.publish([change, change])
    await pair.near.publish([change])
    await pair.far_ear.hears("a", 1)
    await pair.tell("a", 2)
    await pair.far_ear.hears("a", 2)


async def test_nothing_is_heard_of_no_change(pair: Pair) -> None:
    await pair.near.publish([])
    await pair.tell("a", 1)
    await pair.far_ear.hears("a", 1)
    assert pair.far_ear.heard == {("a", 1)}


async def test_a_stopped_bus_leaves_no_task_behind_and_calls_nobody(pair: Pair) -> None:
    await pair.far.stop()
    await pair.near.stop()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    heard = len(pair.far_ear.changes)
    pair.commit("ann", "a", 1)
    await asyncio.sleep(0.1)
    assert len(pair.far_ear.changes) == heard


async def test_stopping_twice_and_publishing_before_and_after_is_harmless(pair: Pair) -> None:
    await pair.far.stop()
    await pair.far.stop()
    await pair.far.publish([pair.commit("ann", "a", 1)])
    await pair.far.start()
    if pair.near is not pair.far:
        await pair.near_ear.hears("a", 1)


async def test_what_happened_while_a_bus_was_stopped_is_a_gap_or_heard(pair: Pair) -> None:
    if pair.near is pair.far:
        return
    await pair.far.stop()
    gaps = pair.far_ear.gaps
    await pair.tell("a", 1)
    await pair.far.start()
    await eventually(lambda: pair.far_ear.gaps > gaps or ("a", 1) in pair.far_ear.heard)


async def test_publishing_never_keeps_the_caller_waiting(pair: Pair) -> None:
    change = pair.commit("ann", "a", 1)
    before = time.perf_counter()
    for _ in range(100):
        await pair.near.publish([change])
    assert time.perf_counter() - before < 1
