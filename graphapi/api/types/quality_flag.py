"""What is doubtful about a picture, as the schema shows it."""

from typing import Self

import strawberry

from graphapi.api.types.enums import QualityFlagKind
from graphapi.domain import quality


@strawberry.type(description="One thing that is doubtful about a picture that a model made.")
class QualityFlag:
    """One doubt."""

    kind: QualityFlagKind = strawberry.field(description="What it is.")
    message: str = strawberry.field(description="What was measured, in a sentence.")

    @classmethod
    def of(cls, flag: quality.QualityFlag) -> Self:
        """Show a doubt of the domain."""
        return cls(kind=flag.kind, message=flag.message)
