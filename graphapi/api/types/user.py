"""The person who asks, as the schema shows them."""

from typing import Self

import strawberry

from graphapi.domain import users


@strawberry.type(description="A person who uses this server. Each sees only their own library.")
class User:
    """A signed-in person."""

    id: strawberry.ID = strawberry.field(description="An opaque id.")
    name: str = strawberry.field(description="The name the person was given with their token.")

    @classmethod
    def of(cls, user: users.User) -> Self:
        """Show a person."""
        return cls(id=strawberry.ID(user.id), name=user.name)
