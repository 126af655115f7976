"""How the fields of the schema are declared: described, typed, and signed in unless said otherwise.

Beside strawberry's own decorators these keep a resolver's type, and make it hard to forget what
every field of a kind must have.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, TypeVar, cast

import strawberry

from graphapi.api.context import Info
from graphapi.api.permissions import SignedIn
from graphapi.api.types.errors import UserError
from graphapi.api.types.payload import Payload
from graphapi.errors import Refused

ResolverT = TypeVar("ResolverT", bound=Callable[..., Any])


class Declare(Protocol):
    """Makes a field of a resolver; for whoever reads the code it stays that resolver."""

    def __call__(self, resolver: ResolverT, /) -> ResolverT:
        """Declare the field."""


def relation(description: str) -> Declare:
    """Declare a field of an object that a loader reads when it is asked for."""
    return cast("Declare", strawberry.field(description=description))


def public_query(description: str) -> Declare:
    """Declare a root query that anybody may ask."""
    return cast("Declare", strawberry.field(description=description))


def query(description: str) -> Declare:
    """Declare a root query for somebody signed in."""
    field = strawberry.field(description=description, permission_classes=[SignedIn])
    return cast("Declare", field)


def subscription(description: str) -> Declare:
    """Declare a subscription for somebody signed in."""
    field = strawberry.subscription(description=description, permission_classes=[SignedIn])
    return cast("Declare", field)


def mutation(payload: type[Payload], description: str) -> Declare:
    """Declare a mutation for somebody signed in, that answers a refusal in its payload.

    Its result is declared nullable, so that any other error leaves the answers of its neighbours
    in the same document alone.
    """
    declare = strawberry.mutation(description=description, permission_classes=[SignedIn])
    return cast("Declare", lambda resolver: declare(_answering(payload, resolver)))


def _answering(payload: type[Payload], resolver: Callable[..., Any]) -> Callable[..., Any]:
    """Turn a refusal into the payload's user errors."""

    @wraps(resolver)
    async def answer(self: Any, info: Info, **arguments: Any) -> Payload:
        # Mutations of one document run one after another: none may see what was read before.
        info.context.forget()
        try:
            return cast("Payload", await resolver(self, info, **arguments))
        except Refused as refusal:
            return payload(success=False, user_errors=[UserError.of(refusal)])

    return answer
