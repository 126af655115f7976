"""`graphapi models`: the models that this server knows, and what each provider's can do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from graphapi.cli.settings import start_logging
from graphapi.container.models import known_models
from graphapi.domain.models import Model, ModelKind
from graphapi.domain.money import UNKNOWN_CARD, PriceCard, PriceUnit
from graphapi.domain.parameters import ParameterType
from graphapi.providers.model_rows import load_models
from graphapi.providers.prices import load_prices

_PROVIDERS = ("fal", "lumenfall", "openrouter", "local")

Feature = Callable[[Model], bool]


def _charges_by(unit: PriceUnit) -> Feature:
    return lambda model: model.price_card.unit_price is not None and model.price_card.unit is unit


_FEATURES: dict[str, Feature] = {
    "edits pictures": lambda model: model.kind is ModelKind.EDIT,
    "makes pictures from words": lambda model: (
        model.kind is ModelKind.TEXT_TO_IMAGE
        or (model.kind is ModelKind.EDIT and model.least_inputs == 0)
    ),
    "describes pictures": lambda model: model.kind is ModelKind.ANALYSIS,
    "writes down what is said": lambda model: model.kind is ModelKind.TRANSCRIPTION,
    "speaks": lambda model: model.kind is ModelKind.SPEECH,
    "edits several pictures together": lambda model: (
        model.kind is ModelKind.EDIT and model.takes_list and model.most_inputs != 1
    ),
    "makes several pictures a request": lambda model: model.most_images > 1,
    "takes every shape of `AspectRatio`": lambda model: {
        "16:9", "9:16", "1:1", "4:3", "3:4",
    } <= set(model.aspect_ratios),
    "takes a size in pixels": lambda model: any(
        parameter.type is ParameterType.SIZE for parameter in model.parameters
    ) or model.parameter("size") is not None,
    "takes a resolution": lambda model: model.parameter("resolution") is not None,
    "takes a seed": lambda model: model.parameter("seed") is not None,
    "takes a file format": lambda model: (
        model.parameter("outputFormat") is not None and model.subject_field is None
    ),
    "takes a negative prompt": lambda model: model.parameter("negativePrompt") is not None,
    "takes LoRA weights": lambda model: model.parameter("loras") is not None,
    "finds a lost answer again": lambda model: model.recoverable,
    "charges by the picture": _charges_by(PriceUnit.IMAGE),
    "charges by the megapixel": _charges_by(PriceUnit.MEGAPIXEL),
    "charges by a thousand characters": _charges_by(PriceUnit.THOUSAND_CHARACTERS),
    "charges by the call": _charges_by(PriceUnit.CALL),
    "has no price that is known": lambda model: model.price_card.unit_price is None,
}  # fmt: skip


def models(
    *,
    markdown: Annotated[
        bool,
        typer.Option(
            "--markdown", help="Print what the shipped models of each provider can do, as a table."
        ),
    ] = False,
) -> None:
    """List the models that this server knows, and say of each why it cannot be used now."""
    if markdown:
        typer.echo(matrix(load_models(), load_prices()), nl=False)
        return
    for model in known_models(start_logging()):
        mark = "default" if model.default else "usable" if model.unusable is None else "not now"
        why = "" if model.unusable is None else f"  {model.unusable}"
        typer.echo(f"{mark:<8} {model.kind:<14} {model.id}{why}")


def matrix(known: Sequence[Model], prices: Mapping[str, PriceCard]) -> str:
    """Write how many models of each provider can do what, as a table in Markdown."""
    priced = [replace(model, price_card=prices.get(model.id, UNKNOWN_CARD)) for model in known]
    head = f"| models that | {' | '.join(f'`{provider}`' for provider in _PROVIDERS)} |"
    rows = [_row(feature, can, priced) for feature, can in _FEATURES.items()]
    return "\n".join([head, "| --- |" + " --- |" * len(_PROVIDERS), *rows, ""])


def _row(feature: str, can: Feature, known: Sequence[Model]) -> str:
    counts = [
        sum(can(model) for model in known if model.provider == provider) for provider in _PROVIDERS
    ]
    return f"| {feature} | {' | '.join(str(count or '') for count in counts)} |"
