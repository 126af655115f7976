import time

import pytest
from dramatiq.errors import ConnectionClosed

from graphapi.jobs.actors import declare_actors
from graphapi.jobs.brokers.redis import HEARTBEAT_TIMEOUT_MS, make_redis_broker
from graphapi.ports.doorbell import Step
from tests.jobs.workshop import Handler, take
from tests.servers.valkey import ValkeyServer


def test_making_a_broker_needs_no_redis() -> None:
    broker = make_redis_broker("redis://127.0.0.1:1/0")
    assert not broker.middleware
    broker.close()


def test_keys_are_under_the_namespace(valkey_url: str) -> None:
    broker = make_redis_broker(valkey_url)
    declare_actors(broker, {Step.PREPARE: Handler()})[Step.PREPARE].send("job_1")
    assert broker.client.dbsize() > 0
    assert broker.client.dbsize() == len(list(broker.client.scan_iter("graphapi:*")))
    broker.close()


def test_a_silent_redis_is_a_lost_connection_after_a_second(valkey_server: ValkeyServer) -> None:
    broker = make_redis_broker(valkey_server.url)
    broker.declare_queue("jobs")
    consumer = broker.consume("jobs", timeout=10)
    assert next(consumer) is None
    valkey_server.freeze()
    started = time.monotonic()
    with pytest.raises(ConnectionClosed):
        next(consumer)
    assert time.monotonic() - started < 1.5
    broker.close()


def test_messages_in_an_answer_that_got_lost_are_given_out_again(
    valkey_server: ValkeyServer,
) -> None:
    broker = make_redis_broker(valkey_server.url)
    actors = declare_actors(broker, {Step.PREPARE: Handler()})
    consumer = broker.consume("jobs", prefetch=5, timeout=10)
    assert next(consumer) is None
    actors[Step.PREPARE].send("job_1")
    valkey_server.freeze()
    with pytest.raises(ConnectionClosed):
        next(consumer)
    valkey_server.thaw()  # now the question is answered, to nobody
    again = broker.consume("jobs", prefetch=5, timeout=10)
    started = time.monotonic()
    message = take(again)
    waited = time.monotonic() - started
    assert message.args == ("job_1",)
    assert HEARTBEAT_TIMEOUT_MS / 1000 - 3 < waited < HEARTBEAT_TIMEOUT_MS / 1000 + 2
    broker.close()
