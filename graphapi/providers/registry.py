"""The models that this server knows, and which of them can be used with the keys it has."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from graphapi.domain.models import Model, ModelKind
from graphapi.domain.money import UNKNOWN_CARD, PriceCard
from graphapi.providers.model_rows import load_models

_NO_KEY = {
    "fal": "Set FAL_API_KEY to a key of fal.ai.",
    "openrouter": "Set OPENROUTER_API_KEY to a key of OpenRouter.",
    "lumenfall": "Set LUMENFALL_API_KEY to a key of Lumenfall.",
}
_OF_OPENROUTER = "A vision-language model that describes stills, through OpenRouter."


def list_models(  # noqa: PLR0913 - one value for each setting
    *,
    fal_key: bool,
    openrouter_key: bool,
    lumenfall_key: bool,
    variation_model: str | None,
    analysis_models: tuple[str, ...],
    prices: Mapping[str, PriceCard],
    own_file: Path | None = None,
) -> list[Model]:
    """List every model with its price, whether it can be used now, and whether by default.

    Raises ConfigurationError for an own file that makes no sense.
    """
    keys = {
        "fal": fal_key,
        "openrouter": openrouter_key,
        "lumenfall": lumenfall_key,
        "local": True,
    }
    known = load_models(own_file)
    usual = variation_model or ("fal-ai/nano-banana-pro/edit" if fal_key else "local/reframe")
    makers = [
        replace(
            model,
            default=model.id == usual and model.kind is ModelKind.EDIT,
            unusable=None if keys.get(model.provider) else _NO_KEY[model.provider],
        )
        for model in known
        if model.kind is not ModelKind.ANALYSIS
    ]
    eyes = [model for model in known if model.kind is ModelKind.ANALYSIS]
    every = [*makers, *_analyses(eyes, openrouter_key=openrouter_key, chosen=analysis_models)]
    return [replace(model, price_card=prices.get(model.id, UNKNOWN_CARD)) for model in every]


def _analyses(known: list[Model], *, openrouter_key: bool, chosen: tuple[str, ...]) -> list[Model]:
    """List the models that are asked, in the order in which they are, then what stands in."""
    rows = {model.id: model for model in known}
    asked = [rows.get(name) or _unlisted(name) for name in chosen]
    own = [model for model in known if model.provider == "local"]
    if openrouter_key:
        standby = [
            replace(model, unusable="It stands in only while no key of OpenRouter is set.")
            for model in own
        ]
        return [*(replace(each, default=each is asked[0]) for each in asked), *standby]
    return [
        *(replace(model, default=True) for model in own),
        *(replace(model, unusable=_NO_KEY["openrouter"]) for model in asked),
    ]


def _unlisted(name: str) -> Model:
    return Model(name, "openrouter", ModelKind.ANALYSIS, _OF_OPENROUTER, most_inputs=1)
