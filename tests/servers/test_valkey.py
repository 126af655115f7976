import pytest
import redis

from tests.servers.valkey import ValkeyServer


@pytest.mark.parametrize("turn", ["first", "second"])
def test_every_test_finds_valkey_empty(valkey_url: str, turn: str) -> None:
    with redis.Redis.from_url(valkey_url, decode_responses=True) as client:
        assert client.dbsize() == 0
        client.set("key", turn)
        assert client.get("key") == turn


def test_a_frozen_valkey_accepts_but_does_not_answer_until_it_thaws(
    valkey_server: ValkeyServer,
) -> None:
    with redis.Redis.from_url(valkey_server.url, socket_timeout=0.2, retry=None) as client:
        valkey_server.freeze()
        with pytest.raises(redis.TimeoutError):
            client.ping()
        valkey_server.thaw()
        assert client.ping()


def test_a_killed_valkey_refuses_and_comes_back_empty_at_the_same_address(
    valkey_server: ValkeyServer,
) -> None:
    with redis.Redis.from_url(valkey_server.url, socket_timeout=1, retry=None) as client:
        client.set("key", "value")
        valkey_server.kill()
        with pytest.raises(redis.ConnectionError):
            client.ping()
        valkey_server.restart_empty()
        assert client.dbsize() == 0


def test_a_frozen_valkey_can_be_restarted(valkey_server: ValkeyServer) -> None:
    valkey_server.freeze()
    valkey_server.restart_empty()
    with redis.Redis.from_url(valkey_server.url, socket_timeout=1) as client:
        assert client.ping()
