"""What a client asks to be run, whichever way it came, and what is answered."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from starlette.requests import HTTPConnection
from strawberry.schema import BaseSchema
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from graphapi.api.errors import answer_errors
from graphapi.errors import Unauthenticated

T = TypeVar("T")
ViewerT = TypeVar("ViewerT")

# Tells who a bearer token stands for; None stands for no token at all. Raises Unauthenticated
# for a token that is wrong, and may answer None for nobody.
Authenticate = Callable[[str | None], Awaitable[ViewerT | None]]

# Makes the context of one operation: fresh loaders for each, however many share a socket.
MakeContext = Callable[[HTTPConnection, ViewerT | None], Any]


@dataclass(frozen=True, slots=True)
class TransportLimits:
    """The most that one client may send or hold open."""

    body_bytes: int = 1024 * 1024
    body_time: timedelta = timedelta(seconds=30)
    message_bytes: int = 1024 * 1024
    operations_per_socket: int = 100
    init_time: timedelta = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Service(Generic[ViewerT]):
    """What HTTP and sockets share: the schema, who asks, and with what."""

    schema: BaseSchema
    authenticate: Authenticate[ViewerT]
    make_context: MakeContext[ViewerT]
    limits: TransportLimits


@dataclass(frozen=True, slots=True)
class Operation:
    """One GraphQL request: a document, the values of its variables, and which part to run."""

    query: str
    variables: dict[str, Any] | None = None
    name: str | None = None


def parse_operation(parameters: object) -> Operation:
    """Read a request's parameters, of any JSON type; raises ValueError with a sentence.

    `extensions` must be an object, and is otherwise ignored (GraphQL over HTTP, "Request
    Parameters").
    """
    if not isinstance(parameters, dict):
        raise ValueError(  # noqa: TRY004 - the value is the fault of a stranger
            "The request must be one JSON object with a `query`; batches are not supported."
        )
    query = parameters.get("query")
    if not isinstance(query, str) or not query.strip():
        raise ValueError("`query` must be a string that holds a GraphQL document.")
    _optional(parameters, "extensions", dict, "an object")
    return Operation(
        query,
        _optional(parameters, "variables", dict, "an object"),
        _optional(parameters, "operationName", str, "a string") or None,
    )


def new_request_id() -> str:
    """Make the id under which a masked error is found in the log."""
    return secrets.token_hex(8)


def bearer_token(authorization: str | None) -> str | None:
    """Take the token out of an `Authorization` value; raises Unauthenticated when it has none."""
    if authorization is None:
        return None
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated('Send the header "Authorization" as "Bearer <token>".')
    return token.strip()


def answer_result(result: ExecutionResult, request_id: str) -> dict[str, Any]:
    """Build what a client gets for a result. A request that never ran has no `data` key."""
    answer: dict[str, Any] = {}
    if result.errors:
        answer["errors"] = answer_errors(result.errors, request_id)
    if not never_ran(result):
        answer["data"] = result.data
    if result.extensions:
        answer["extensions"] = result.extensions
    return answer


def never_ran(result: ExecutionResult) -> bool:
    """Tell whether the request itself was at fault, so that nothing was executed."""
    if isinstance(result, PreExecutionError):
        return True
    return result.data is None and not any(error.path for error in result.errors or ())


def _optional(parameters: dict[str, Any], name: str, kind: type[T], kind_in_words: str) -> T | None:
    value = parameters.get(name)
    if value is None or isinstance(value, kind):
        return value
    raise ValueError(f"`{name}` must be {kind_in_words}, or null.")
