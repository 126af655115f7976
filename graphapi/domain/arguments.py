"""What the arguments of a call decide of a request, so that nothing else may."""

import re

from graphapi.domain.models import Model
from graphapi.domain.parameters import ParameterType

# A provider may not be told the number of pictures by another name than its own either: each has
# its price.
_COUNTS = ("num_images", "n")
_OF_EACH = ("model", "prompt", *_COUNTS)
_RATIO = "aspectRatio"
_SEPARATORS = str.maketrans("", "", "_-.")


def is_owned(model: Model, name: str) -> bool:
    """Tell whether an argument decides what goes out by this name, however that is spelled.

    What owns a name depends on the model: one that hears has no prompt, and one that is told its
    shape as `image_size` may be told an `aspect_ratio` by whoever knows what comes of it.
    """
    if name == _RATIO and model.subject_field is None:
        return True
    return folded(name) in {folded(each) for each in _owned(model)}


def snake(name: str) -> str:
    """Write a camelCase name as providers do: `outputFormat` as `output_format`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def folded(name: str) -> str:
    """Write a name so that all spellings of it are alike: `numImages`, `num_images`, `NUM-IMAGES`.

    Providers read JSON to the letter, but nobody says that all of them do.
    """
    return name.lower().translate(_SEPARATORS)


def _owned(model: Model) -> set[str]:
    if model.subject_field is not None:
        return {"model", model.subject_field}
    fields = {*_OF_EACH, model.count_field, model.image_field, *_of_shape(model)}
    return {each for each in fields if each is not None}


def _of_shape(model: Model) -> set[str | None]:
    """Name what carries the shape: a parameter may carry a whole size there, and then agrees."""
    if not model.aspect_ratios:
        return set()
    size = model.parameter_sent_as(model.ratio_field)
    shared = size is not None and size.type is ParameterType.SIZE
    return {None if shared else model.ratio_field, model.second_ratio_field}
