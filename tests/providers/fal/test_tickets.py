"""Where requests live on the queue."""

import json

import httpx
import pytest

from graphapi.errors import InDoubt, Rejected
from graphapi.ports.editing import Ticket
from graphapi.providers.fal.tickets import on_origin, queue_position, submit_url, ticket_of
from graphapi.providers.http import Reply

QUEUE = "https://queue.fal.run"


def _ticket(body: object, model: str = "fal-ai/nano-banana-pro/edit") -> Ticket:
    return ticket_of(Reply(200, httpx.Headers(), json.dumps(body).encode()), QUEUE, model)


@pytest.mark.parametrize(
    ("model", "app"),
    [
        ("fal-ai/nano-banana-pro/edit", "fal-ai/nano-banana-pro"),
        ("fal-ai/nano-banana-pro", "fal-ai/nano-banana-pro"),
        ("fal-ai/flux-pro/kontext/max", "fal-ai/flux-pro"),
        ("workflows/me/my-flow/run", "workflows/me/my-flow"),
        ("comfy/me/my-flow", "comfy/me/my-flow"),
    ],
)
def test_the_sub_path_belongs_in_the_submit_alone(model: str, app: str) -> None:
    assert submit_url(QUEUE, model) == f"{QUEUE}/{model}"
    base = f"{QUEUE}/{app}/requests/r-1"
    assert _ticket({"request_id": "r-1"}, model) == Ticket(
        "r-1", f"{base}/status", base, f"{base}/cancel"
    )


def test_the_addresses_given_are_used_as_they_are() -> None:
    base = f"{QUEUE}/fal-ai/nano-banana-pro/edit/requests/r-1"
    given = {
        "request_id": "r-1",
        "status_url": f"{base}/status",
        "response_url": f"{base}/response",
        "cancel_url": f"{base}/cancel",
        "queue_position": 3,
    }
    assert _ticket(given) == Ticket(
        "r-1", f"{base}/status", f"{base}/response", f"{base}/cancel", 3
    )


def test_a_gateway_before_the_queue_keeps_its_path() -> None:
    gateway, model = "https://gate.example/fal", "fal-ai/nano-banana-pro/edit"
    assert submit_url(gateway, model) == f"{gateway}/{model}"
    base = f"{gateway}/fal-ai/nano-banana-pro/requests/r-1"
    # What fal.ai says of itself leads past the gateway.
    said = {
        "request_id": "r-1",
        "status_url": f"{QUEUE}/fal-ai/nano-banana-pro/requests/r-1/status",
    }
    reply = Reply(200, httpx.Headers(), json.dumps(said).encode())
    assert ticket_of(reply, gateway, model) == Ticket(
        "r-1", f"{base}/status", base, f"{base}/cancel"
    )


@pytest.mark.parametrize(
    "stranger",
    [
        "https://queue.fal.run.evil.example/status",
        "http://queue.fal.run/status",
        "https://queue.fal.run:8443/status",
        "https://queue.fal.run@evil.example/status",
        "https://evil@queue.fal.run/status",
        "//evil.example/status",
        "/status",
        "https://[broken/status",
        "",
        7,
        None,
    ],
)
def test_an_address_off_the_queue_is_replaced(stranger: object) -> None:
    ticket = _ticket({"request_id": "r-1", "status_url": stranger})
    assert ticket.status_url == f"{QUEUE}/fal-ai/nano-banana-pro/requests/r-1/status"


def test_an_origin_is_scheme_host_and_port() -> None:
    assert on_origin("https://QUEUE.fal.run:443/a", f"{QUEUE}/b")
    assert not on_origin("https://fal.run/a", QUEUE)


@pytest.mark.parametrize(
    "body", [None, [], {}, {"request_id": 7}, {"request_id": ""}, {"request_id": "a/../b"}]
)
def test_an_answer_without_a_usable_id_is_in_doubt(body: object) -> None:
    with pytest.raises(InDoubt):
        _ticket(body)


@pytest.mark.parametrize("model", ["", "a", "/a", "a/", "a/./b", "a/b c", "workflows/a", "a/é"])
def test_what_is_no_model_id_is_rejected(model: str) -> None:
    with pytest.raises(Rejected):
        submit_url(QUEUE, model)


@pytest.mark.parametrize(
    ("given", "position"), [(0, 0), (5, 5), (-1, None), (True, None), ("1", None), (None, None)]
)
def test_a_queue_position_is_a_whole_number_or_unknown(given: object, position: int | None) -> None:
    assert queue_position({"queue_position": given}) == position
