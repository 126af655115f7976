"""The broker of several processes: Dramatiq over Redis, made to forget nothing for long.

Dramatiq's defaults notice a dead worker after 20 minutes, wait 20 s for a frozen Redis, and
treat a silent one as a bug of theirs. Here a worker is dead after HEARTBEAT_TIMEOUT_MS, no
command waits for more than a second, and silence is a lost connection like any other.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import redis
from dramatiq import MessageProxy
from dramatiq.broker import Consumer
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import ConnectionClosed
from redis.backoff import NoBackoff
from redis.retry import Retry

from graphapi.errors import ConfigurationError

# Of a million commands, how many look for messages of dead workers: every one.
ALWAYS = 1_000_000
# Longer than a healthy worker ever pauses (it asks ten times a second), and short enough that
# work resumes well within ten seconds.
HEARTBEAT_TIMEOUT_MS = 5_000
# How long an idle worker waits before it asks again, at most.
POLL_MS = 100
COMMAND_SECONDS = 1.0
GIVEN_BACK = "given_back"


def make_redis_broker(url: str, namespace: str = "graphapi") -> "PatientRedisBroker":
    """Make the broker over the Redis at `url`; connects when it is first used.

    No middleware: the row holds the tries, the deadline and the result.
    """
    client = redis.Redis.from_url(
        url,
        socket_timeout=COMMAND_SECONDS,
        socket_connect_timeout=COMMAND_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    return PatientRedisBroker(client, namespace)


def give_back(message: MessageProxy) -> None:
    """Let another worker have a message that this one began and did not finish.

    Dramatiq would acknowledge it, whatever came of it.
    """
    message.options[GIVEN_BACK] = True


class PatientRedisBroker(RedisBroker):
    """Dramatiq's Redis broker, over a client of ours."""

    def __init__(self, client: redis.Redis, namespace: str) -> None:
        super().__init__(  # type: ignore[no-untyped-call] # Dramatiq leaves it untyped
            client=client,
            namespace=namespace,
            middleware=[],
            maintenance_chance=ALWAYS,
            heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
        )
        self.resting = False

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """Take messages off a queue, asking at least every POLL_MS."""
        if queue_name in self.delay_queues:
            # Always empty here, and asked all the same: by that a busy worker shows it is alive.
            return _PatientConsumer(self, super().consume(queue_name, prefetch, timeout))
        return _WorkConsumer(self, super().consume(queue_name, prefetch, min(timeout, POLL_MS)))

    def rest(self) -> None:
        """Take no more messages, but go on showing that this process is alive."""
        self.resting = True

    def forget_identity(self) -> None:
        """Go on as another consumer, so that what the old one had taken is given out again.

        An answer that never arrived may have carried messages; they would wait until this
        process dies. The price is that steps under way are rung twice, which is harmless.
        """
        self.broker_id = str(uuid4())

    def check(self) -> None:
        """Ask whether Redis answers; raises ConfigurationError with what to do."""
        try:
            self.client.ping()
        except redis.RedisError as error:
            raise ConfigurationError(
                f"Redis does not answer: {error} Check GRAPHAPI_REDIS_URL, and that it runs."
            ) from error

    def close(self) -> None:
        """Close the connections."""
        self.client.close()


class _PatientConsumer(Consumer):
    """A consumer to which every trouble with the connection is the same trouble."""

    def __init__(self, broker: PatientRedisBroker, inner: Consumer) -> None:
        self._broker = broker
        self._inner = inner

    def __next__(self) -> MessageProxy | None:
        try:
            with _one_kind_of_trouble():
                return next(self._inner)
        except ConnectionClosed:
            self._broker.forget_identity()
            raise

    def ack(self, message: MessageProxy) -> None:
        """Tell that a message was processed."""
        with _one_kind_of_trouble():
            self._inner.ack(message)

    def nack(self, message: MessageProxy) -> None:
        """Reject a message that no actor knows."""
        with _one_kind_of_trouble():
            self._inner.nack(message)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Give messages back that were taken and not begun."""
        with _one_kind_of_trouble():
            self._inner.requeue(messages)


class _WorkConsumer(_PatientConsumer):
    """A consumer of the queue that has messages in it."""

    def ack(self, message: MessageProxy) -> None:
        """Tell that a message was processed, unless it is to be given back."""
        if GIVEN_BACK in message.options:
            self.requeue([message])
        else:
            super().ack(message)

    def __next__(self) -> MessageProxy | None:
        if not self._broker.resting:
            return super().__next__()
        time.sleep(POLL_MS / 1000)
        return None


@contextmanager
def _one_kind_of_trouble() -> Iterator[None]:
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError) as error:
        raise ConnectionClosed(error) from None  # type: ignore[no-untyped-call] # same
