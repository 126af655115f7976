"""The interface of everything that has an id."""

import strawberry


@strawberry.interface(
    description="Anything that keeps an id, so that it can be fetched again by `Query.node`."
)
class Node:
    """Anything that has an id."""

    id: strawberry.ID = strawberry.field(
        description=(
            "An opaque id, unique across all types and the same wherever this object appears: "
            "a good key for a client's cache."
        )
    )
