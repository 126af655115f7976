"""Every error fal.ai documents, in both forms, and what it means for a job."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.failures import JobErrorCode
from graphapi.errors import InDoubt, Rejected, Throttled
from graphapi.providers.fal.errors import (
    BY_STATUS,
    BY_TYPE,
    SENTENCES,
    Fault,
    code_of,
    fault_of,
    rejected,
    submit_error,
)
from graphapi.providers.http import Reply

KEY = "id:secret"

# type, usual status, meaning: fal.ai/docs, model-apis/errors.
FROM_MODELS = [
    ("internal_server_error", 500, "PROVIDER_FAILED"),
    ("generation_timeout", 504, "TIMED_OUT"),
    ("downstream_service_error", 400, "PROVIDER_FAILED"),
    ("downstream_service_error", 500, "PROVIDER_FAILED"),
    ("downstream_service_unavailable", 500, "PROVIDER_UNAVAILABLE"),
    ("content_policy_violation", 422, "CONTENT_POLICY"),
    ("no_media_generated", 422, "CONTENT_POLICY"),
    ("image_load_error", 422, "SOURCE_UNREACHABLE"),
    ("file_download_error", 422, "SOURCE_UNREACHABLE"),
    *(
        (kind, 422, "INVALID_INPUT")
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
            "archive_file_count_exceeds_maximum",
            "unsupported_image_format",
            "unsupported_audio_format",
            "unsupported_video_format",
            "audio_duration_too_long",
            "video_duration_too_short",
            "missing",
            "value_error.missing",
            "never heard of",
        )
    ),
]

# fal.ai/docs, model-apis/request-errors.
FROM_THE_PLATFORM = [
    ("request_timeout", 504, "TIMED_OUT"),
    ("startup_timeout", 504, "TIMED_OUT"),
    ("runner_scheduling_failure", 503, "PROVIDER_UNAVAILABLE"),
    ("runner_connection_timeout", 503, "PROVIDER_UNAVAILABLE"),
    ("runner_disconnected", 503, "PROVIDER_UNAVAILABLE"),
    ("runner_connection_refused", 503, "PROVIDER_UNAVAILABLE"),
    ("runner_connection_error", 503, "PROVIDER_UNAVAILABLE"),
    ("runner_incomplete_response", 502, "PROVIDER_FAILED"),
    ("runner_server_error", 500, "PROVIDER_FAILED"),
    ("client_disconnected", 499, "CANCELLED"),
    ("client_cancelled", 499, "CANCELLED"),
    ("bad_request", 400, "INVALID_INPUT"),
    ("internal_error", 500, "PROVIDER_FAILED"),
    ("concurrent_requests_limit", 429, "RATE_LIMITED"),
    ("never heard of", 500, "PROVIDER_FAILED"),
]

WITHOUT_A_TYPE = [
    (400, "Bad", "INVALID_INPUT"),
    (401, "No user found for Key ID and Secret", "PROVIDER_CREDENTIALS"),
    (401, "Invalid Key Authorization header format.", "PROVIDER_CREDENTIALS"),
    (402, "Pay", "INSUFFICIENT_BALANCE"),
    (
        403,
        "User is locked. Reason: Exhausted balance. Top up your balance.",
        "INSUFFICIENT_BALANCE",
    ),
    (403, "Forbidden", "PROVIDER_CREDENTIALS"),
    (404, "Not found", "INVALID_INPUT"),
    (408, "Late", "TIMED_OUT"),
    (413, "Too large", "INVALID_INPUT"),
    (429, "Too many", "RATE_LIMITED"),
    (499, "Gone", "CANCELLED"),
    (500, "Oh", "PROVIDER_FAILED"),
    (503, "Busy", "PROVIDER_UNAVAILABLE"),
    (504, "Late", "TIMED_OUT"),
]


def _reply(status: int, body: Any, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, httpx.Headers(headers), json.dumps(body).encode())


@pytest.mark.parametrize(("kind", "status", "code"), FROM_MODELS)
def test_a_models_error_is_known_by_its_type(kind: str, status: int, code: str) -> None:
    entry = {"loc": ["body", "image_urls", 0], "msg": "It is wrong.", "type": kind, "input": "x"}
    fault = fault_of(_reply(status, {"detail": [entry, {"type": "missing"}]}))
    error = rejected(fault, status, KEY)
    assert error.code == code
    assert "It says: image_urls.0: It is wrong." in error.message


@pytest.mark.parametrize(("kind", "status", "code"), FROM_THE_PLATFORM)
def test_a_platform_error_is_known_by_its_type_in_body_or_header(
    kind: str, status: int, code: str
) -> None:
    by_body = fault_of(_reply(status, {"detail": "It broke.", "error_type": kind}))
    by_header = fault_of(_reply(status, {"detail": "It broke."}, {"X-Fal-Error-Type": kind}))
    assert by_body == by_header == Fault(kind, "It broke.")
    assert code_of(by_body, status) == code


@pytest.mark.parametrize(("status", "text", "code"), WITHOUT_A_TYPE)
def test_an_error_without_a_type_is_known_by_its_status(status: int, text: str, code: str) -> None:
    assert code_of(fault_of(_reply(status, {"detail": text})), status) == code


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
    assert isinstance(submit_error(_reply(status, {}), KEY), Rejected)


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
