"""Every emulated model by its id."""

from typing import Any, cast

from pydantic import BaseModel

from tests.emulators.fal.models import GOOGLES, Wanted, checked_by
from tests.emulators.fal.sized_models import (
    AnyModel,
    IdeogramCharacter,
    Kontext,
    QwenImage,
    QwenImageEdit,
    QwenImageEditPlus,
)

MODELS: dict[str, type[BaseModel]] = {
    **GOOGLES,
    "fal-ai/qwen-image": QwenImage,
    "fal-ai/qwen-image-edit": QwenImageEdit,
    "fal-ai/qwen-image-edit-plus": QwenImageEditPlus,
    "fal-ai/qwen-image-edit-2509": QwenImageEditPlus,
    "fal-ai/qwen-image-edit-2511": QwenImageEditPlus,
    "fal-ai/flux/dev": AnyModel,
    "fal-ai/flux-pro/kontext": Kontext,
    "fal-ai/flux-pro/kontext/max": Kontext,
    "fal-ai/flux-lora": AnyModel,
    "fal-ai/ideogram/character": IdeogramCharacter,
    "fal-ai/omnigen-v2": AnyModel,
    "fal-ai/bytedance/dreamina/v3.1/text-to-image": AnyModel,
    "fal-ai/recraft/v3/text-to-image": AnyModel,
    "fal-ai/wan/v2.2-a14b/text-to-image": AnyModel,
}


def checked_input(endpoint: str, given: dict[str, Any]) -> Wanted:
    """Read a model's input; raises InputError."""
    return cast("Wanted", checked_by(MODELS[endpoint], given))
