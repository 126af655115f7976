"""What the executor mends."""

import gc
import subprocess
import sys
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError

from graphapi.api.execution import Executor, Schema


@strawberry.type
class Leaf:
    """A leaf."""

    name: str = "leaf"


@strawberry.type
class Event:
    """An event with something inside."""

    number: int
    leaf: Leaf


@strawberry.type
class Query:
    """The queries."""

    @strawberry.field
    def broken(self) -> str:
        raise RuntimeError("broken")


@strawberry.type
class Subscription:
    """The subscriptions."""

    @strawberry.subscription
    async def events(self) -> AsyncIterator[Event]:
        number = 0
        while True:
            yield Event(number=number, leaf=Leaf())
            number += 1


SUBSCRIBE = "subscription { events { number leaf { name } } }"

# A process of its own: only there are warnings shown as an operator sees them.
LEAVING = """
import asyncio, gc, strawberry
from graphapi.api.execution import Schema

@strawberry.type
class Image:
    @strawberry.field
    async def name(self) -> str:
        return "still"

@strawberry.type
class Query:
    @strawberry.field
    async def images(self) -> list[Image]:
        return [Image(), Image()]

async def leave_after(steps):
    document = "{ a: images { name } b: images { name } }"
    execution = asyncio.create_task(Schema(query=Query).execute(document))
    for _ in range(steps):
        await asyncio.sleep(0)
    execution.cancel()
    await asyncio.gather(execution, return_exceptions=True)

for steps in range(12):
    asyncio.run(leave_after(steps))
    gc.collect()
print("left")
"""


async def consume(stream: Any, events: int) -> None:
    for _ in range(events):
        result = await anext(stream)
        assert result.data
        assert result.data["events"]["leaf"] == {"name": "leaf"}


async def test_a_subscription_does_not_grow_with_its_events() -> None:
    schema = Schema(query=Query, subscription=Subscription)
    stream = await schema.subscribe(SUBSCRIBE)
    await consume(stream, 200)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        await consume(stream, 1_000)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
        await stream.aclose()
    assert grown < 100 * 1_000, f"{grown} bytes after 1,000 events"


async def test_each_event_forgets_its_own_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    remembered: list[int] = []
    original = Executor.build_per_event_executor

    def build(self: Executor, payload: Any) -> Any:
        executor = original(self, payload)
        remembered.append(len(executor._relevant_sub_fields) + len(self._relevant_sub_fields))
        return executor

    monkeypatch.setattr(Executor, "build_per_event_executor", build)
    schema = Schema(query=Query, subscription=Subscription)
    stream = await schema.subscribe(SUBSCRIBE)
    await consume(stream, 50)
    await stream.aclose()
    assert remembered == [0] * 50


async def test_the_schema_leaves_errors_to_whoever_answers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    result = await Schema(query=Query).execute("{ broken }")
    (error,) = result.errors or []
    assert isinstance(error, GraphQLError)
    assert not caplog.records


def test_leaving_in_the_middle_of_an_operation_leaves_no_line_on_the_console() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LEAVING], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("left\n", "")
