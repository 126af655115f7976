"""The inputs that Google's emulated models take, and how all of them complain about others.

Ranges and defaults are those of the models' published schemas (`@fal-ai/client` endpoint types).
"""

from typing import Any, Literal, Protocol

from PIL import Image
from pydantic import BaseModel, Field, ValidationError

from tests.emulators.fal.pictures import size_of

Ratio = Literal["21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16"]
RatioOrAuto = Literal[Ratio, "auto"]


class Wanted(Protocol):
    """A checked input, as the runner reads it."""

    num_images: int
    output_format: Any
    seed: int | None
    sync_mode: bool

    @property
    def sources(self) -> list[str]:
        """List the addresses of the pictures to work from."""

    def size(self, source: Image.Image | None) -> tuple[int, int]:
        """Tell the pixels of a result."""

    def units(self) -> int:
        """Tell what a picture is charged as."""

    def said(self, seed: int) -> dict[str, Any]:
        """Tell what comes beside the pictures."""


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

    @property
    def sources(self) -> list[str]:
        """List what the picture is made from."""
        return self.image_urls

    def size(self, source: Image.Image | None) -> tuple[int, int]:
        """Tell the pixels of a result at 1K."""
        return size_of(self.aspect_ratio, "1K", source)

    def units(self) -> int:
        """Charge each picture alike."""
        return 1

    def said(self, seed: int) -> dict[str, Any]:  # noqa: ARG002 - these models keep it to themselves
        """Say nothing of the seed."""
        return {"description": ""}


class NanoBananaEdit(NanoBanana):
    """`fal-ai/nano-banana/edit`."""

    aspect_ratio: RatioOrAuto = "auto"
    image_urls: list[str] = Field(min_length=1)


class NanoBananaPro(NanoBanana):
    """`fal-ai/nano-banana-pro`."""

    resolution: Literal["1K", "2K", "4K"] = "1K"
    enable_web_search: bool = False

    def size(self, source: Image.Image | None) -> tuple[int, int]:
        """Tell the pixels of a result."""
        return size_of(self.aspect_ratio, self.resolution, source)

    def units(self) -> int:
        """Charge the largest twice."""
        return 2 if self.resolution == "4K" else 1


class NanoBananaProEdit(NanoBananaPro):
    """`fal-ai/nano-banana-pro/edit`."""

    aspect_ratio: RatioOrAuto = "auto"
    image_urls: list[str] = Field(min_length=1)


class NanoBanana2(NanoBanana):
    """`fal-ai/nano-banana-2`."""

    aspect_ratio: Ratio | Literal["auto", "4:1", "1:4", "8:1", "1:8"] = "auto"  # type: ignore[assignment]  # more than its parent
    resolution: Literal["0.5K", "1K", "2K", "4K"] = "1K"
    limit_generations: bool = True
    enable_web_search: bool = False
    thinking_level: Literal["minimal", "high"] | None = None

    def size(self, source: Image.Image | None) -> tuple[int, int]:
        """Tell the pixels of a result."""
        return size_of(self.aspect_ratio, self.resolution, source)


class NanoBanana2Edit(NanoBanana2):
    """`fal-ai/nano-banana-2/edit`."""

    image_urls: list[str] = Field(min_length=1)


GOOGLES: dict[str, type[BaseModel]] = {
    "fal-ai/nano-banana": NanoBanana,
    "fal-ai/nano-banana/edit": NanoBananaEdit,
    "fal-ai/nano-banana-pro": NanoBananaPro,
    "fal-ai/nano-banana-pro/edit": NanoBananaProEdit,
    "fal-ai/nano-banana-2": NanoBanana2,
    "fal-ai/nano-banana-2/edit": NanoBanana2Edit,
}


class InputError(Exception):
    """An input the model refuses; `detail` is fal.ai's list of errors."""

    def __init__(self, *detail: dict[str, Any]) -> None:
        super().__init__(detail)
        self.detail = list(detail)


def checked_by(model: type[BaseModel], given: dict[str, Any]) -> Any:
    """Read a model's input; raises InputError."""
    try:
        return model.model_validate(given)
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
