"""GraphQL over HTTP, as the specification and its official audit have it."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from graphapi.web.graphql import TransportLimits
from tests.web.graphql_app import SECRET, TOKEN, App

JSON = "application/json"
NEW = "application/graphql-response+json"
PATH = "/graphql"


@pytest.fixture
async def app() -> App:
    return App(options={"limits": TransportLimits(body_bytes=2_000)})


@pytest.fixture
async def http(app: App) -> AsyncIterator[httpx.AsyncClient]:
    async with app.serve() as url, httpx.AsyncClient(base_url=url.removesuffix(PATH)) as client:
        yield client


async def post(http: httpx.AsyncClient, accept: str = JSON, **body: Any) -> httpx.Response:
    return await http.post(PATH, json=body, headers={"Accept": accept})


def error_of(response: httpx.Response) -> dict[str, Any]:
    body = response.json()
    assert body.keys() == {"errors"}
    (error,) = body["errors"]
    assert error["message"]
    assert isinstance(error, dict)
    return error


def code_of(response: httpx.Response) -> str:
    return str(error_of(response)["extensions"]["code"])


async def test_a_query_is_answered_in_the_media_type_asked_for(http: httpx.AsyncClient) -> None:
    for accept, given in ((JSON, JSON), (NEW, NEW), ("*/*", JSON), (f"{NEW};q=0.5, {JSON}", JSON)):
        response = await post(http, accept, query="{ echo }")
        assert response.status_code == 200
        assert response.headers["content-type"] == f"{given}; charset=utf-8"
        assert response.json() == {"data": {"echo": "hello"}}


async def test_plain_json_is_answered_when_nothing_is_asked_for(http: httpx.AsyncClient) -> None:
    request = http.build_request("POST", PATH, json={"query": "{ echo }"})
    del request.headers["accept"]
    response = await http.send(request)
    assert response.headers["content-type"] == f"{JSON}; charset=utf-8"


@pytest.mark.parametrize("accept", ["text/event-stream", "application/xml", f"{JSON};q=0"])
async def test_a_media_type_we_cannot_give_is_refused(http: httpx.AsyncClient, accept: str) -> None:
    response = await post(http, accept, query="{ echo }")
    assert response.status_code == 406
    assert "WebSockets" in error_of(response)["message"]


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{ echo", None, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($n: Int!) { count(number: $n) }", {"n": "many"}, "BAD_USER_INPUT"),
        ("query ($n: Int!) { count(number: $n) }", {}, "BAD_USER_INPUT"),
        ("query A { echo } query B { echo }", None, "BAD_USER_INPUT"),
        ("fragment F on Query { echo }", None, "BAD_USER_INPUT"),
        ("{thing{" + "things{" * 8 + "name" + "}" * 10, None, "DOCUMENT_TOO_COMPLEX"),
        ("{thing" * 250 + "}" * 250, None, "DOCUMENT_TOO_COMPLEX"),
    ],
)
async def test_a_faulty_request_says_why_under_its_code(
    http: httpx.AsyncClient, query: str, variables: dict[str, Any] | None, code: str
) -> None:
    old = await post(http, JSON, query=query, variables=variables)
    new = await post(http, NEW, query=query, variables=variables)
    assert code_of(old) == code_of(new) == code
    assert (old.status_code, new.status_code) == (200, 400)


async def test_an_unknown_operation_name_is_named(http: httpx.AsyncClient) -> None:
    response = await post(http, NEW, query="query A { echo }", operationName="B")
    assert response.status_code == 400
    assert error_of(response)["message"] == 'Unknown operation named "B".'


async def test_the_named_one_of_several_operations_is_run(http: httpx.AsyncClient) -> None:
    query = 'query A { echo } query B { echo(text: "b") }'
    response = await post(http, query=query, operationName="B")
    assert response.json() == {"data": {"echo": "b"}}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b'{"query": "{ echo }", "variables": {"a": NaN}}', "NaN is no JSON number"),
        (b'{"query": "{ echo }", "variables": {"a": "\\ud800"}}', "not valid UTF-8"),
        (
            b'{"query": "{ echo }", "variables": {"a": -%s}}' % (b"9" * 1_200),
            "a number has more than 1,000 digits",
        ),
        (b"\xff\xfe", "not valid UTF-8"),
        (b"[" * 1_500, "nested too deeply"),
        (b'[{"query": "{ echo }"}]', "batches are not supported"),
        (b'"{ echo }"', "one JSON object"),
        (b"{}", "`query`"),
        (b'{"query": ""}', "`query`"),
        (b'{"query": 7}', "`query`"),
        (b'{"query": "{ echo }", "variables": [1]}', "`variables` must be an object"),
        (b'{"query": "{ echo }", "variables": "{}"}', "`variables` must be an object"),
        (b'{"query": "{ echo }", "operationName": 1}', "`operationName` must be a string"),
        (b'{"query": "{ echo }", "extensions": "x"}', "`extensions` must be an object"),
    ],
)
async def test_an_unfit_body_is_refused_with_400(
    http: httpx.AsyncClient, content: bytes, sentence: str
) -> None:
    for accept in (JSON, NEW):
        response = await http.post(
            PATH, content=content, headers={"Content-Type": JSON, "Accept": accept}
        )
        assert response.status_code == 400
        assert code_of(response) == "BAD_REQUEST"
        assert sentence in error_of(response)["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "text/plain; a=application/json"},
        {"Content-Type": "application/jsonp"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=application/json"},
        {"Content-Type": f"{JSON}; charset=latin-1"},
        {"Content-Type": ""},
        {"Content-Type": JSON, "Content-Encoding": "gzip"},
    ],
)
async def test_only_plain_json_bodies_are_read(
    http: httpx.AsyncClient, app: App, headers: dict[str, str]
) -> None:
    content = json.dumps({"query": 'mutation { note(text: "forged") }'})
    response = await http.post(PATH, content=content, headers=headers)
    assert response.status_code == 415
    assert app.log == []


async def test_a_charset_may_be_named(http: httpx.AsyncClient) -> None:
    response = await http.post(
        PATH,
        content='{"query": "{ echo(text: \\"é\\") }"}'.encode(),
        headers={"Content-Type": 'application/json; charset="UTF-8"'},
    )
    assert response.json() == {"data": {"echo": "é"}}


async def test_a_body_that_is_too_large_is_refused_declared_or_not(http: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" " * 100

    headers = {"Content-Type": JSON}
    declared = await http.post(PATH, content=b" " * 2_001, headers=headers)
    streamed = await http.post(PATH, content=chunks(), headers=headers)
    for response in (declared, streamed):
        assert response.status_code == 413
        assert "2,000 bytes" in error_of(response)["message"]


async def test_a_body_that_never_arrives_is_given_up() -> None:
    app = App(options={"limits": TransportLimits(body_time=timedelta(milliseconds=50))})
    async with app.serve() as url:
        address = httpx.URL(url)
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(
            b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 20\r\n\r\n{"
        )
        status = await asyncio.wait_for(reader.readline(), 5)
        writer.close()
    assert b" 408 " in status


async def test_a_query_may_come_by_get(http: httpx.AsyncClient) -> None:
    parameters = {
        "query": "query ($t: String!) { echo(text: $t) }",
        "variables": '{"t": "by get"}',
    }
    response = await http.get(PATH, params=parameters)
    assert response.json() == {"data": {"echo": "by get"}}


async def test_broken_variables_in_the_address_are_refused(http: httpx.AsyncClient) -> None:
    response = await http.get(PATH, params={"query": "{ echo }", "variables": "{"})
    assert response.status_code == 400


async def test_get_changes_nothing(http: httpx.AsyncClient, app: App) -> None:
    response = await http.get(PATH, params={"query": 'mutation { note(text: "x") }'})
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert app.log == []


async def test_other_methods_are_refused(http: httpx.AsyncClient) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        response = await http.request(method, PATH)
        assert response.status_code == 405
        assert response.headers["allow"] == "GET, POST"


async def test_a_mutation_is_run_by_post(http: httpx.AsyncClient, app: App) -> None:
    response = await post(http, query='mutation { note(text: "x") }')
    assert response.json() == {"data": {"note": True}}
    assert app.log == ["x"]


async def test_a_subscription_by_post_is_told_where_to_go(http: httpx.AsyncClient) -> None:
    response = await post(http, query="subscription { ticks }")
    assert response.status_code == 400
    assert "WebSockets" in error_of(response)["message"]


async def test_the_token_says_who_asks(http: httpx.AsyncClient) -> None:
    for scheme in ("Bearer", "bearer"):
        headers = {"Authorization": f"{scheme} {TOKEN}"}
        response = await http.post(PATH, json={"query": "{ viewer }"}, headers=headers)
        assert response.json() == {"data": {"viewer": "ada"}}


async def test_without_a_token_only_what_needs_one_is_refused(http: httpx.AsyncClient) -> None:
    response = await post(http, query="{ echo viewer }")
    assert response.status_code == 200
    body = response.json()
    assert body["data"] == {"echo": "hello", "viewer": None}
    assert body["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    assert "Bearer" in body["errors"][0]["message"]


@pytest.mark.parametrize("authorization", ["Bearer wrong", "Basic YTpi", "Bearer", ""])
async def test_a_wrong_token_is_refused_before_anything_runs(
    http: httpx.AsyncClient, app: App, authorization: str
) -> None:
    response = await http.post(
        PATH, json={"query": "{ echo }"}, headers={"Authorization": authorization}
    )
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert code_of(response) == "UNAUTHENTICATED"
    assert app.contexts == 0


async def test_a_refused_value_carries_its_fine_code_and_field(http: httpx.AsyncClient) -> None:
    response = await post(http, query="{ choose(number: 13) }")
    (error,) = response.json()["errors"]
    assert error["message"] == "Ask for 0 to 12, not 13."
    assert error["path"] == ["choose"]
    assert error["extensions"] == {
        "code": "BAD_USER_INPUT",
        "reason": "COUNT_OUT_OF_RANGE",
        "field": ["number"],
    }


async def test_a_missing_object_is_not_found(http: httpx.AsyncClient) -> None:
    response = await post(http, NEW, query='{ fetch(id: "img_1") }')
    assert response.status_code == 200
    body = response.json()
    assert body["data"] == {"fetch": None}
    assert body["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_a_defect_is_masked_and_logged_under_the_same_id(
    http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        response = await post(http, query="{ thing { broken } }")
    assert SECRET not in response.text
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    request_id = error["extensions"]["requestId"]
    assert response.headers["x-request-id"] == request_id
    (record,) = caplog.records
    assert request_id in record.getMessage()
    assert record.exc_info
    assert SECRET in str(record.exc_info[1])


@pytest.mark.parametrize("query", ["{ notANumber }", "{ echo }"])
async def test_a_defect_around_the_execution_is_masked_too(
    http: httpx.AsyncClient, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = "stumble" if query == "{ echo }" else TOKEN
    response = await http.post(
        PATH, json={"query": query}, headers={"Authorization": f"Bearer {token}"}
    )
    assert response.status_code == 500
    assert code_of(response) == "INTERNAL"
    assert SECRET not in response.text
    assert caplog.records


async def test_an_operation_has_a_context_of_its_own(http: httpx.AsyncClient) -> None:
    numbers = [(await post(http, query="{ contextNumber }")).json() for _ in range(2)]
    assert [number["data"]["contextNumber"] for number in numbers] == [1, 2]
