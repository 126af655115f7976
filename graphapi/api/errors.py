"""What a client is told about an error, and what only the log is told.

Every error that leaves in an answer passes `answer_errors`: over HTTP and over a socket, from
parsing, validation and execution alike. Whatever is not meant for a person is masked.
"""

import logging
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple, cast

from graphql import (
    GraphQLError,
    GraphQLFormattedError,
    GraphQLSyntaxError,
    VariableDefinitionNode,
)
from strawberry.schema.exceptions import CannotGetOperationTypeError

from graphapi.errors import NotFound, Refused, Unauthenticated, Unavailable

logger = logging.getLogger(__name__)

MASKED = "Something went wrong on our side. Try again; if it stays, tell us the request id."
SIGN_IN = 'Sign in: send the header "Authorization: Bearer <token>".'

# How every limit of graphql-core's parser ends its sentence.
_PARSER_GAVE_UP = "Parsing aborted."


class ErrorCode(StrEnum):
    """The values of `extensions.code`; a client may rely on these and no others."""

    BAD_REQUEST = "BAD_REQUEST"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    DOCUMENT_TOO_COMPLEX = "DOCUMENT_TOO_COMPLEX"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    NOT_FOUND = "NOT_FOUND"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


class CodedError(GraphQLError):
    """A sentence for the client under a code of ours, raised before anything is executed."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message, extensions={"code": code})


class _Fault(NamedTuple):
    code: ErrorCode
    message: str
    details: dict[str, Any] = {}  # noqa: RUF012 - never changed, only spread


def answer_errors(errors: Sequence[GraphQLError], request_id: str) -> list[GraphQLFormattedError]:
    """Format errors for the client, and log each whose reason it is not told."""
    for error in errors:
        code, cause = _explain(error).code, _cause(error)
        place = ".".join(map(str, error.path or ())) or "-"
        if code is ErrorCode.INTERNAL:
            logger.error("Request %s failed at %s", request_id, place, exc_info=cause)
        elif code is ErrorCode.UNAVAILABLE:
            reason = cause.__cause__
            logger.warning("Request %s could not be served at %s: %r", request_id, place, reason)
    return [format_error(error, request_id) for error in errors]


def format_error(error: GraphQLError, request_id: str) -> GraphQLFormattedError:
    """Tell what a client may know of an error: message, code, place; nothing of our insides.

    `extensions.reason` is the fine code of a refused value, `extensions.field` the argument at
    fault, `extensions.requestId` what finds a masked error in the log.
    """
    fault = _explain(error)
    details = fault.details
    if fault.code is ErrorCode.INTERNAL:
        details = {"requestId": request_id}
    formatted: dict[str, Any] = {"message": fault.message}
    if error.locations:
        formatted["locations"] = [location.formatted for location in error.locations]
    if error.path:
        formatted["path"] = error.path
    formatted["extensions"] = {"code": fault.code.value, **details}
    return cast("GraphQLFormattedError", formatted)


def as_graphql_error(error: Exception) -> GraphQLError:
    """Make any exception one that can be answered."""
    if isinstance(error, GraphQLError):
        return error
    return GraphQLError(str(error), original_error=error)


def code_of(error: GraphQLError) -> ErrorCode:
    """Tell the code under which an error is answered."""
    return _explain(error).code


def _explain(error: GraphQLError) -> _Fault:
    cause = _cause(error)
    match cause:
        case GraphQLError():
            return _explain_document(cause, located=cause is not error)
        case Refused():
            code = ErrorCode.NOT_FOUND if isinstance(cause, NotFound) else ErrorCode.BAD_USER_INPUT
            field = {"field": list(cause.field)} if cause.field else {}
            return _Fault(code, cause.message, {"reason": cause.code.value, **field})
        case Unauthenticated():
            return _Fault(ErrorCode.UNAUTHENTICATED, str(cause) or SIGN_IN)
        case Unavailable():
            return _Fault(ErrorCode.UNAVAILABLE, str(cause))
        case CannotGetOperationTypeError(operation_name=name):
            unknown = f'Unknown operation named "{name}".'
            nothing = "The document holds no operation to run."
            return _Fault(ErrorCode.BAD_USER_INPUT, nothing if name is None else unknown)
    return _Fault(ErrorCode.INTERNAL, MASKED)


def _explain_document(error: GraphQLError, *, located: bool) -> _Fault:
    """Explain an error that the GraphQL engine itself raised."""
    if code := _own_code(error):
        return _Fault(code, error.message)
    if isinstance(error, GraphQLSyntaxError):
        too_much = error.message.endswith(_PARSER_GAVE_UP)
        code = ErrorCode.DOCUMENT_TOO_COMPLEX if too_much else ErrorCode.GRAPHQL_PARSE_FAILED
        return _Fault(code, error.message)
    if located and not error.nodes:
        # The engine could not serialise what a resolver gave it: our fault, not the caller's.
        return _Fault(ErrorCode.INTERNAL, MASKED)
    return _Fault(ErrorCode.BAD_USER_INPUT, error.message)


def _cause(error: GraphQLError) -> Exception:
    """Find what lies behind an error: our own exception, or the engine's complaint of a value."""
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error and not _is_verdict(cause):
        cause = cause.original_error
    return cause


def _is_verdict(error: GraphQLError) -> bool:
    """Tell whether the engine blames the document or its values, whatever a scalar raised."""
    if _own_code(error):
        return True
    if error.path or not error.nodes:
        return False
    return isinstance(error.nodes[0], VariableDefinitionNode) or bool(error.original_error)


def _own_code(error: GraphQLError) -> ErrorCode | None:
    # Only a member of the enum proves that the sentence beside it is ours.
    code = (error.extensions or {}).get("code")
    return code if isinstance(code, ErrorCode) else None
