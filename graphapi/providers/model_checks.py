"""What makes no sense in a row of the registry although each of its values does."""

import re

from graphapi.domain.arguments import is_owned
from graphapi.domain.models import Model
from graphapi.providers.fal.tickets import is_model_id

_RATIO = re.compile(r"auto|[1-9]\d{0,3}(\.\d{1,3})?:[1-9]\d{0,3}(\.\d{1,3})?")
# What others than fal.ai are told inside the request, and never as a part of an address.
_ENDPOINT = re.compile(r"[A-Za-z0-9~][A-Za-z0-9._:/@+-]*")


def fault_of(model: Model) -> str | None:
    """Tell what is wrong with a row, for whoever wrote it; None for nothing."""
    return _of_endpoint(model) or _of_ratios(model) or _of_parameters(model)


def _of_endpoint(model: Model) -> str | None:
    # An empty one is one that was written down, too.
    endpoint = model.id if model.named_endpoint is None else model.named_endpoint
    if model.provider == "fal" and not is_model_id(endpoint):
        such = "a model id of fal.ai, such as fal-ai/nano-banana-pro/edit"
    elif not _ENDPOINT.fullmatch(endpoint):
        such = "what the provider calls a model"
    else:
        return None
    return f"endpoint: {endpoint[:80]!r} is not {such}. Without an endpoint, the id is it."


def _of_ratios(model: Model) -> str | None:
    wrong = [each for each in model.aspect_ratios if not _RATIO.fullmatch(each)]
    if not wrong:
        return None
    return f"ratios: {wrong[0][:40]!r} is no shape. Give width to height, such as 16:9, or auto."


def _of_parameters(model: Model) -> str | None:
    for each in model.parameters:
        for name in (each.name, each.wire):
            if is_owned(model, name):
                return (
                    f"parameters.{each.name}: `{name}` is decided by an argument of its own, such "
                    "as the prompt, the pictures, their number or their shape. Take it off."
                )
    return None
