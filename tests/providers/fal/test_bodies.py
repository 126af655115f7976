"""What goes out to each model for each parameter, to the letter, and what comes back.

`golden_bodies.json` was read row by row against the models' documents; SOURCE stands for the
address of the source picture.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from graphapi.domain.models import ModelKind
from graphapi.domain.options import Options
from tests.emulators.fal.every_model import MODELS as EMULATED
from tests.emulators.fal.every_model import checked_input
from tests.providers.fal.conftest import MODELS, Fal

GOLDEN = json.loads((Path(__file__).parent / "golden_bodies.json").read_text())
FALS = {
    model.id: model
    for model in MODELS.values()
    if model.provider == "fal" and model.subject_field is None
}


def test_every_model_shape_and_parameter_is_in_the_table() -> None:
    assert GOLDEN.keys() == FALS.keys() == EMULATED.keys()
    for model_id, rows in GOLDEN.items():
        model = FALS[model_id]
        shapes = {row["ratio"] for row in rows}
        named = {name for row in rows for name in row["options"]}
        assert max(row.get("images", 1) for row in rows) == model.most_images
        assert shapes == {*model.aspect_ratios, None}
        assert named == {parameter.name for parameter in model.parameters}


@pytest.mark.parametrize("model_id", FALS)
async def test_the_body_is_as_written_down_and_the_model_takes_it(fal: Fal, model_id: str) -> None:
    fal.emulator.seconds = 60
    for row in GOLDEN[model_id]:
        options = Options(row["options"])
        images = row.get("images", 1)
        request = fal.request(
            model=model_id, ratio=row["ratio"], options=options, seed=1, images=images
        )
        await fal.editor.submit(request)
        sent = fal.emulator.ledger.posts[-1].input or {}
        assert json.dumps(sent).replace(fal.source, "SOURCE") == json.dumps(row["body"])
        assert checked_input(model_id, sent)


@pytest.mark.parametrize("model_id", FALS)
async def test_every_model_makes_a_picture_of_the_shape_and_says_what_it_can(
    fal: Fal, model_id: str
) -> None:
    ticket = await fal.editor.submit(fal.request(model=model_id, ratio="16:9", seed=42))
    result = await fal.settled(ticket)
    facts = result.metadata
    assert facts.width
    assert facts.height
    assert facts.width / facts.height == pytest.approx(16 / 9, rel=0.02)
    said = (facts.seed, facts.nsfw, facts.timings)
    if "nano-banana" in model_id:
        assert said == (None, None, None)
        assert facts.content_type in ("image/png", "image/jpeg")
    else:
        assert said == (42, False, {"inference": 1.25})
    assert (await fal.editor.check(ticket)) == result


def test_a_model_that_works_from_words_is_sent_no_picture() -> None:
    for model_id, model in FALS.items():
        without = all("SOURCE" not in json.dumps(row["body"]) for row in GOLDEN[model_id])
        assert without is (model.kind is ModelKind.TEXT_TO_IMAGE)


def test_nothing_but_the_documented_is_said_of_what_nobody_asked() -> None:
    for rows in GOLDEN.values():
        usual: dict[str, Any] = next(row["body"] for row in rows if row["ratio"] is None)
        extras = usual.keys() - {"prompt", "image_urls", "image_url", "reference_image_urls"}
        documented = {"num_images", "aspect_ratio", "image_size", "resolution", "output_format"}
        assert extras <= {*documented, "seed"}
