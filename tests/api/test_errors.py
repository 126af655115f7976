"""What a client is told about an error."""

import datetime as dt
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from graphapi.api.errors import (
    MASKED,
    CodedError,
    ErrorCode,
    answer_errors,
    as_graphql_error,
    format_error,
)
from graphapi.api.execution import Schema
from graphapi.errors import NotFound, Refused, Unauthenticated, UserErrorCode

SECRET = "the password is swordfish"


@strawberry.type
class Query:
    """Every way for a field to fail."""

    @strawberry.field
    def wrong_type(self) -> int:
        return SECRET  # type: ignore[return-value] # that is the defect

    @strawberry.field
    def nothing(self) -> int:
        return None  # type: ignore[return-value] # that is the defect

    @strawberry.field
    def too_large(self) -> int:
        return 2**40

    @strawberry.field
    def raw_error(self) -> int | None:
        raise GraphQLError(SECRET, extensions={"code": "TEAPOT"})

    @strawberry.field
    def coded(self) -> int | None:
        raise CodedError(ErrorCode.UNAUTHENTICATED, "Sign in first.")

    @strawberry.field
    def several(self, day: dt.date | None = None, days: list[dt.date] | None = None) -> int:
        if day or days:
            raise NotFound("day")
        raise Unauthenticated


SCHEMA = Schema(query=Query)


async def only_error(query: str, **variables: Any) -> dict[str, Any]:
    result = await SCHEMA.execute(query, variable_values=variables)
    (error,) = answer_errors(result.errors or [], "req1")
    return dict(error)


@pytest.mark.parametrize("field", ["wrongType", "nothing", "tooLarge", "rawError"])
async def test_a_defect_of_ours_is_masked(field: str, caplog: pytest.LogCaptureFixture) -> None:
    error = await only_error(f"{{ {field} }}")
    assert error["message"] == MASKED
    assert error["extensions"] == {"code": "INTERNAL", "requestId": "req1"}
    assert error["path"] == [field]
    assert "req1" in caplog.text


async def test_a_code_of_ours_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    error = await only_error("{ coded }")
    assert (error["message"], error["extensions"]) == (
        "Sign in first.",
        {"code": "UNAUTHENTICATED"},
    )
    assert not caplog.records


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("query ($d: Date) { several(day: $d) }", {"d": "tomorrow"}, "BAD_USER_INPUT"),
        ("query ($d: [Date!]) { several(days: $d) }", {"d": ["x"]}, "BAD_USER_INPUT"),
        ("query ($d: Date!) { several(days: [$d]) }", {}, "BAD_USER_INPUT"),
        ('{ several(day: "tomorrow") }', {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{ several(day: {a: 1}) }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ('query ($d: Date = "x") { several(day: $d) }', {}, "GRAPHQL_VALIDATION_FAILED"),
        ('{ several(day: "2026-01-01") }', {}, "NOT_FOUND"),
        ("{ several }", {}, "UNAUTHENTICATED"),
    ],
)
async def test_a_value_of_the_callers_is_blamed_on_the_caller(
    query: str, variables: dict[str, Any], code: str, caplog: pytest.LogCaptureFixture
) -> None:
    error = await only_error(query, **variables)
    assert error["extensions"]["code"] == code
    assert error["message"] != MASKED
    assert not caplog.records


async def test_a_cached_verdict_is_told_the_same_way_each_time() -> None:
    first = await only_error("{ unknownField }")
    assert first == await only_error("{ unknownField }")
    assert first["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}


@given(st.sampled_from(UserErrorCode), st.text(), st.lists(st.text(min_size=1), max_size=3))
def test_a_refusal_is_told_in_full(code: UserErrorCode, message: str, field: list[str]) -> None:
    error = as_graphql_error(Refused(code, message, tuple(field)))
    assert format_error(error, "req1") == {
        "message": message,
        "extensions": {
            "code": "BAD_USER_INPUT",
            "reason": code.value,
            **({"field": field} if field else {}),
        },
    }


@given(st.text(min_size=10), st.sampled_from([RuntimeError, KeyError, OSError, ValueError]))
def test_no_unexpected_exception_tells_its_message(message: str, kind: type[Exception]) -> None:
    nested = GraphQLError(
        message, original_error=GraphQLError(message, original_error=kind(message))
    )
    for error in (nested, as_graphql_error(kind(message))):
        told = format_error(error, "req1")
        assert told["message"] == MASKED
        assert told["extensions"]["code"] == ErrorCode.INTERNAL
