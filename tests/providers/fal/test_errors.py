"""Every error fal.ai documents, in both forms, and what it means for a job."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.jobs import Billed
from graphapi.errors import InDoubt, Rejected, Throttled
from graphapi.providers.fal.errors import (
    BY_STATUS,
    BY_TYPE,
    SENTENCES,
    Fault,
    fault_in,
    fault_of,
    rejected,
    submit_error,
)
from graphapi.providers.http import Reply

KEY = "id:secret"
OPERATOR = "the operator of this server"

# Every failure that fal.ai documents (fal.ai/docs, model-apis/errors and request-errors), with its
# usual status and what it means to us: our code, whether the same may succeed later, who must act.
# From a model it comes as a list of typed entries, from the platform as a text with a type, and
# before either (a key, a gateway) as a text alone.
MODEL, PLATFORM, BARE = "model", "platform", "bare"
DOCUMENTED = [
    (MODEL, "internal_server_error", 500, "PROVIDER_FAILED", True, "the provider"),
    (MODEL, "generation_timeout", 504, "TIMED_OUT", True, "nobody"),
    (MODEL, "downstream_service_error", 400, "PROVIDER_FAILED", True, "the provider"),
    (MODEL, "downstream_service_error", 500, "PROVIDER_FAILED", True, "the provider"),
    (MODEL, "downstream_service_unavailable", 500, "PROVIDER_UNAVAILABLE", True, "the provider"),
    (MODEL, "content_policy_violation", 422, "CONTENT_POLICY", False, "you"),
    (MODEL, "no_media_generated", 422, "CONTENT_POLICY", False, "you"),
    (MODEL, "image_load_error", 422, "SOURCE_UNREACHABLE", True, "you"),
    (MODEL, "file_download_error", 422, "SOURCE_UNREACHABLE", True, "you"),
    *(
        (MODEL, kind, 422, "INVALID_INPUT", False, "you")
        for kind in (
            "image_too_small",
            "image_too_large",
            "face_detection_error",
            "file_too_large",
            "greater_than",
            "greater_than_equal",
            "less_than",
            "less_than_equal",
            "multiple_of",
            "one_of",
            "sequence_too_short",
            "sequence_too_long",
            "feature_not_supported",
            "invalid_archive",
            "archive_file_count_below_minimum",
            "archive_file_count_exceeds_maximum",
            "unsupported_image_format",
            "unsupported_audio_format",
            "unsupported_video_format",
            "audio_duration_too_long",
            "audio_duration_too_short",
            "video_duration_too_long",
            "video_duration_too_short",
            "missing",
            "value_error.missing",
            "never heard of",
        )
    ),
    (PLATFORM, "request_timeout", 504, "TIMED_OUT", True, "nobody"),
    (PLATFORM, "startup_timeout", 504, "TIMED_OUT", True, "nobody"),
    (PLATFORM, "runner_scheduling_failure", 503, "PROVIDER_UNAVAILABLE", True, "the provider"),
    (PLATFORM, "runner_connection_timeout", 503, "PROVIDER_UNAVAILABLE", True, "the provider"),
    (PLATFORM, "runner_disconnected", 503, "PROVIDER_UNAVAILABLE", True, "the provider"),
    (PLATFORM, "runner_connection_refused", 503, "PROVIDER_UNAVAILABLE", True, "the provider"),
    (PLATFORM, "runner_connection_error", 503, "PROVIDER_UNAVAILABLE", True, "the provider"),
    (PLATFORM, "runner_incomplete_response", 502, "PROVIDER_FAILED", True, "the provider"),
    (PLATFORM, "runner_server_error", 500, "PROVIDER_FAILED", True, "the provider"),
    (PLATFORM, "client_disconnected", 499, "CANCELLED", True, "you"),
    (PLATFORM, "client_cancelled", 499, "CANCELLED", True, "you"),
    (PLATFORM, "bad_request", 400, "INVALID_INPUT", False, "you"),
    (PLATFORM, "internal_error", 500, "PROVIDER_FAILED", True, "the provider"),
    (PLATFORM, "concurrent_requests_limit", 429, "RATE_LIMITED", True, "nobody"),
    (PLATFORM, "never heard of", 500, "PROVIDER_FAILED", True, "the provider"),
    (BARE, "Bad", 400, "INVALID_INPUT", False, "you"),
    (BARE, "No user found for Key ID and Secret", 401, "PROVIDER_CREDENTIALS", True, OPERATOR),
    (BARE, "Invalid Key Authorization header", 401, "PROVIDER_CREDENTIALS", True, OPERATOR),
    (BARE, "Pay", 402, "INSUFFICIENT_BALANCE", True, OPERATOR),
    (
        BARE,
        "User is locked. Reason: Exhausted balance.",
        403,
        "INSUFFICIENT_BALANCE",
        True,
        OPERATOR,
    ),
    (BARE, "Forbidden", 403, "PROVIDER_CREDENTIALS", True, OPERATOR),
    (BARE, "Not found", 404, "INVALID_INPUT", False, "you"),
    (BARE, "Late", 408, "TIMED_OUT", True, "nobody"),
    (BARE, "Too large", 413, "INVALID_INPUT", False, "you"),
    (BARE, "Too many", 429, "RATE_LIMITED", True, "nobody"),
    (BARE, "Gone", 499, "CANCELLED", True, "you"),
    (BARE, "Oh", 500, "PROVIDER_FAILED", True, "the provider"),
    (BARE, "Busy", 503, "PROVIDER_UNAVAILABLE", True, "the provider"),
    (BARE, "Late", 504, "TIMED_OUT", True, "nobody"),
]


def _reply(status: int, body: Any, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, httpx.Headers(headers), json.dumps(body).encode())


def _body(form: str, kind: str) -> dict[str, Any]:
    if form == MODEL:
        entry = {"loc": ["body", "image_urls", 0], "msg": "It broke.", "type": kind, "input": "x"}
        return {"detail": [entry, {"type": "missing"}]}
    return {"detail": "It broke.", "error_type": kind} if form == PLATFORM else {"detail": kind}


@pytest.mark.parametrize("row", DOCUMENTED, ids=lambda row: "-".join(map(str, row[:3])))
def test_every_documented_failure_has_its_code_and_names_who_acts(
    row: tuple[str, str, int, str, bool, str],
) -> None:
    form, kind, status, code, retryable, who_acts = row
    reply = _reply(status, _body(form, kind))
    error = rejected(fault_of(reply), status, KEY)
    remedy = error.failure.remedy
    assert (error.code, remedy.retryable, remedy.who_acts) == (code, retryable, who_acts)
    assert error.message.endswith(kind if form == BARE else "It broke.")
    assert (error.failure.charge.billed is Billed.NO) is (status >= 500)
    # A webhook and the history bring the same body without its headers.
    assert rejected(fault_in(reply.json_object()), status, KEY).code == code


@pytest.mark.parametrize("row", [row for row in DOCUMENTED if row[0] == PLATFORM])
def test_a_platform_error_is_known_by_its_header_too(row: tuple[Any, ...]) -> None:
    kind, status = row[1], row[2]
    by_header = fault_of(_reply(status, {"detail": "It broke."}, {"X-Fal-Error-Type": kind}))
    assert by_header == fault_of(_reply(status, _body(PLATFORM, kind))) == Fault(kind, "It broke.")


def test_every_type_we_know_is_in_the_table() -> None:
    assert BY_TYPE.keys() <= {kind for _, kind, *_ in DOCUMENTED}


def test_every_meaning_has_a_sentence() -> None:
    assert {*BY_TYPE.values(), *BY_STATUS.values()} <= SENTENCES.keys()


def test_neither_key_nor_address_is_repeated() -> None:
    said = f"Key {KEY} may not read https://us.example/x?sig=hush\x00"
    message = rejected(Fault("", said), 403, KEY).message
    assert message.endswith("It says: Key [key] may not read [address]")


@pytest.mark.parametrize("status", [*range(300, 309), 408, *range(500, 512), 599, 101])
def test_a_submit_answered_so_is_in_doubt(status: int) -> None:
    error = submit_error(_reply(status, {"detail": "?"}, {"X-Fal-Error-Type": "x"}), KEY)
    assert isinstance(error, InDoubt)
    assert error.code is JobErrorCode.SUBMIT_UNKNOWN


@pytest.mark.parametrize("status", [s for s in range(400, 500) if s not in (408, 429)])
def test_a_submit_answered_so_is_refused(status: int) -> None:
    assert isinstance(submit_error(_reply(status, {"detail": "No."}), KEY), Rejected)


@pytest.mark.parametrize("status", [400, 402, 404, 405, 422])
@pytest.mark.parametrize("body", [None, {}, {"status": "NOT_FOUND"}, "<html>not found</html>"])
def test_a_refusal_that_is_not_in_fals_own_words_is_a_doubt(status: int, body: Any) -> None:
    assert isinstance(submit_error(_reply(status, body), KEY), InDoubt)


def test_a_submit_answered_429_is_throttled() -> None:
    assert isinstance(submit_error(_reply(429, None), KEY), Throttled)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["detail", "error_type", "loc", "msg", "type", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(_JSON, st.integers(400, 599))
def test_no_error_body_can_break_the_reading_of_it(body: Any, status: int) -> None:
    error = rejected(fault_of(_reply(status, body)), status, KEY)
    assert error.message
    assert len(error.message) < 600
