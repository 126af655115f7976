"""What a caller may tell a model beside the prompt."""

from dataclasses import fields
from typing import Any

import strawberry
from strawberry.scalars import JSON
from strawberry.utils.str_converters import to_camel_case

from graphapi.api.types.scalars import Long
from graphapi.domain.extra import LONGEST_EXTRA
from graphapi.domain.options import Options
from graphapi.errors import Refused, UserErrorCode


@strawberry.input(
    description="The size of a picture: either `preset`, or `width` and `height`. It decides the "
    "shape too, and must agree with a shape that is asked for."
)
class ImageSizeInput:
    """A size."""

    preset: str | None = strawberry.field(
        default=None,
        description="One of the `sizes` of the model's parameter, such as `landscape_16_9`.",
    )
    width: int | None = strawberry.field(default=None, description="The width in pixels.")
    height: int | None = strawberry.field(default=None, description="The height in pixels.")

    def chosen(self) -> str | dict[str, int]:
        """Tell the size; raises Refused for half of one, or for two."""
        if self.preset is not None and self.width is None and self.height is None:
            return self.preset
        if self.preset is None and self.width is not None and self.height is not None:
            return {"width": self.width, "height": self.height}
        message = "An image size is either a `preset`, or a `width` and a `height`."
        raise Refused(UserErrorCode.INVALID_INPUT, message, ("options", "imageSize"))


@strawberry.input(description="Weights that teach a model a style or a subject.")
class LoraWeightInput:
    """One LoRA."""

    path: str = strawberry.field(
        description="The address, the path or the Hugging Face name of the weights."
    )
    scale: float | None = strawberry.field(
        default=None, description="How strongly they work; without it, 1."
    )
    force: bool | None = strawberry.field(
        default=None, description="Whether to load them although they seem not to fit."
    )

    def chosen(self) -> dict[str, Any]:
        """Tell the weights without what was left open."""
        given = {"path": self.path, "scale": self.scale, "force": self.force}
        return {name: value for name, value in given.items() if value is not None}


def _option(description: str) -> Any:
    return strawberry.field(default=None, description=description)


@strawberry.input(
    description="What to tell a model beside the prompt. Which of these it takes, their ranges and "
    "defaults are in the `parameters` of `model(id: ...)`; one that it does not take is refused. "
    "What is left out, the provider decides as documented."
)
class GenerationOptionsInput:
    """The parameters of every image model, by our names."""

    seed: Long | None = _option(
        "The seed of the model's chance; without it, each picture gets one of its own. "
        "`generateVariations` sends the same seed for every variation, since their prompts differ; "
        "the requests of one `generateImage` or `editImage` count on from it, by the pictures "
        "before them: with 7, and four pictures a request, they get 7, 11 and 15. What each was "
        "sent is in its `normalised`."
    )
    resolution: str | None = _option("How large the picture is, such as `2K`. It may cost more.")
    image_size: ImageSizeInput | None = _option("The picture's size, as a preset or in pixels.")
    size: str | None = _option(
        "The picture's size as text: `1365x768` for pixels, `16:9` for a shape, or `auto`."
    )
    output_format: str | None = _option("The file format, such as `png`, `jpeg` or `webp`.")
    output_compression: int | None = _option("How well a lossy format keeps detail, 0 to 100.")
    response_format: str | None = _option(
        "How the picture comes from the provider, `url` or `b64_json`; it is stored here anyway."
    )
    quality: str | None = _option("The provider's word for how much care it takes.")
    style: str | None = _option("The provider's word for a manner of drawing.")
    negative_prompt: str | None = _option("What must not be seen.")
    num_inference_steps: int | None = _option(
        "In how many steps the picture is made: more are finer, and slower."
    )
    guidance_scale: float | None = _option("How closely the model keeps to the prompt.")
    strength: float | None = _option("How far to go from the picture to start from.")
    image_url: str | None = _option(
        "The address of a picture to start from, for a model that works from words alone."
    )
    mask_url: str | None = _option("The address of a mask: where it is white, all is made anew.")
    mask: str | None = _option(
        "A mask for a model that takes it by that name: a picture as a data URI, see through where "
        "all is made anew."
    )
    loras: list[LoraWeightInput] | None = _option("Weights to load; at most three, as a rule.")
    use_turbo: bool | None = _option("Whether to take the model's short cut.")
    acceleration: str | None = _option("How much to hurry: `none`, `regular` or `high`.")
    enable_safety_checker: bool | None = _option(
        "Whether the provider looks for what is unsafe to show."
    )
    safety_tolerance: str | None = _option(
        "How much the provider's filter lets through: `1` is the strictest, `6` the most lenient."
    )
    safety_filter_level: str | None = _option(
        "What the provider's filter blocks: `block_low_and_above` is the strictest, "
        "`block_only_high` the most lenient."
    )
    allow_fallback_model: bool | None = _option(
        "Whether another model may answer when this one has no room."
    )
    limit_generations: bool | None = _option(
        "Whether each round makes one picture at most, whatever the prompt says of their number."
    )
    enable_web_search: bool | None = _option(
        "Whether the model may search the web for what it is to show. It may cost more."
    )
    thinking_level: str | None = _option(
        "How long the model thinks before it draws: `minimal` or `high`. It may cost more."
    )
    sync_mode: bool | None = _option(
        "Whether the picture comes inside the provider's answer. It is then missing from the "
        "provider's history, where a lost answer is looked for."
    )
    extra: JSON | None = _option(
        "Parameters by the provider's own names, as a JSON object of at most "
        f"{LONGEST_EXTRA} characters. Those of the model's row are checked like the others; what "
        "nobody here knows goes out untouched. What arguments decide (the model, the prompt, the "
        "pictures, their number, the shape as this model is told it) is refused, however it is "
        "spelled."
    )

    def chosen(self) -> Options:
        """Tell what was asked for; raises Refused for half a size."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        extra = given.pop("extra")
        named = {
            to_camel_case(name): _plain(value) for name, value in given.items() if value is not None
        }
        return Options(named, {} if extra is None else extra)


def _plain(value: Any) -> Any:
    if isinstance(value, ImageSizeInput | LoraWeightInput):
        return value.chosen()
    return [_plain(each) for each in value] if isinstance(value, list) else value
