"""The models that this server knows, and which of them can be used with the keys it has."""

from collections.abc import Mapping
from dataclasses import replace

from graphapi.domain.images import AspectRatio
from graphapi.domain.models import Model, ModelKind
from graphapi.domain.money import UNKNOWN_CARD, PriceCard

_EVERY_RATIO = tuple(AspectRatio)

EDITS = (
    Model(
        "fal-ai/nano-banana-pro/edit",
        "fal",
        ModelKind.EDIT,
        "Google's Nano Banana Pro on fal.ai: edits a still by instruction and keeps people, "
        "wardrobe and place consistent.",
        _EVERY_RATIO,
    ),
    Model(
        "local/reframe",
        "local",
        ModelKind.EDIT,
        "Crops, reframes and grades on this server: free and without a network. It moves no "
        "camera and invents nothing; it shows how the rest works until a key is set.",
        _EVERY_RATIO,
    ),
)
LOCAL_ANALYSIS = Model(
    "local/pixels",
    "local",
    ModelKind.ANALYSIS,
    "Measures light, contrast and colour on this server: free and without a network. It "
    "recognises nothing; it fills the fields until a key is set.",
    default=True,
)


def list_models(
    *,
    fal_key: bool,
    openrouter_key: bool,
    variation_model: str | None,
    analysis_models: tuple[str, ...],
    prices: Mapping[str, PriceCard],
) -> list[Model]:
    """List every model with its price, whether it can be used now, and whether by default."""
    default = variation_model or ("fal-ai/nano-banana-pro/edit" if fal_key else "local/reframe")
    no_key = "set FAL_API_KEY to a key of fal.ai."
    edits = [
        replace(
            model,
            default=model.id == default,
            unusable=no_key if model.provider == "fal" and not fal_key else None,
        )
        for model in EDITS
    ]
    every = [*edits, *_analyses(openrouter_key=openrouter_key, models=analysis_models)]
    return [replace(model, price_card=prices.get(model.id, UNKNOWN_CARD)) for model in every]


def _analyses(*, openrouter_key: bool, models: tuple[str, ...]) -> list[Model]:
    description = "A vision-language model that describes stills, through OpenRouter."
    if not openrouter_key:
        no_key = "set OPENROUTER_API_KEY to a key of OpenRouter."
        others = [
            Model(each, "openrouter", ModelKind.ANALYSIS, description, unusable=no_key)
            for each in models
        ]
        return [LOCAL_ANALYSIS, *others]
    standby = replace(LOCAL_ANALYSIS, default=False, unusable="a key of OpenRouter is set.")
    chosen = [
        Model(each, "openrouter", ModelKind.ANALYSIS, description, default=each == models[0])
        for each in models
    ]
    return [*chosen, standby]
