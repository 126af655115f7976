import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis

from graphapi.events.redis import STREAM, RedisBus, _ids
from graphapi.ports.bus import Change
from tests.events.ear import Ear, eventually
from tests.servers.valkey import ValkeyServer


def change(image_id: str, version: int = 1) -> Change:
    return Change("ann", image_id, version)


@asynccontextmanager
async def two_processes(url: str) -> AsyncIterator[tuple[RedisBus, Ear]]:
    near, far = RedisBus(url), RedisBus(url)
    Ear(near)
    ear = Ear(far)
    await near.start()
    await far.start()
    try:
        await eventually(lambda: ear.gaps == 1)
        yield near, ear
    finally:
        await near.stop()
        await far.stop()


@asynccontextmanager
async def client_of(url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(url)
    try:
        yield client
    finally:
        await client.aclose()


async def test_killed_connections_lose_nothing(valkey_url: str) -> None:
    async with client_of(valkey_url) as operator, two_processes(valkey_url) as (near, ear):
        for number in range(200):
            await near.publish([change(f"img{number}")])
            await asyncio.sleep(0.002)
            if number % 40 == 20:
                await operator.client_kill_filter(_type="normal", skipme=True)
        await eventually(lambda: len(ear.heard) == 200)
        assert ear.gaps >= 2


async def test_a_frozen_redis_delays_others_but_neither_the_caller_nor_this_process(
    valkey_server: ValkeyServer,
) -> None:
    async with two_processes(valkey_server.url) as (near, ear):
        own = Ear(near)
        valkey_server.freeze()
        try:
            before = time.perf_counter()
            for number in range(20):
                await near.publish([change(f"img{number}")])
            assert time.perf_counter() - before < 0.5
            assert len(own.heard) == 20
            # Longer than any answer is waited for, so that both sides give up and come back.
            await asyncio.sleep(2.5)
            assert ear.heard == set()
        finally:
            valkey_server.thaw()
        await eventually(lambda: len(ear.heard) == 20)


async def test_a_redis_that_comes_back_empty_is_a_gap_and_what_was_unsent_arrives(
    valkey_server: ValkeyServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with two_processes(valkey_server.url) as (near, ear):
        await near.publish([change("before")])
        await ear.hears("before", 1)
        valkey_server.kill()
        gaps = ear.gaps
        for version in (1, 2, 3):
            await near.publish([change("during", version)])
        await asyncio.sleep(0.5)
        valkey_server.restart_empty()
        await eventually(lambda: ear.gaps > gaps)
        await near.publish([change("after")])
        await ear.hears("after", 1)
    ours = [record for record in caplog.records if record.name.startswith("graphapi")]
    begun = [record for record in ours if record.levelno == logging.WARNING]
    assert len(begun) <= 3, "an outage is logged once for each direction of each process"


async def test_what_was_unsent_in_an_outage_arrives_afterwards_newest_only(
    valkey_server: ValkeyServer,
) -> None:
    near = RedisBus(valkey_server.url)
    valkey_server.kill()
    await near.start()
    await near.publish([Change("ann", "a", 1, in_flight=True)])
    await near.publish([Change("ann", "a", 3)])
    await near.publish([Change("ann", "a", 2)])
    await asyncio.sleep(0.2)
    valkey_server.restart_empty()
    async with client_of(valkey_server.url) as operator:
        await eventually(lambda: not near._unsent.is_set())
        stored: Any = await operator.xrange(STREAM)
    assert [json.loads(fields[b"changes"]) for _, fields in stored] == [[["ann", "a", 3, 0, True]]]
    await near.stop()


async def test_more_than_an_outbox_holds_is_announced_as_a_gap(
    valkey_server: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphapi.events.redis._OUTBOX_LENGTH", 10)
    async with two_processes(valkey_server.url) as (near, ear):
        gaps = ear.gaps
        await near.publish([change(f"img{number}") for number in range(11)])
        await eventually(lambda: ear.gaps == gaps + 1)
        assert near._outbox == {}
        await near.publish([change("a")])
        await ear.hears("a", 1)
        assert ear.gaps == gaps + 1


async def test_what_the_stream_lost_before_it_was_read_is_a_gap(valkey_url: str) -> None:
    bus = RedisBus(valkey_url)
    ear = Ear(bus)
    async with client_of(valkey_url) as operator:
        old: Any = await operator.xadd(STREAM, {"origin": "other", "changes": "[]"})
        for number in range(600):
            entry = json.dumps([["ann", f"img{number}", 1]])
            await operator.xadd(STREAM, {"origin": "other", "changes": entry})
        await operator.xtrim(STREAM, maxlen=550, approximate=False)
    reader = bus._connect(5)
    position = await bus._read(reader, _ids([(old.decode(), {})])[0])
    assert ear.gaps == 1
    assert len(ear.changes) == 500
    await bus._read(reader, position)
    assert ear.gaps == 1
    assert len(ear.changes) == 550
    await reader.aclose()


@pytest.mark.parametrize(
    "entry",
    [{"origin": "x"}, {"origin": "x", "changes": "{"}, {"changes": '[["a","b",1,0,false,9]]'}],
)
async def test_an_entry_of_another_version_is_a_gap_and_does_not_deafen(
    valkey_url: str, entry: dict[Any, Any]
) -> None:
    async with client_of(valkey_url) as operator, two_processes(valkey_url) as (near, ear):
        await operator.xadd(STREAM, entry)
        await eventually(lambda: ear.gaps == 2)
        await near.publish([change("a")])
        await ear.hears("a", 1)


async def test_a_process_does_not_hear_itself_through_redis(valkey_url: str) -> None:
    async with two_processes(valkey_url) as (near, ear):
        own = Ear(near)
        for version in range(1, 11):
            await near.publish([change("a", version)])
            await ear.hears("a", version)
        await near.publish([change("last")])
        await ear.hears("last", 1)
        await asyncio.sleep(0.2)
        assert len(own.changes) == 11


async def test_stopping_sends_what_waits(valkey_url: str) -> None:
    async with two_processes(valkey_url) as (_, ear):
        brief = RedisBus(valkey_url)
        await brief.start()
        await brief.publish([change("a")])
        await brief.stop()
        await ear.hears("a", 1)


async def test_stopping_does_not_wait_for_a_frozen_redis(valkey_server: ValkeyServer) -> None:
    bus = RedisBus(valkey_server.url)
    Ear(bus)
    await bus.start()
    await asyncio.sleep(0.2)
    valkey_server.freeze()
    try:
        await bus.publish([change("a")])
        before = time.perf_counter()
        await bus.stop()
        assert time.perf_counter() - before < 2
    finally:
        valkey_server.thaw()


async def test_an_outage_is_logged_without_the_password(caplog: pytest.LogCaptureFixture) -> None:
    bus = RedisBus("redis://someone:hush-hush@127.0.0.1:1/0")
    ear = Ear(bus)
    await bus.start()
    await bus.publish([change("a")])
    assert ear.heard == {("a", 1)}
    await eventually(lambda: len(caplog.records) >= 2)
    await asyncio.sleep(0.3)
    await bus.stop()
    assert len(caplog.records) == 2
    assert "hush-hush" not in caplog.text
