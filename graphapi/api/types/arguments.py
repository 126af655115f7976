"""Arguments that several fields share, each described once."""

from typing import Annotated

import strawberry

from graphapi.api.types.directions import AspectRatio, ModificationMode, ShotType
from graphapi.api.types.generation_options import GenerationOptionsInput

OwnImageId = Annotated[strawberry.ID, strawberry.argument(description="The id of an own image.")]

OwnRecordingId = Annotated[
    strawberry.ID,
    strawberry.argument(description="The id of an own recording that a model was asked for."),
]

EvenIfMaybeCharged = Annotated[
    bool | None,
    strawberry.argument(
        description="Whether to send again also what may have been charged for already: you may "
        "pay twice for that."
    ),
]

IdempotencyKey = Annotated[
    str | None,
    strawberry.argument(
        description="A name of your choice for this very request, 1 to 200 characters, such as a "
        "UUID. Sent again with the same arguments, it does nothing and answers the first result, "
        "as it stands by then; with other arguments it is an `IDEMPOTENCY_CONFLICT`. Send one "
        "whenever you might have to ask twice."
    ),
]

ExpiresAfter = Annotated[
    int | None,
    strawberry.argument(
        description="After how many seconds, 10 to 86400, whatever has not ended is given up; "
        "without it, the server's default. What a provider has begun by then may still be charged."
    ),
]

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

Prompt = Annotated[
    str,
    strawberry.argument(
        description="What to make, in your own words: 1 to 10000 characters, sent to the byte."
    ),
]

ImageCount = Annotated[
    int | None,
    strawberry.argument(
        description="How many images, 1 to 12, each at the same price. One request makes as many "
        "as the model's `mostImages` says; for more, several are sent."
    ),
]

AnyRatio = Annotated[
    str | None,
    strawberry.argument(
        description="The shape, such as `21:9`: one of the model's `ratios`. Without it the model "
        "makes its usual one."
    ),
]

DryRun = Annotated[
    bool | None,
    strawberry.argument(
        description="Whether only to check everything and answer plan and price: nothing "
        "is scheduled, and no trace is left."
    ),
]

EditModel = Annotated[
    str | None,
    strawberry.argument(
        description="The id of one of `models` of kind `EDIT`; without it, their default."
    ),
]

GenerationOptions = Annotated[
    GenerationOptionsInput | None,
    strawberry.argument(
        description="What to tell the model beside the prompt; without it, what is documented as "
        "usual."
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
