import asyncio

import pytest
from dramatiq.errors import ActorNotFound
from dramatiq.message import Message

from graphapi.jobs.actors import declare_actors
from graphapi.jobs.brokers.embedded import EmbeddedBroker
from graphapi.ports.doorbell import Step
from tests.jobs.workshop import Handler, eventually


async def test_what_rang_before_the_start_runs_after_it() -> None:
    broker, handler = EmbeddedBroker(), Handler()
    actors = declare_actors(broker, {Step.PREPARE: handler})
    actors[Step.PREPARE].send("job_1")
    await asyncio.sleep(0.01)
    assert not handler.began
    broker.start()
    await eventually(lambda: handler.ended == ["job_1"])


async def test_messages_run_in_the_order_they_were_sent() -> None:
    broker, handler = EmbeddedBroker(at_once=1), Handler()
    actors = declare_actors(broker, {Step.PREPARE: handler})
    broker.start()
    jobs = [f"job_{number}" for number in range(20)]
    for job in jobs:
        actors[Step.PREPARE].send(job)
    await eventually(lambda: handler.ended == jobs)


async def test_a_message_sent_from_another_thread_runs_on_the_loop() -> None:
    broker, handler = EmbeddedBroker(), Handler()
    actors = declare_actors(broker, {Step.PREPARE: handler})
    broker.start()
    await asyncio.to_thread(actors[Step.PREPARE].send, "job_1")
    await eventually(lambda: handler.ended == ["job_1"])


async def test_what_still_waits_when_it_stops_is_dropped() -> None:
    broker, handler = EmbeddedBroker(at_once=1), Handler(held=True)
    actors = declare_actors(broker, {Step.PREPARE: handler})
    broker.start()
    for number in range(3):
        actors[Step.PREPARE].send(f"job_{number}")
    await eventually(lambda: handler.running == 1)
    await broker.drain(0)
    await asyncio.sleep(0.05)
    assert handler.began == handler.cancelled == ["job_0"]


def test_a_delay_is_refused() -> None:
    broker = EmbeddedBroker()
    actors = declare_actors(broker, {Step.PREPARE: Handler()})
    with pytest.raises(ValueError, match="next_at"):
        actors[Step.PREPARE].send_with_options(args=("job_1",), delay=1000)


def test_a_message_for_an_unknown_actor_is_refused() -> None:
    message: Message[None] = Message("jobs", "dance", ("job_1",), {}, {})
    with pytest.raises(ActorNotFound):
        EmbeddedBroker().enqueue(message)


def test_a_message_that_json_cannot_carry_is_refused_as_over_redis() -> None:
    broker = EmbeddedBroker()
    actors = declare_actors(broker, {Step.PREPARE: Handler()})
    with pytest.raises(TypeError):
        actors[Step.PREPARE].send_with_options(args=(object(),))
