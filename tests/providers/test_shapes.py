"""The shape that a provider was told, of every way in which models are told one."""

from typing import Any

import pytest

from graphapi.domain.options import Options, settle
from graphapi.domain.shapes import shape_sent
from graphapi.providers.model_rows import load_models

MODELS = {model.id: model for model in load_models()}
PRO, QWEN, GATEWAY = "fal-ai/nano-banana-pro", "fal-ai/qwen-image", "gemini-3-pro-image"
WIDE = {"width": 1600, "height": 900}


@pytest.mark.parametrize(
    ("model_id", "ratio", "options", "shape", "asked"),
    [
        (PRO, "21:9", {}, (21, 9), "21:9"),
        (PRO, None, {}, (1, 1), None),
        (PRO, "auto", {}, None, None),
        (QWEN, None, {}, (1024, 768), None),
        (QWEN, "16:9", {}, (1024, 576), "16:9"),
        (QWEN, None, {"imageSize": "portrait_4_3"}, (768, 1024), "portrait_4_3"),
        (QWEN, None, {"imageSize": WIDE}, (1600, 900), "1600x900"),
        (QWEN, "16:9", {"imageSize": WIDE}, (1600, 900), "1600x900"),
        ("fal-ai/flux/dev", None, {}, None, None),
        ("fal-ai/nano-banana/edit", None, {}, None, None),
        (GATEWAY, "16:9", {"size": "1:1"}, (1, 1), "1:1"),
        (GATEWAY, "7:1", {}, (21, 9), "7:1"),
        (GATEWAY, "16:9", {"size": "3840x2160"}, (16, 9), "3840x2160"),
        (GATEWAY, None, {"resolution": "2K"}, None, None),
        (GATEWAY, None, {"size": "auto"}, None, None),
        ("local/reframe", "9:16", {}, (9, 16), "9:16"),
    ],
)
def test_the_shape_that_is_sent_is_known_and_what_it_was_asked_as(
    model_id: str,
    ratio: str | None,
    options: dict[str, Any],
    shape: tuple[int, int] | None,
    asked: str | None,
) -> None:
    settled = settle(MODELS[model_id], Options(options), ratio=ratio)
    found = shape_sent(MODELS[model_id], settled.wire, settled.notes)
    assert ((found.width, found.height) if found else None) == shape
    assert (found.asked if found else None) == asked
