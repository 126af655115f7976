"""The inputs that the emulated models take, and how they complain about others.

Ranges and defaults are those of the models' published schemas (`@fal-ai/client` endpoint types).
"""

from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

Ratio = Literal["21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16"]
RatioOrAuto = Literal[Ratio, "auto"]


class NanoBanana(BaseModel):
    """`fal-ai/nano-banana`; fields it does not know are ignored, as fal.ai does."""

    prompt: str
    num_images: int = Field(1, ge=1, le=4)
    aspect_ratio: RatioOrAuto = "1:1"
    output_format: Literal["jpeg", "png", "webp"] = "png"
    safety_tolerance: Literal["1", "2", "3", "4", "5", "6"] = "4"
    seed: int | None = None
    sync_mode: bool = False
    limit_generations: bool = False
    image_urls: list[str] = Field(default_factory=list, max_length=0)


class NanoBananaEdit(NanoBanana):
    """`fal-ai/nano-banana/edit`."""

    aspect_ratio: RatioOrAuto = "auto"
    image_urls: list[str] = Field(min_length=1)


class NanoBananaPro(NanoBanana):
    """`fal-ai/nano-banana-pro`."""

    resolution: Literal["1K", "2K", "4K"] = "1K"
    enable_web_search: bool = False


class NanoBananaProEdit(NanoBananaPro):
    """`fal-ai/nano-banana-pro/edit`."""

    aspect_ratio: RatioOrAuto = "auto"
    image_urls: list[str] = Field(min_length=1)


MODELS: dict[str, type[NanoBanana]] = {
    "fal-ai/nano-banana": NanoBanana,
    "fal-ai/nano-banana/edit": NanoBananaEdit,
    "fal-ai/nano-banana-pro": NanoBananaPro,
    "fal-ai/nano-banana-pro/edit": NanoBananaProEdit,
}


class InputError(Exception):
    """An input the model refuses; `detail` is fal.ai's list of errors."""

    def __init__(self, *detail: dict[str, Any]) -> None:
        super().__init__(detail)
        self.detail = list(detail)


def checked_input(endpoint: str, given: dict[str, Any]) -> NanoBanana:
    """Read a model's input; raises InputError."""
    try:
        return MODELS[endpoint].model_validate(given)
    except ValidationError as error:
        faults = error.errors(include_context=False)
        raise InputError(
            *({**fault, "loc": ["body", *fault["loc"]], "input": None} for fault in faults)
        ) from None


def source_error(kind: str, position: int, message: str) -> InputError:
    """Complain about one of the source pictures."""
    return InputError(
        {
            "loc": ["body", "image_urls", position],
            "msg": message,
            "type": kind,
            "url": f"https://docs.fal.ai/errors/#{kind}",
            "input": None,
        }
    )
