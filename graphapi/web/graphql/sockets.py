"""GraphQL over WebSockets: sessions of the graphql-transport-ws protocol.

Its codes and messages: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md.
"""

import asyncio
import logging
from contextlib import aclosing, suppress
from typing import Any, Generic

from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.execution import ExecutionResult, PreExecutionError

from graphapi.api.errors import CodedError, ErrorCode, answer_errors, as_graphql_error
from graphapi.errors import Unauthenticated, Unavailable
from graphapi.web.graphql.messages import (
    ClientMessage,
    Complete,
    Init,
    Ping,
    Pong,
    ProtocolFault,
    Subscribe,
    parse_message,
)
from graphapi.web.graphql.operations import (
    Operation,
    Service,
    ViewerT,
    answer_result,
    bearer_token,
    new_request_id,
)
from graphapi.web.graphql.origins import Origins
from graphapi.web.graphql.wire import encode_json

logger = logging.getLogger(__name__)

# What a close frame can carry (RFC 6455, section 5.5).
_MOST_REASON_BYTES = 123


class _PeerLeft(Exception):
    """Nobody is at the other end any more."""


async def serve_socket(service: Service[ViewerT], origins: Origins, socket: WebSocket) -> None:
    """Serve one handshake, and the session that follows if it is acceptable."""
    if not origins.admit(socket.headers):
        logger.warning("Refused a socket from origin %r", socket.headers.get("origin"))
        await socket.close()  # before it was accepted: the handshake is answered with 403
    elif GRAPHQL_TRANSPORT_WS_PROTOCOL not in socket.scope["subprotocols"]:
        await socket.accept()
        await socket.close(4406, f"Only {GRAPHQL_TRANSPORT_WS_PROTOCOL} is spoken here")
    else:
        await socket.accept(GRAPHQL_TRANSPORT_WS_PROTOCOL)
        await _Session(service, socket).run()


class _Session(Generic[ViewerT]):
    """One accepted socket: who it belongs to, and the operations that run on it.

    Each operation is a task with a context of its own. It speaks only while it owns its id, so
    that nothing follows a `complete`, and an id can be used again at once.
    """

    def __init__(self, service: Service[ViewerT], socket: WebSocket) -> None:
        self._service = service
        self._socket = socket
        self._viewer: ViewerT | None = None
        self._owners: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve the socket until either side ends it, then end whatever ran on it."""
        try:
            await self._greet()
            while True:
                await self._handle(await self._receive())
        except _PeerLeft:
            pass
        except ProtocolFault as fault:
            await self._close(fault.code, fault.reason)
        except Exception:
            request_id = new_request_id()
            logger.exception("Request %s failed on a socket", request_id)
            await self._close(1011, f"Something went wrong on our side ({request_id})")
        finally:
            self._owners.clear()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _greet(self) -> None:
        try:
            async with asyncio.timeout(self._service.limits.init_time.total_seconds()):
                init = await self._receive_init()
        except TimeoutError:
            raise ProtocolFault(4408, "Connection initialisation timeout") from None
        try:
            token = bearer_token(init.authorization)
            self._viewer = await self._service.authenticate(token)
        except Unauthenticated:
            raise ProtocolFault(4403, "Forbidden") from None
        except Unavailable:
            # RFC 6455's registry; clients of the protocol connect again after this, not after 1011.
            raise ProtocolFault(1013, "Try again later") from None
        await self._send({"type": "connection_ack"})

    async def _receive_init(self) -> Init:
        while True:
            match await self._receive():
                case Init() as init:
                    return init
                case Subscribe():
                    raise ProtocolFault(4401, "Unauthorized")
                case Ping():
                    await self._send({"type": "pong"})
                case Pong() | Complete():
                    pass

    async def _handle(self, message: ClientMessage) -> None:
        match message:
            case Subscribe():
                await self._subscribe(message)
            case Complete():
                if owner := self._owners.pop(message.id, None):
                    owner.cancel()
            case Ping():
                await self._send({"type": "pong"})
            case Pong():
                pass
            case Init():
                raise ProtocolFault(4429, "Too many initialisation requests")

    async def _subscribe(self, message: Subscribe) -> None:
        if message.id in self._owners:
            raise ProtocolFault(4409, f"Subscriber for {message.id} already exists")
        most = self._service.limits.operations_per_socket
        if len(self._owners) >= most:
            sentence = f"A socket may run {most} operations at once: complete one first."
            error = CodedError(ErrorCode.BAD_REQUEST, sentence)
            await self._send(_failed(message.id, answer_errors([error], new_request_id())))
            return
        task = asyncio.create_task(self._perform(message.id, message.operation))
        self._owners[message.id] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _perform(self, identifier: str, operation: Operation) -> None:
        """Run one operation and say how it ended; never raises but when it is cancelled."""
        request_id = new_request_id()
        with suppress(_PeerLeft):
            try:
                last = await self._stream(identifier, operation, request_id)
            except _PeerLeft:
                raise
            except Exception as error:  # noqa: BLE001 - answer_errors logs and masks it
                errors = answer_errors([as_graphql_error(error)], request_id)
                last = _failed(identifier, errors)
            if self._owns(identifier):
                del self._owners[identifier]
                await self._send(last)

    async def _stream(
        self, identifier: str, operation: Operation, request_id: str
    ) -> dict[str, Any]:
        """Send each result of an operation; answers the message that ends it."""
        results = await self._service.schema.stream(
            operation.query,
            variable_values=operation.variables,
            operation_name=operation.name,
            context_value=self._service.make_context(self._socket, self._viewer),
        )
        # Closed here and now, so that a subscription's `finally` runs when its client leaves.
        async with aclosing(results):
            async for result in results:
                if isinstance(result, PreExecutionError):
                    return _failed(identifier, answer_errors(result.errors or [], request_id))
                assert isinstance(result, ExecutionResult)  # noqa: S101 - never incremental
                if self._owns(identifier):
                    payload = answer_result(result, request_id)
                    await self._send({"id": identifier, "type": "next", "payload": payload})
        return {"id": identifier, "type": "complete"}

    def _owns(self, identifier: str) -> bool:
        return self._owners.get(identifier) is asyncio.current_task()

    async def _receive(self) -> ClientMessage:
        event = await self._socket.receive()
        if event["type"] == "websocket.disconnect":
            raise _PeerLeft
        text = event.get("text")
        if text is None:
            raise ProtocolFault(4400, "Messages must be text")
        most = self._service.limits.message_bytes
        if len(text) > most or len(text.encode()) > most:
            raise ProtocolFault(1009, f"A message may have at most {most:,} bytes")
        return parse_message(text)

    async def _send(self, message: dict[str, Any]) -> None:
        content = encode_json(message)
        try:
            await self._socket.send_text(content)
        except (WebSocketDisconnect, RuntimeError) as error:
            # Starlette and uvicorn say so in three ways, depending on who closed first.
            raise _PeerLeft from error

    async def _close(self, code: int, reason: str) -> None:
        self._owners.clear()
        short = reason.encode()[:_MOST_REASON_BYTES].decode(errors="ignore")
        with suppress(WebSocketDisconnect, RuntimeError):
            await self._socket.close(code, short)


def _failed(identifier: str, errors: list[Any]) -> dict[str, Any]:
    return {"id": identifier, "type": "error", "payload": errors}
