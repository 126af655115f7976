"""What a client may say over graphql-transport-ws, checked before anything is done with it."""

from dataclasses import dataclass
from typing import Any

from graphapi.web.graphql.operations import Operation, parse_operation
from graphapi.web.graphql.wire import decode_json


class ProtocolFault(Exception):
    """Something that ends the socket: a close code of the protocol and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Init:
    """The first message. `authorization` as the HTTP header would say it."""

    authorization: str | None


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks for a pong."""


@dataclass(frozen=True, slots=True)
class Pong:
    """Answers a ping, or is sent unasked."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Starts an operation, of whichever kind, under an id of the client's choice."""

    id: str
    operation: Operation


@dataclass(frozen=True, slots=True)
class Complete:
    """Ends an operation early."""

    id: str


ClientMessage = Init | Ping | Pong | Subscribe | Complete


def parse_message(text: str) -> ClientMessage:
    """Read one message; raises ProtocolFault with 4400 and what is wrong with it."""
    try:
        message = decode_json(text)
        if not isinstance(message, dict):
            raise ValueError("A message must be a JSON object.")  # noqa: TRY004, TRY301 - a stranger's value
        return _read(message)
    except ValueError as error:
        raise ProtocolFault(4400, str(error)) from None


def _read(message: dict[str, Any]) -> ClientMessage:
    match message.get("type"):
        case "connection_init":
            return Init(_authorization(message.get("payload")))
        case "ping":
            return Ping()
        case "pong":
            return Pong()
        case "subscribe":
            return Subscribe(_id(message), parse_operation(message.get("payload")))
        case "complete":
            return Complete(_id(message))
    raise ValueError("`type` must be one of graphql-transport-ws.")


def _id(message: dict[str, Any]) -> str:
    identifier = message.get("id")
    if not isinstance(identifier, str) or not identifier:
        raise ValueError("`id` must be a string that is not empty.")
    return identifier


def _authorization(payload: object) -> str | None:
    if payload is None:
        return None
    if not isinstance(payload, dict):
        raise ValueError("The payload of connection_init must be an object.")  # noqa: TRY004 - a stranger's value
    value = payload.get("Authorization", payload.get("authorization"))
    if value is None or isinstance(value, str):
        return value
    raise ValueError("`Authorization` must be a string.")
