"""What a model can be told, as the schema shows it."""

from typing import Self

import strawberry
from strawberry.scalars import JSON

from graphapi.api.types.enums import describe
from graphapi.domain import parameters
from graphapi.domain.parameters import ParameterType

__all__ = ["ParameterType"]

describe(
    ParameterType,
    "What kind of value a parameter takes.",
    {
        "STRING": "A text; the range is that of its length.",
        "INTEGER": "A whole number.",
        "NUMBER": "A number.",
        "BOOLEAN": "True or false.",
        "ENUM": "One of a few words: see `values`.",
        "SIZE": "A preset, one of `sizes`, or a width and a height; the range is that of each "
        "side, in pixels.",
        "LIST": "Several values, each with `fields` where they are known; the range is that of "
        "their number.",
        "OBJECT": "Values by name, with `fields` where they are known.",
    },
)


@strawberry.type(description="A size of a picture by its name.")
class SizePreset:
    """One preset."""

    name: str = strawberry.field(description="The provider's name for it.")
    width: int = strawberry.field(description="The width in pixels.")
    height: int = strawberry.field(description="The height in pixels.")


@strawberry.type(
    description="One parameter of a model, beside the prompt and what arguments of their own say."
)
class ModelParameter:
    """One row of a model's parameters."""

    name: str = strawberry.field(description="What it is called here, such as `outputFormat`.")
    sent_as: str = strawberry.field(
        description="What the provider calls it, such as `output_format`."
    )
    type: ParameterType = strawberry.field(description="What kind of value it takes.")
    description: str = strawberry.field(description="What it does, in a sentence or two.")
    minimum: float | None = strawberry.field(
        description="The least it takes, as `type` says of what; null when nobody says."
    )
    maximum: float | None = strawberry.field(
        description="The most it takes, as `type` says of what; null when nobody says."
    )
    values: list[str] = strawberry.field(
        description="The words it takes; empty when it is not one of a few. A `STRING` with some "
        "takes others too, and makes the nearest of these of them."
    )
    sizes: list[SizePreset] = strawberry.field(
        description="The presets of a `SIZE`. Of a `STRING` that takes pixels such as `1365x768`, "
        "those that it makes: what is asked becomes the nearest. Empty for all others."
    )
    fields: list["ModelParameter"] = strawberry.field(
        description="The parts of an `OBJECT`, or of each item of a `LIST`; empty when it goes to "
        "the provider as it is given."
    )
    default: JSON | None = strawberry.field(
        description="The documented default; null when there is none."
    )
    required: bool = strawberry.field(description="Whether a request must give it.")
    always_sent: bool = strawberry.field(
        description="Whether the default is sent in words when nothing is asked for."
    )
    disputed: str | None = strawberry.field(
        description="Where documents disagree about it; null when they do not."
    )

    @classmethod
    def of(cls, parameter: parameters.Parameter) -> Self:
        """Show a parameter of the registry."""
        return cls(
            name=parameter.name,
            sent_as=parameter.wire,
            type=parameter.type,
            description=parameter.description,
            minimum=parameter.minimum,
            maximum=parameter.maximum,
            values=list(parameter.values),
            sizes=[
                SizePreset(name=name, width=width, height=height)
                for name, (width, height) in parameter.sizes.items()
            ],
            fields=[cls.of(inner) for inner in parameter.fields],
            default=None if parameter.default is None else JSON(parameter.default),
            required=parameter.required,
            always_sent=parameter.always,
            disputed=parameter.disputed,
        )
