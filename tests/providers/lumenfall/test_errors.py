"""Every error Lumenfall documents, and what it means for a job."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.jobs import Billed
from graphapi.errors import InDoubt, Rejected, Throttled
from graphapi.providers.http import Reply, is_refusal
from graphapi.providers.lumenfall.errors import (
    BY_CODE,
    BY_STATUS,
    SENTENCES,
    Fault,
    code_of,
    fault_of,
    submit_error,
)

KEY = "lmnfl_mine.secret"
OPERATOR = "the operator of this server"

# docs.lumenfall.ai, api-reference/errors, and its skill file: code, type, status; then what it
# means to us: the error that is raised, our code, whether the same may succeed later, who acts.
DOCUMENTED = [
    ("INVALID_REQUEST", "invalid_request_error", 400, Rejected, "INVALID_INPUT", False, "you"),
    (
        "AUTHENTICATION_FAILED",
        "authentication_error",
        401,
        Rejected,
        "PROVIDER_CREDENTIALS",
        True,
        OPERATOR,
    ),
    (
        "INSUFFICIENT_BALANCE",
        "insufficient_quota",
        402,
        Rejected,
        "INSUFFICIENT_BALANCE",
        True,
        OPERATOR,
    ),
    ("MODEL_NOT_FOUND", "invalid_request_error", 404, Rejected, "INVALID_INPUT", False, "you"),
    (
        "MODEL_DISABLED",
        "invalid_request_error",
        404,
        Rejected,
        "INVALID_INPUT",
        False,
        "you",
    ),
    ("RATE_LIMITED", "rate_limit_error", 429, Throttled, "RATE_LIMITED", True, "nobody"),
    (
        "ALL_PROVIDERS_EXHAUSTED",
        "server_error",
        502,
        Rejected,
        "PROVIDER_UNAVAILABLE",
        True,
        "the provider",
    ),
    # The status of these two varies with what the provider behind Lumenfall answered.
    ("UPSTREAM_ERROR", "upstream_error", 400, Rejected, "PROVIDER_FAILED", True, "the provider"),
    ("UPSTREAM_ERROR", "upstream_error", 422, Rejected, "PROVIDER_FAILED", True, "the provider"),
    ("UPSTREAM_ERROR", "upstream_error", 429, Throttled, "RATE_LIMITED", True, "nobody"),
    ("UPSTREAM_ERROR", "upstream_error", 408, Rejected, "PROVIDER_FAILED", True, "the provider"),
    ("UPSTREAM_ERROR", "upstream_error", 500, Rejected, "PROVIDER_FAILED", True, "the provider"),
    ("UPSTREAM_ERROR", "upstream_error", 504, Rejected, "PROVIDER_FAILED", True, "the provider"),
    ("CONTENT_POLICY_VIOLATION", "x", 400, Rejected, "CONTENT_POLICY", False, "you"),
    ("CONTENT_POLICY_VIOLATION", "x", 422, Rejected, "CONTENT_POLICY", False, "you"),
    ("CONTENT_POLICY_VIOLATION", "x", 500, Rejected, "CONTENT_POLICY", False, "you"),
    # Of a gateway, or of days to come.
    ("", "", 400, Rejected, "INVALID_INPUT", False, "you"),
    ("", "", 401, Rejected, "PROVIDER_CREDENTIALS", True, OPERATOR),
    ("", "", 402, Rejected, "INSUFFICIENT_BALANCE", True, OPERATOR),
    ("", "", 403, Rejected, "PROVIDER_CREDENTIALS", True, OPERATOR),
    ("NEVER_HEARD_OF", "", 418, Rejected, "INVALID_INPUT", False, "you"),
    ("NEVER_HEARD_OF", "server_error", 500, InDoubt, "SUBMIT_UNKNOWN", False, "you"),
    # Without a type it is not in the documented form.
    ("ALL_PROVIDERS_EXHAUSTED", "", 502, InDoubt, "SUBMIT_UNKNOWN", False, "you"),
    ("UPSTREAM_ERROR", "", 500, InDoubt, "SUBMIT_UNKNOWN", False, "you"),
    ("", "", 408, InDoubt, "SUBMIT_UNKNOWN", False, "you"),
    ("", "", 429, Throttled, "RATE_LIMITED", True, "nobody"),
    ("", "", 500, InDoubt, "SUBMIT_UNKNOWN", False, "you"),
    ("", "", 502, InDoubt, "SUBMIT_UNKNOWN", False, "you"),
    ("", "", 503, InDoubt, "SUBMIT_UNKNOWN", False, "you"),
    ("", "", 307, InDoubt, "SUBMIT_UNKNOWN", False, "you"),
]


def _reply(status: int, body: Any, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, httpx.Headers(headers), json.dumps(body).encode())


@pytest.mark.parametrize(
    ("code", "kind", "status", "error", "ours", "retryable", "who"), DOCUMENTED
)
def test_every_documented_error_has_a_meaning_and_says_who_acts(
    *,
    code: str,
    kind: str,
    status: int,
    error: type[Exception],
    ours: str,
    retryable: bool,
    who: str,
) -> None:
    body = {"error": {"message": "It says so.", "type": kind, "code": code}}
    told = submit_error(_reply(status, body), KEY)
    assert type(told) is error
    assert told.code == ours
    # No document says that a failure is free; a refusal came before anything was begun, unless
    # a provider behind Lumenfall had it.
    begun = status in {408, 500, 502, 504} or code == "UPSTREAM_ERROR"
    assert not isinstance(told, Rejected) or told.perhaps_billed is begun
    remedy = Failure(told.code, told.message).remedy
    assert (remedy.retryable, remedy.who_acts) == (retryable, who)


def test_every_documented_code_is_known() -> None:
    assert {row[0] for row in DOCUMENTED} - {"", "NEVER_HEARD_OF"} == set(BY_CODE)
    every = {*BY_CODE.values(), *BY_STATUS.values(), JobErrorCode.PROVIDER_FAILED}
    assert every <= set(SENTENCES)


def test_a_refusal_says_what_lumenfall_says_and_what_to_do() -> None:
    body = {"error": {"message": "Model x does not exist", "code": "MODEL_NOT_FOUND"}}
    message = submit_error(_reply(404, body), KEY).message
    assert "GRAPHAPI_MODELS_FILE" in message
    assert message.endswith("It says: Model x does not exist")
    body = {"error": {"message": "Model x is disabled", "code": "MODEL_DISABLED"}}
    message = submit_error(_reply(404, body), KEY).message
    assert "GRAPHAPI_MODELS_FILE" in message
    assert "again" not in message


@pytest.mark.parametrize("status", [400, 402, 404, 405, 422])
@pytest.mark.parametrize("body", [None, {}, {"error": "no"}, "nginx"])
def test_a_refusal_that_is_not_in_lumenfalls_own_words_is_a_doubt(status: int, body: Any) -> None:
    assert isinstance(submit_error(_reply(status, body), KEY), InDoubt)


@pytest.mark.parametrize("content", [b"<html>Bad Gateway</html>", b'{"error": {"message": "All p'])
def test_a_page_or_half_an_answer_is_no_word_of_lumenfalls_own(content: bytes) -> None:
    assert isinstance(submit_error(Reply(502, httpx.Headers(), content), KEY), InDoubt)


def test_the_wait_that_was_asked_for_is_told() -> None:
    error = submit_error(_reply(429, {}, {"Retry-After": "7"}), KEY)
    assert isinstance(error, Throttled)
    assert error.retry_after is not None
    assert error.retry_after.total_seconds() == 7


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(JSON | st.fixed_dictionaries({"error": JSON}), st.integers(300, 599))
def test_no_error_answer_can_break_its_reading(body: Any, status: int) -> None:
    reply = _reply(status, body)
    assert isinstance(fault_of(reply), Fault)
    error = submit_error(reply, KEY)
    assert error.message
    refused = status == 429 or is_refusal(status, told=fault_of(reply).is_told)
    own = status >= 400 and fault_of(reply).is_its_own
    assert isinstance(error, InDoubt) == (not refused and not own)
    assert isinstance(error, Throttled) == (status == 429)
    assert code_of(fault_of(reply), status) in SENTENCES


@pytest.mark.parametrize(("cost", "billed"), [(0.067, Billed.YES), (0, Billed.NO)])
@pytest.mark.parametrize("status", [400, 500])
def test_a_failure_that_names_its_cost_is_charged_for_by_that(
    status: int, cost: float, billed: Billed
) -> None:
    error = {"message": "It broke.", "type": "upstream_error", "code": "UPSTREAM_ERROR"}
    metadata = {"cost": cost, "cost_currency": "USD"}
    told = submit_error(_reply(status, {"error": error, "metadata": metadata}), KEY)
    assert isinstance(told, Rejected)
    assert (told.failure.charge.micros, told.failure.charge.billed) == (cost * 1e6, billed)
    assert "does not say whether" not in told.message
