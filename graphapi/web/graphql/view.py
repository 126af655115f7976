"""The view that serves a schema at one address: programs, browsers and sockets."""

from collections.abc import Callable, Sequence
from typing import Generic

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.schema import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from graphapi.api.errors import CodedError, ErrorCode, as_graphql_error, code_of
from graphapi.errors import Unauthenticated, Unavailable
from graphapi.web.graphql.operations import (
    Authenticate,
    MakeContext,
    Operation,
    Service,
    TransportLimits,
    ViewerT,
    answer_result,
    bearer_token,
    never_ran,
    new_request_id,
)
from graphapi.web.graphql.origins import Origins
from graphapi.web.graphql.requests import (
    GRAPHQL_RESPONSE,
    JSON,
    RequestFault,
    negotiate,
    read_operation,
    wants_page,
)
from graphapi.web.graphql.sockets import serve_socket
from graphapi.web.graphql.wire import encode_json

_BY_METHOD = {
    "GET": {OperationType.QUERY},
    "POST": {OperationType.QUERY, OperationType.MUTATION},
}


class GraphQLView(Generic[ViewerT]):
    """An ASGI application for `Route("/graphql", view)` and `WebSocketRoute("/graphql", view)`.

    `authenticate` tells who a token stands for. `make_context` is called once for each
    operation, over HTTP and over a socket alike. `allowed_origins` are web origins, beside our
    own, whose pages may open sockets. `playground` answers a browser that opens the address.
    """

    def __init__(  # noqa: PLR0913 - everything that is injected, by name
        self,
        schema: BaseSchema,
        *,
        authenticate: Authenticate[ViewerT],
        make_context: MakeContext[ViewerT],
        allowed_origins: Sequence[str] = (),
        limits: TransportLimits | None = None,
        playground: Callable[[Request], Response] | None = None,
    ) -> None:
        self._service = Service(schema, authenticate, make_context, limits or TransportLimits())
        self._origins = Origins(allowed_origins)
        self._playground = playground

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one socket."""
        if scope["type"] == "websocket":
            await serve_socket(self._service, self._origins, WebSocket(scope, receive, send))
            return
        request = Request(scope, receive)
        if self._playground and wants_page(request):
            response = self._playground(request)
        else:
            response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        request_id = new_request_id()
        media_type, headers = JSON, {}
        try:
            media_type = negotiate(request)
            operation = await read_operation(request, self._service.limits)
            result = await self._run(request, operation)
            status = _status(result, media_type)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is left to read it
        except RequestFault as fault:
            result = _refusal(CodedError(ErrorCode.BAD_REQUEST, fault.message))
            status, headers = fault.status, fault.headers
        except Unauthenticated as error:
            result, status = _refusal(error), 401
            headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        except Unavailable as error:
            result, status, headers = _refusal(error), 503, {"Retry-After": "1"}
        except Exception as error:  # noqa: BLE001 - logged and masked by answer_result
            result, status = _refusal(error), 500
        return _respond(result, status, media_type, headers, request_id)

    async def _run(self, request: Request, operation: Operation) -> ExecutionResult:
        viewer = await self._service.authenticate(
            bearer_token(request.headers.get("authorization"))
        )
        try:
            return await self._service.schema.execute(
                operation.query,
                variable_values=operation.variables,
                operation_name=operation.name,
                context_value=self._service.make_context(request, viewer),
                allowed_operation_types=_BY_METHOD[request.method],
            )
        except CannotGetOperationTypeError as error:
            return _refusal(error)
        except InvalidOperationTypeError as error:
            raise _wrong_door(error.operation_type) from None


def _refusal(error: Exception) -> ExecutionResult:
    return PreExecutionError(data=None, errors=[as_graphql_error(error)])


def _wrong_door(operation_type: OperationType) -> RequestFault:
    if operation_type is OperationType.SUBSCRIPTION:
        return RequestFault(
            400, "Subscriptions run over WebSockets (graphql-transport-ws) at this same address."
        )
    return RequestFault(405, "Send mutations by POST; GET is for queries.", Allow="POST")


def _status(result: ExecutionResult, media_type: str) -> int:
    """Tell the status: under plain JSON a faulty document is still 200, as clients expect."""
    if not never_ran(result):
        return 200
    if any(code_of(error) is ErrorCode.INTERNAL for error in result.errors or ()):
        return 500
    return 400 if media_type == GRAPHQL_RESPONSE else 200


def _respond(
    result: ExecutionResult, status: int, media_type: str, headers: dict[str, str], request_id: str
) -> Response:
    try:
        content = encode_json(answer_result(result, request_id))
    except (ValueError, RecursionError) as error:
        content, status = encode_json(answer_result(_refusal(error), request_id)), 500
    return Response(
        content,
        status,
        {
            "Cache-Control": "no-store",
            "Vary": "Accept, Authorization",
            "X-Request-Id": request_id,
            **headers,
        },
        f"{media_type}; charset=utf-8",
    )
