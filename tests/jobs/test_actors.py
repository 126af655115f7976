import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable

import dramatiq
import pytest

from graphapi.errors import Unavailable
from graphapi.jobs.actors import declare_actors
from graphapi.jobs.brokers.embedded import EmbeddedBroker
from graphapi.ports.doorbell import Step


async def nothing(_: str) -> None:
    """Do nothing."""


def test_there_is_one_actor_for_each_step_named_after_it() -> None:
    broker = EmbeddedBroker()
    actors = declare_actors(broker, dict.fromkeys(Step, nothing))
    assert {step: actor.actor_name for step, actor in actors.items()} == {
        step: step.value for step in Step
    }
    assert broker.get_declared_actors() == {step.value for step in Step}


def test_declaring_actors_creates_no_global_broker() -> None:
    declare_actors(EmbeddedBroker(), dict.fromkeys(Step, nothing))
    assert dramatiq.broker.global_broker is None


async def test_a_door_calls_its_own_handler_with_the_job() -> None:
    performed: list[tuple[Step, str]] = []

    def handler(step: Step) -> Callable[[str], Awaitable[None]]:
        async def perform(job_id: str) -> None:
            performed.append((step, job_id))

        return perform

    actors = declare_actors(EmbeddedBroker(), {step: handler(step) for step in Step})
    for step, actor in actors.items():
        await inspect.unwrap(actor.fn)(f"job_{step}")
    assert performed == [(step, f"job_{step}") for step in Step]


async def test_a_failing_handler_is_logged_once_with_its_job(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail(_: str) -> None:
        raise ValueError("a bug")

    actors = declare_actors(EmbeddedBroker(), {Step.SUBMIT: fail})
    with caplog.at_level(logging.INFO):
        await inspect.unwrap(actors[Step.SUBMIT].fn)("job_1")
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert record.getMessage() == "Step submit of job_1 failed"
    assert vars(record)["job_id"] == "job_1"
    assert record.exc_info is not None


async def test_a_cancelled_handler_ends_cancelled() -> None:
    async def cut(_: str) -> None:
        raise asyncio.CancelledError

    actors = declare_actors(EmbeddedBroker(), {Step.SUBMIT: cut})
    with pytest.raises(asyncio.CancelledError):
        await inspect.unwrap(actors[Step.SUBMIT].fn)("job_1")


async def test_a_database_that_is_away_is_one_line_in_the_log_and_no_stack(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail(_: str) -> None:
        raise Unavailable("Try again in a moment.") from ConnectionResetError("by peer")

    actors = declare_actors(EmbeddedBroker(), {Step.SUBMIT: fail})
    await inspect.unwrap(actors[Step.SUBMIT].fn)("job_1")
    [record] = caplog.records
    assert record.getMessage() == (
        "Step submit of job_1 broke off: ConnectionResetError('by peer')"
    )
    assert (record.levelname, record.exc_info) == ("WARNING", None)
