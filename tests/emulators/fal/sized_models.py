"""The inputs of the emulated models that are told a size: Qwen's, and those of many makers.

Ranges and defaults of Qwen's are those of their published schemas (`@fal-ai/client` endpoint
types). Of the others only what the AI SDK sends is known; Kontext's page also names
`aspect_ratio`, and Ideogram's `reference_image_urls`.
"""

from typing import Any, Literal

from PIL import Image
from pydantic import BaseModel, Field

PRESETS = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
Preset = Literal[
    "square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9"
]


class ImageSize(BaseModel):
    """A size in pixels."""

    width: int = Field(512, gt=0, le=14142)
    height: int = Field(512, gt=0, le=14142)


class LoraWeight(BaseModel):
    """Weights to load."""

    path: str
    scale: float = 1
    force: bool = False


class Sized(BaseModel):
    """What all of them have in common; fields they do not know are ignored, as fal.ai does."""

    prompt: str
    num_images: int = Field(1, ge=1, le=4)
    image_size: Preset | ImageSize | None = None
    output_format: Literal["jpeg", "png"] = "png"
    seed: int | None = None
    sync_mode: bool = False
    acceleration: Literal["none", "regular", "high"] = "none"
    enable_safety_checker: bool = True

    @property
    def sources(self) -> list[str]:
        """List what the picture is made from."""
        return []

    def size(self, source: Image.Image | None) -> tuple[int, int]:
        """Tell the pixels of a result: those asked for, else the source's."""
        if isinstance(self.image_size, ImageSize):
            return self.image_size.width, self.image_size.height
        if self.image_size is None:
            return source.size if source else PRESETS["landscape_4_3"]
        return PRESETS[self.image_size]

    def units(self) -> int:
        """Charge each picture as a megapixel."""
        return 1

    def said(self, seed: int) -> dict[str, Any]:
        """Say the seed, how long it took, and whether it is unsafe to show."""
        return {
            "seed": seed,
            "timings": {"inference": 1.25},
            "has_nsfw_concepts": [False] * self.num_images,
            "prompt": self.prompt,
        }


class QwenImage(Sized):
    """`fal-ai/qwen-image`."""

    num_inference_steps: int = Field(30, ge=2, le=250)
    guidance_scale: float = Field(2.5, ge=0, le=20)
    negative_prompt: str = " "
    loras: list[LoraWeight] = Field(default_factory=list, max_length=3)
    use_turbo: bool = False


class QwenImageEdit(Sized):
    """`fal-ai/qwen-image-edit`."""

    image_url: str
    num_inference_steps: int = Field(30, ge=2, le=50)
    guidance_scale: float = Field(4, ge=0, le=20)
    negative_prompt: str = " "
    acceleration: Literal["none", "regular", "high"] = "regular"

    @property
    def sources(self) -> list[str]:
        """List what the picture is made from."""
        return [self.image_url]


class QwenImageEditPlus(Sized):
    """`fal-ai/qwen-image-edit-plus` and its versions."""

    image_urls: list[str] = Field(min_length=1)
    output_format: Literal["jpeg", "png", "webp"] = "png"  # type: ignore[assignment]  # more than its parent
    num_inference_steps: int = Field(28, ge=2, le=50)
    guidance_scale: float = Field(4.5, ge=0, le=20)
    negative_prompt: str = ""
    acceleration: Literal["none", "regular", "high"] = "regular"

    @property
    def sources(self) -> list[str]:
        """List what the picture is made from."""
        return self.image_urls


class AnyModel(Sized):
    """A model of which only the options of the AI SDK are known."""

    image_url: str | None = None
    mask_url: str | None = None
    strength: float | None = None
    guidance_scale: float | None = Field(None, ge=1, le=20)
    num_inference_steps: int | None = Field(None, ge=1, le=50)
    safety_tolerance: Literal["1", "2", "3", "4", "5", "6"] = "2"

    @property
    def sources(self) -> list[str]:
        """List what the picture is made from."""
        return [self.image_url] if self.image_url else []


class Kontext(AnyModel):
    """`fal-ai/flux-pro/kontext`."""

    image_url: str
    aspect_ratio: (
        Literal["21:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:21"] | None
    ) = None


class IdeogramCharacter(AnyModel):
    """`fal-ai/ideogram/character`."""

    reference_image_urls: list[str] = Field(min_length=1)

    @property
    def sources(self) -> list[str]:
        """List what the picture is made from."""
        return self.reference_image_urls
