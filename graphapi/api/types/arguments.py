"""Arguments that several fields share, each described once."""

from typing import Annotated

import strawberry

from graphapi.api.types.directions import AspectRatio, ModificationMode, ShotType

OwnImageId = Annotated[strawberry.ID, strawberry.argument(description="The id of an own image.")]

Mode = Annotated[
    ModificationMode,
    strawberry.argument(description="What kind of variation, and what it keeps of the source."),
]

PreviewCount = Annotated[
    int, strawberry.argument(description="How many prompts, 0 to 12; 0 answers an empty list.")
]

Ratio = Annotated[
    AspectRatio | None, strawberry.argument(description="The shape of the new pictures.")
]

EditModel = Annotated[
    str | None,
    strawberry.argument(
        description="The id of one of `models` of kind `EDIT`; without it, their default."
    ),
]

Detail = Annotated[
    str | None,
    strawberry.argument(
        description="A wish of your own, at most 500 characters, written into every prompt: "
        "`at night, in the rain`. In `SHOT_VARIATION` it decides the shot. A blank one counts as "
        "none."
    ),
]

Shots = Annotated[
    list[ShotType] | None,
    strawberry.argument(
        description="Which shots to make, in this order and then round again; for "
        "`SHOT_VARIATION` alone, and no more of them than variations. Without it the image's own "
        "order of shots continues."
    ),
]
