"""What makes no sense in a row of the registry although each of its values does."""

from graphapi.domain.arguments import is_owned
from graphapi.domain.models import Model


def fault_of(model: Model) -> str | None:
    """Tell what is wrong with a row, for whoever wrote it; None for nothing."""
    for each in model.parameters:
        for name in (each.name, each.wire):
            if is_owned(model, name):
                return (
                    f"parameters.{each.name}: `{name}` is decided by an argument of its own, such "
                    "as the prompt, the pictures, their number or their shape. Take it off."
                )
    return None
