"""The models that can be asked, as the registry knows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from graphapi.domain.framing import AUTO, RESOLUTION, SIZE, Sizes
from graphapi.domain.money import UNKNOWN_CARD, PriceCard
from graphapi.domain.parameters import Parameter
from graphapi.domain.sources import NO_LIMITS, SourceLimits


class ModelKind(StrEnum):
    """What a model does."""

    EDIT = "EDIT"
    TEXT_TO_IMAGE = "TEXT_TO_IMAGE"
    ANALYSIS = "ANALYSIS"
    TRANSCRIPTION = "TRANSCRIPTION"
    SPEECH = "SPEECH"


# Those that look at pictures; the others take none in.
LOOKING = frozenset({ModelKind.EDIT, ModelKind.ANALYSIS})


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """From when until when a model is there, as far as anybody said."""

    since: date | None = None
    retires_on: date | None = None
    note: str | None = None

    def has_ended(self, today: date) -> bool:
        """Tell whether the day that was announced for its end has come."""
        return self.retires_on is not None and self.retires_on <= today

    def noting(self, sentence: str) -> "Lifecycle":
        """Add a sentence to the note."""
        return replace(self, note=f"{self.note} {sentence}" if self.note else sentence)


@dataclass(frozen=True, slots=True)
class Model:
    """One model. `unusable` says why it cannot be asked now; null when it can.

    `aspect_ratios` are the shapes it makes, such as `16:9`; they go out as `ratio_field`, each as
    the value in `ratio_values`, or as it is. A value of False leaves the field out, which lets the
    model choose. `usual_ratio` is what goes out when no shape is asked for. Where documents
    disagree about the field, each of `second_ratios` goes out as `second_ratio_field` too.
    Input pictures go out as `image_field`, in a list or singly; None for a model that takes none.
    It takes from `least_inputs` to `most_inputs`, None when nobody says. `count_field` carries how
    many pictures one request makes, up to `most_images`; without one it makes one. One that is
    not `worded` goes by the mode of a variation, and cannot read a prompt.
    A model with `sizes` makes just these, of each shape in each tier, and takes any shape: it gets
    the nearest. `emulated` are the parameters that a gateway sees to where the model cannot.
    `subject_field` is where a transcription is told what to listen to, by its address, or a speech
    what to say; None for models of pictures.
    `source_limits` are those of each input picture: of a larger one a copy is sent.
    `recoverable`: what became of a request whose answer was lost can be found out later.
    `price_card` is what it charges, as far as anybody said.
    """

    id: str
    provider: str
    kind: ModelKind
    description: str
    aspect_ratios: tuple[str, ...] = ()
    unusable: str | None = None
    default: bool = False
    price_card: PriceCard = UNKNOWN_CARD
    named_endpoint: str | None = None
    ratio_field: str = "aspect_ratio"
    ratio_values: Mapping[str, Any] = field(default_factory=dict)
    usual_ratio: str | None = None
    second_ratio_field: str | None = None
    second_ratios: tuple[str, ...] = ()
    image_field: str | None = "image_urls"
    takes_list: bool = True
    most_inputs: int | None = None
    least_inputs: int = 1
    worded: bool = True
    count_field: str | None = None
    most_images: int = 1
    sizes: Sizes = field(default_factory=dict)
    emulated: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    recoverable: bool = False
    subject_field: str | None = None
    source_limits: SourceLimits = NO_LIMITS

    @property
    def endpoint(self) -> str:
        """Tell what the provider calls this model."""
        return self.named_endpoint or self.id

    @property
    def tiers(self) -> tuple[str, ...]:
        """Name the steps of size it makes, such as `2K`."""
        if self.sizes:
            return tuple(dict.fromkeys(tier for made in self.sizes.values() for tier in made))
        resolution = self.parameter(RESOLUTION)
        return resolution.values if resolution else ()

    @property
    def offered_parameters(self) -> tuple[Parameter, ...]:
        """List what it can be told, with the words and sizes that its table of sizes makes."""
        if not self.sizes:
            return self.parameters
        pixels = (size for made in self.sizes.values() for size in made.values())
        sizes = {f"{width}x{height}": (width, height) for width, height in pixels}
        words = (*self.tiers, AUTO)
        made: dict[str, Any] = {SIZE: {"sizes": sizes}, RESOLUTION: {"values": words}}
        return tuple(replace(each, **made.get(each.wire, {})) for each in self.parameters)

    def parameter(self, name: str) -> Parameter | None:
        """Find a parameter by our name for it."""
        return next((each for each in self.parameters if each.name == name), None)

    def parameter_sent_as(self, wire: str) -> Parameter | None:
        """Find a parameter by the provider's name for it."""
        return next((each for each in self.parameters if each.wire == wire), None)


def told_of_end(model: Model, today: date) -> Model:
    """Note of a model that the day announced for its end has come.

    It can be asked all the same, whoever announced it: providers put such days off, and send
    requests to a successor, and one that is gone refuses, unbilled.
    """
    if not model.lifecycle.has_ended(today):
        return model
    day = model.lifecycle.retires_on
    sentence = (
        f"Its end was announced for {day}, which has come: it is asked as long as its provider "
        "answers for it."
    )
    return replace(model, lifecycle=model.lifecycle.noting(sentence))
