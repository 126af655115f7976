"""Variations by models of another kind than the default: what they are sent, bring and cost."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.house import FAL, House, Person, open_house
from tests.api.lives import until_ended
from tests.emulators.fal import FalEmulator, running

QWEN = "fal-ai/qwen-image-edit"
MAKE = """mutation (
  $id: ID!, $model: String!, $options: GenerationOptionsInput, $ratio: AspectRatio
) {
  generateVariations(
    imageId: $id, modificationMode: SHOT_VARIATION, variationCount: 1, model: $model,
    options: $options, aspectRatio: $ratio
  ) { success userErrors { code message field } variations { id } price { amount exactness } }
}"""
IMAGE = """query ($id: ID!) { image(id: $id) {
  aiStatus width height model
  providerMetadata { nsfw width height contentType seed description timings }
} }"""


async def made(person: Person, **how: Any) -> dict[str, Any]:
    answer = await person.read(MAKE, id=await person.add(), **how)
    assert answer["success"], answer
    (variation,) = answer["variations"]
    await until_ended(person, variation["id"])
    image = await person.read(IMAGE, id=variation["id"])
    assert image["aiStatus"] == "COMPLETED"
    return {**answer, **image}


@pytest.fixture
async def renamed(tmp_path: Path, fal: FalEmulator) -> AsyncIterator[House]:
    """A house that knows a further model, and sends the default to another endpoint."""
    (tmp_path / "models.toml").write_text(
        f"""
        [[model]]
        id = "house/sketch"
        endpoint = "fal-ai/nano-banana-2/edit"
        include = ["fal_queue", "resolution", "nano_banana", "edit", "nano_banana_2"]
        description = "A house name."
        parameters.resolution = {{ default = "0.5K" }}

        [[model]]
        id = "{FAL}"
        parameters.seed = false
        """
    )
    options = {"models_file": tmp_path / "models.toml"}
    async with running(fal) as url, open_house(tmp_path, url, **options) as house:
        yield house


async def test_qwen_takes_one_picture_and_a_size_and_says_seed_timings_and_safety(
    studio: House, fal: FalEmulator
) -> None:
    fal.seconds = 0
    ada = await studio.person("ada")
    options = {"numInferenceSteps": 20, "negativePrompt": "text", "acceleration": "high", "seed": 9}
    image = await made(ada, model=QWEN, options=options)
    sent = fal.ledger.accepted[0].input or {}
    assert isinstance(sent.pop("image_url"), str)
    assert sent.pop("prompt")
    assert sent == {
        "num_images": 1,
        "image_size": "landscape_16_9",
        "output_format": "png",
        "seed": 9,
        "num_inference_steps": 20,
        "negative_prompt": "text",
        "acceleration": "high",
    }
    assert image["providerMetadata"] == {
        "nsfw": False,
        "width": 64,
        "height": 36,
        "contentType": "image/png",
        "seed": 9,
        "description": None,
        "timings": {"inference": 1.25},
    }
    assert (image["width"], image["height"], image["model"]) == (64, 36, QWEN)


async def test_what_is_charged_by_the_megapixel_is_priced_by_the_size(
    studio: House, fal: FalEmulator
) -> None:
    fal.seconds = 0
    ada = await studio.person("ada")
    preset = await made(ada, model=QWEN)
    assert preset["price"] == {"amount": "0.017695", "exactness": "ESTIMATE"}
    larger = {"imageSize": {"width": 1920, "height": 1080}}
    assert (await made(ada, model=QWEN, options=larger))["price"]["amount"] == "0.062208"


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("fal-ai/flux-pro/kontext", "image_url"),
        ("fal-ai/ideogram/character", "reference_image_urls"),
        ("fal-ai/nano-banana/edit", "image_urls"),
    ],
)
async def test_each_model_is_given_the_picture_by_its_own_name(
    studio: House, fal: FalEmulator, model: str, field: str
) -> None:
    fal.seconds = 0
    ada = await studio.person("ada")
    await made(ada, model=model, ratio="RATIO_1_1")
    sent = fal.ledger.accepted[0].input or {}
    assert sent[field]
    assert "1:1" in sent.values() or sent["image_size"] == "square_hd"


async def test_a_model_of_ones_own_is_sent_to_its_endpoint(
    renamed: House, fal: FalEmulator
) -> None:
    fal.seconds = 0
    ada = await renamed.person("ada")
    image = await made(ada, model="house/sketch")
    (post,) = fal.ledger.accepted
    assert post.endpoint == "fal-ai/nano-banana-2/edit"
    assert (post.input or {})["resolution"] == "0.5K"
    assert image["model"] == "house/sketch"


async def test_a_parameter_that_was_taken_off_a_row_is_sent_no_more(
    renamed: House, fal: FalEmulator
) -> None:
    fal.seconds = 0
    ada = await renamed.person("ada")
    await made(ada, model=FAL)
    assert "seed" not in (fal.ledger.accepted[0].input or {})
    refused = await ada.user_error(MAKE, id=await ada.add(), model=FAL, options={"seed": 1})
    assert "has no parameter `seed`" in refused["message"]
