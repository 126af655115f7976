"""What every mutation answers: done, or refused with what to mend."""

import strawberry

from graphapi.api.types.errors import UserError


@strawberry.type
class Payload:
    """What the payloads of all mutations have in common; no type of the schema by itself."""

    success: bool = strawberry.field(
        default=True,
        description="Whether it was done. When false, nothing was changed and `userErrors` says "
        "why.",
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What to mend, when it was refused; empty otherwise."
    )
