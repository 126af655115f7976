"""GraphQL over WebSockets, as the graphql-transport-ws protocol has it."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from graphapi.web.graphql import TransportLimits
from tests.web.graphql_app import SECRET, TOKEN, App, Client, client, until


@pytest.fixture
def app() -> App:
    limits = TransportLimits(message_bytes=2_000, operations_per_socket=3)
    return App(options={"limits": limits, "allowed_origins": ["https://friend.example"]})


@pytest.fixture
async def url(app: App) -> AsyncIterator[str]:
    async with app.serve() as address:
        yield address


@pytest.fixture
async def greeted(url: str) -> AsyncIterator[Client]:
    async with client(url) as talk:
        await talk.greet(TOKEN)
        yield talk


async def still_works(talk: Client) -> None:
    await talk.subscribe("{ echo }", id="still")
    assert await talk.receive() == {
        "id": "still",
        "type": "next",
        "payload": {"data": {"echo": "hello"}},
    }
    assert await talk.receive() == {"id": "still", "type": "complete"}


async def test_a_subscription_streams_and_completes(greeted: Client) -> None:
    await greeted.subscribe("subscription ($m: Int!) { upTo(most: $m) }", variables={"m": 2})
    for number in range(2):
        message = await greeted.receive()
        assert message == {"id": "1", "type": "next", "payload": {"data": {"upTo": number}}}
    assert await greeted.receive() == {"id": "1", "type": "complete"}


async def test_queries_and_mutations_run_too(greeted: Client, app: App) -> None:
    await greeted.subscribe('mutation { note(text: "over a socket") }')
    assert (await greeted.receive())["payload"] == {"data": {"note": True}}
    assert (await greeted.receive())["type"] == "complete"
    assert app.log == ["over a socket"]
    await still_works(greeted)


async def test_the_token_of_connection_init_says_who_asks(greeted: Client) -> None:
    await greeted.subscribe("{ viewer }")
    assert (await greeted.receive())["payload"] == {"data": {"viewer": "ada"}}


async def test_without_a_token_only_what_needs_one_is_refused(url: str) -> None:
    async with client(url) as talk:
        await talk.greet()
        await talk.subscribe("{ echo viewer }")
        payload = (await talk.receive())["payload"]
    assert payload["data"] == {"echo": "hello", "viewer": None}
    assert payload["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("authorization", ["Bearer wrong", "Basic YTpi", "Bearer", ""])
async def test_a_wrong_token_closes_the_socket(url: str, authorization: str) -> None:
    async with client(url) as talk:
        await talk.send(type="connection_init", payload={"Authorization": authorization})
        assert await talk.close_code() == (4403, "Forbidden")


async def test_a_defect_while_signing_in_says_so_without_its_insides(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with client(url) as talk:
        await talk.send(type="connection_init", payload={"Authorization": "Bearer stumble"})
        code, reason = await talk.close_code()
    assert code == 1011
    assert SECRET not in str(reason)
    assert SECRET in caplog.text


async def test_each_operation_has_a_context_of_its_own(greeted: Client) -> None:
    numbers = []
    for name in ("a", "b"):
        await greeted.subscribe("{ contextNumber }", id=name)
        numbers.append((await greeted.receive())["payload"]["data"]["contextNumber"])
        await greeted.receive()
    assert numbers == [1, 2]


INIT = {"type": "connection_init"}
SUBSCRIBE = {"type": "subscribe", "id": "1", "payload": {"query": "{ echo }"}}


@pytest.mark.parametrize(
    "message",
    [
        "{",
        "",
        "null",
        "7",
        "[]",
        '"connection_init"',
        "{}",
        '{"type": null}',
        '{"type": "start"}',
        '{"type": ["ping"]}',
        '{"type": {"a": 1}}',
        "[" * 1_900,
        json.dumps(SUBSCRIBE | {"payload": None}),
        json.dumps(SUBSCRIBE | {"payload": []}),
        json.dumps(SUBSCRIBE | {"payload": "{ echo }"}),
        json.dumps(SUBSCRIBE | {"payload": {}}),
        json.dumps(SUBSCRIBE | {"payload": {"query": None}}),
        json.dumps(SUBSCRIBE | {"payload": {"query": 7}}),
        json.dumps(SUBSCRIBE | {"payload": {"query": ["{ echo }"]}}),
        json.dumps(SUBSCRIBE | {"payload": {"query": "{ echo }", "variables": []}}),
        json.dumps(SUBSCRIBE | {"payload": {"query": "{ echo }", "operationName": {}}}),
        json.dumps(SUBSCRIBE | {"payload": {"query": "{ echo }", "extensions": 1}}),
        json.dumps(SUBSCRIBE | {"id": None}),
        json.dumps(SUBSCRIBE | {"id": 1}),
        json.dumps(SUBSCRIBE | {"id": []}),
        json.dumps(SUBSCRIBE | {"id": {"a": 1}}),
        json.dumps(SUBSCRIBE | {"id": ""}),
        '{"type": "subscribe", "id": "\\ud800", "payload": {"query": "{ echo }"}}',
        '{"type": "subscribe", "payload": {"query": "{ echo }"}}',
        '{"type": "complete"}',
        '{"type": "complete", "id": {}}',
        b"binary",
    ],
)
async def test_nonsense_closes_the_socket_with_a_reason(
    greeted: Client, message: str | bytes
) -> None:
    await greeted.socket.send(message)
    code, reason = await greeted.close_code()
    assert code == 4400
    assert reason


@pytest.mark.parametrize("payload", [[], "x", 1, {"Authorization": 7}, {"Authorization": []}])
async def test_a_nonsensical_first_message_closes_the_socket(url: str, payload: Any) -> None:
    async with client(url) as talk:
        await talk.send(type="connection_init", payload=payload)
        code, reason = await talk.close_code()
    assert code == 4400
    assert reason


async def test_a_null_payload_is_no_payload(url: str) -> None:
    async with client(url) as talk:
        await talk.send(type="connection_init", payload=None)
        assert await talk.receive() == {"type": "connection_ack"}


async def test_a_message_that_is_too_large_closes_the_socket(greeted: Client) -> None:
    await greeted.socket.send(json.dumps({"type": "ping", "payload": {"x": "é" * 1_000}}))
    assert await greeted.close_code() == (1009, "A message may have at most 2,000 bytes")


async def test_a_long_id_is_shortened_in_the_reason(greeted: Client) -> None:
    for _ in range(2):
        await greeted.subscribe("subscription { ticks(pause: 1) }", id="é" * 300)
    code, reason = await greeted.close_code()
    assert code == 4409
    assert str(reason).startswith("Subscriber for éé")


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{ echo", None, "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("query A { echo } query B { echo }", None, "BAD_USER_INPUT"),
        ("fragment F on Query { echo }", None, "BAD_USER_INPUT"),
        ("subscription ($m: Int!) { upTo(most: $m) }", {}, "BAD_USER_INPUT"),
        ("{" + "thing{" * 250 + "}" * 251, None, "DOCUMENT_TOO_COMPLEX"),
    ],
)
async def test_a_faulty_operation_ends_alone(
    greeted: Client, query: str, variables: dict[str, Any] | None, code: str
) -> None:
    await greeted.subscribe(query, variables=variables)
    message = await greeted.receive()
    assert (message["type"], message["id"]) == ("error", "1")
    assert message["payload"][0]["extensions"]["code"] == code
    await still_works(greeted)


async def test_an_unknown_id_is_an_error_and_then_complete(greeted: Client) -> None:
    await greeted.subscribe('subscription { lost(id: "img_1") }')
    message = await greeted.receive()
    assert message["type"] == "next"
    (error,) = message["payload"]["errors"]
    assert error["extensions"]["code"] == "NOT_FOUND"
    assert await greeted.receive() == {"id": "1", "type": "complete"}
    await still_works(greeted)


async def test_a_defect_in_a_stream_is_masked_and_logged(
    greeted: Client, caplog: pytest.LogCaptureFixture
) -> None:
    await greeted.subscribe("subscription { explodes }")
    assert (await greeted.receive())["payload"] == {"data": {"explodes": 1}}
    message = await greeted.receive()
    assert SECRET not in str(message)
    (error,) = message["payload"]["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["requestId"] in caplog.text
    assert SECRET in caplog.text


async def test_a_result_that_is_no_json_is_masked(
    greeted: Client, caplog: pytest.LogCaptureFixture
) -> None:
    await greeted.subscribe("{ notANumber }")
    message = await greeted.receive()
    assert message["type"] == "error"
    assert message["payload"][0]["extensions"]["code"] == "INTERNAL"
    assert caplog.records
    await still_works(greeted)


async def test_an_id_in_use_closes_the_socket(greeted: Client) -> None:
    await greeted.subscribe("subscription { ticks(pause: 10) }")
    await greeted.subscribe("{ echo }")
    assert await greeted.close_code() == (4409, "Subscriber for 1 already exists")


async def test_an_id_may_be_used_again_once_it_is_complete(greeted: Client, app: App) -> None:
    for _ in range(3):
        await greeted.subscribe("subscription { ticks(pause: 10) }")
        assert (await greeted.receive())["payload"]["data"] == {"ticks": 0}
        await greeted.send(type="complete", id="1")
    await until(lambda: app.log.count("ended") == 3)


async def test_a_second_init_closes_the_socket(greeted: Client) -> None:
    await greeted.send(**INIT)
    assert await greeted.close_code() == (4429, "Too many initialisation requests")


async def test_an_operation_before_init_closes_the_socket(url: str) -> None:
    async with client(url) as talk:
        await talk.send(**SUBSCRIBE)
        assert await talk.close_code() == (4401, "Unauthorized")


async def test_a_client_that_never_introduces_itself_is_closed() -> None:
    limits = TransportLimits(init_time=timedelta(milliseconds=50))
    async with App(options={"limits": limits}).serve() as url, client(url) as talk:
        await talk.send(type="ping")
        assert await talk.receive() == {"type": "pong"}
        assert await talk.close_code() == (4408, "Connection initialisation timeout")


async def test_a_ping_is_answered_and_a_pong_is_not(greeted: Client) -> None:
    await greeted.send(type="pong")
    await greeted.send(type="ping", payload={"any": "thing"})
    assert await greeted.receive() == {"type": "pong"}


async def test_operations_beyond_the_cap_are_refused_and_the_rest_go_on(greeted: Client) -> None:
    for name in "abc":
        await greeted.subscribe("subscription { ticks(pause: 10) }", id=name)
        await greeted.receive()
    await greeted.subscribe("{ echo }", id="d")
    message = await greeted.receive()
    assert (message["type"], message["id"]) == ("error", "d")
    assert "3 operations at once" in message["payload"][0]["message"]
    await greeted.send(type="complete", id="a")
    await still_works(greeted)


async def test_completing_ends_the_generator_at_once(greeted: Client, app: App) -> None:
    await greeted.subscribe("subscription { ticks(pause: 1000) }")
    await greeted.receive()
    await greeted.send(type="complete", id="1")
    await until(lambda: app.log == ["started", "ended"])


@pytest.mark.parametrize("manner", ["politely", "without a word"])
async def test_leaving_ends_every_generator_at_once(url: str, app: App, manner: str) -> None:
    async with client(url) as talk:
        await talk.greet()
        for name in "ab":
            await talk.subscribe("subscription { ticks(pause: 1000) }", id=name)
            await talk.receive()
        if manner == "politely":
            await talk.socket.close()
        else:
            talk.socket.transport.abort()
        await until(lambda: app.log.count("ended") == 2)


async def test_leaving_in_the_midst_of_a_torrent_leaves_nothing_behind(
    url: str, app: App, caplog: pytest.LogCaptureFixture
) -> None:
    async with client(url) as talk:
        await talk.greet()
        await talk.subscribe("subscription { ticks }")
        for _ in range(20):
            await talk.receive()
        talk.socket.transport.abort()
        await until(lambda: "ended" in app.log)
    assert not caplog.records


async def test_completing_an_unknown_id_changes_nothing(greeted: Client) -> None:
    await greeted.send(type="complete", id="never started")
    await still_works(greeted)


async def test_only_the_one_protocol_is_spoken(url: str) -> None:
    for protocols in (None, ["graphql-ws"]):
        async with client(url, subprotocols=protocols) as talk:
            assert (await talk.close_code())[0] == 4406


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_page_of_another_site_is_refused(url: str, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with client(url, origin=origin):
            pass
    assert refusal.value.response.status_code == 403


async def test_our_own_pages_and_friends_are_let_in(url: str) -> None:
    own = url.removesuffix("/graphql")
    for origin in (own, "https://friend.example", "https://Friend.example:443", None):
        async with client(url, origin=origin) as talk:
            await talk.greet()


async def test_the_server_ends_its_sockets_when_it_stops(app: App) -> None:
    async with AsyncExitStack() as stack:
        async with app.serve() as url:
            talk = await stack.enter_async_context(client(url))
            await talk.greet()
            await talk.subscribe("subscription { ticks(pause: 1000) }")
            await talk.receive()
        assert app.log == ["started", "ended"]
        with pytest.raises(ConnectionClosed):
            await talk.receive()
