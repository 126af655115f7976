"""What the rows of the registry say of pictures that go in, and of addresses."""

from pathlib import Path

import pytest

from graphapi.domain.models import ModelKind
from graphapi.domain.parameters import AddressIn
from graphapi.domain.sources import NO_LIMITS, SourceLimits
from graphapi.providers.model_rows import load_models

MODELS = {model.id: model for model in load_models()}
GOOGLES = [name for name in MODELS if "nano-banana" in name or "gemini-3-pro" in name]


@pytest.mark.parametrize("model_id", MODELS)
def test_every_input_picture_is_held_to_what_the_documents_say(model_id: str) -> None:
    model = MODELS[model_id]
    limits, looks = model.source_limits, model.kind is ModelKind.EDIT
    most = 5_250_000 if model_id in GOOGLES else 50_000_000
    most = 10_000_000 if "ideogram" in model_id else most
    if not looks or model.provider == "local":
        assert limits == NO_LIMITS
        return
    assert (limits.most_bytes, limits.longest_side, limits.most_pixels) == (most, None, None)
    assert limits.basis
    # fal.ai alone says that it takes data URIs, and advises them for a few kilobytes.
    assert limits.inline_bytes == (8192 if model.provider == "fal" else 0)


@pytest.mark.parametrize("model_id", MODELS)
def test_every_parameter_that_is_an_address_is_checked_as_one(model_id: str) -> None:
    told = {each.name: each for each in MODELS[model_id].parameters}
    for name, parameter in told.items():
        assert (parameter.address is AddressIn.INSIDE) == (name == "mask")
        assert (parameter.address is AddressIn.ALWAYS) == name.endswith("Url")
    for weights in (told[name] for name in told if name == "loras"):
        (path,) = [each for each in weights.fields if each.name == "path"]
        assert path.address is AddressIn.PERHAPS


def test_limits_of_ones_own_replace_the_shipped_ones_whole(tmp_path: Path) -> None:
    own = tmp_path / "models.toml"
    own.write_text(
        '[[model]]\nid = "fal-ai/nano-banana-pro/edit"\n'
        'source = { longest_side = 4096, basis = "Ours." }\n'
    )
    models = {model.id: model for model in load_models(own)}
    changed = models["fal-ai/nano-banana-pro/edit"].source_limits
    assert changed == SourceLimits(longest_side=4096, basis="Ours.")
