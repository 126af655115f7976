"""What became of a parameter on its way to the provider, as the schema shows it."""

from typing import Self

import strawberry
from strawberry.scalars import JSON

from graphapi.api.types.enums import describe
from graphapi.domain import options
from graphapi.domain.options import Handling

__all__ = ["Handling"]

describe(
    Handling,
    "What became of a parameter on its way to the provider.",
    {
        "PASSED": "Sent as it was asked, under the same name.",
        "RENAMED": "Sent as it was asked, under the provider's name.",
        "CONVERTED": "Sent in the provider's own form, which means the same.",
        "CLAMPED": "Sent as the nearest that the provider makes, or takes.",
        "OVERRULED": "Not sent: another parameter that was asked for comes before it.",
        "EMULATED": "Not sent: this server does what was asked by itself.",
        "DEFAULTED": "Nobody asked for it; the documented default is sent in words.",
    },
)


@strawberry.type(
    description="What became of one parameter between what was asked and what is sent. Nothing "
    "that is asked is dropped untold: what a model does not take is refused."
)
class Normalisation:
    """One note of what was settled."""

    parameter: str = strawberry.field(description="The parameter, by our name for it.")
    asked: JSON | None = strawberry.field(
        description="What was asked; null when nobody asked for it. Of a file in a data URI its "
        "size is told instead of its bytes."
    )
    sent: JSON | None = strawberry.field(
        description="What is sent, told as in `asked`; null when nothing is."
    )
    sent_as: str | None = strawberry.field(
        description="The provider's name for it; null when nothing is sent."
    )
    handling: Handling = strawberry.field(description="What became of it.")
    reason: str = strawberry.field(description="Why, in a sentence.")

    @classmethod
    def of(cls, note: options.Normalisation) -> Self:
        """Show a note."""
        return cls(
            parameter=note.parameter,
            asked=None if note.asked is None else JSON(note.asked),
            sent=None if note.sent is None else JSON(note.sent),
            sent_as=note.sent_as,
            handling=note.handling,
            reason=note.reason,
        )
