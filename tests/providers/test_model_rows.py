"""The rows of the registry: those shipped say what the documents say, and one's own add to them."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from graphapi.domain.models import Model, ModelKind
from graphapi.domain.options import Options, settle
from graphapi.errors import Refused
from graphapi.providers.model_rows import load_models

MODELS = {model.id: model for model in load_models()}
GEMINI = "outputFormat safetyTolerance seed syncMode limitGenerations"
QWEN = (
    "imageSize outputFormat seed syncMode numInferenceSteps guidanceScale negativePrompt "
    "acceleration enableSafetyChecker"
)
COMMON = (
    "imageSize outputFormat seed maskUrl strength guidanceScale numInferenceSteps "
    "enableSafetyChecker safetyTolerance acceleration syncMode"
)
HEARING = "task language diarize chunkLevel version batchSize numSpeakers"
SPEAKING = "outputFormat voice speed voiceSetting audioSetting pronunciationDict languageBoost"
# The documented parameters of each model: beside the prompt, inputs, count and shape, and beside
# what is heard or said.
DOCUMENTED = {
    "fal-ai/nano-banana-pro/edit": f"resolution enableWebSearch {GEMINI}",
    "fal-ai/nano-banana-pro": f"resolution enableWebSearch {GEMINI}",
    "fal-ai/nano-banana/edit": GEMINI,
    "fal-ai/nano-banana": GEMINI,
    "fal-ai/nano-banana-2/edit": f"resolution enableWebSearch {GEMINI} thinkingLevel",
    "fal-ai/nano-banana-2": f"resolution enableWebSearch {GEMINI} thinkingLevel",
    "fal-ai/qwen-image": f"{QWEN} loras useTurbo",
    "fal-ai/qwen-image-edit": QWEN,
    "fal-ai/flux/dev": f"{COMMON} imageUrl",
    "fal-ai/flux-pro/kontext": COMMON,
    "fal-ai/flux-pro/kontext/max": COMMON,
    "fal-ai/flux-lora": f"{COMMON} imageUrl loras",
    "fal-ai/ideogram/character": COMMON,
    "fal-ai/omnigen-v2": f"{COMMON} imageUrl",
    "fal-ai/bytedance/dreamina/v3.1/text-to-image": f"{COMMON} imageUrl",
    "fal-ai/recraft/v3/text-to-image": f"{COMMON} imageUrl",
    "fal-ai/wan/v2.2-a14b/text-to-image": f"{COMMON} imageUrl",
    "gemini-3-pro-image": "size resolution seed quality style responseFormat outputFormat "
    "outputCompression mask enableWebSearch limitGenerations safetyTolerance syncMode "
    "allowFallbackModel safetyFilterLevel",
    "local/reframe": "seed",
    "fal-ai/whisper": HEARING,
    "fal-ai/wizper": HEARING,
    "fal-ai/minimax/voice-clone": f"{SPEAKING} audioUrl",
    "fal-ai/minimax/voice-design": f"{SPEAKING} prompt previewText",
    "fal-ai/minimax/speech-02-hd": SPEAKING,
    "fal-ai/minimax/speech-02-turbo": SPEAKING,
    "fal-ai/dia-tts": SPEAKING,
    "fal-ai/dia-tts/voice-clone": f"{SPEAKING} refAudioUrl refText",
    "resemble-ai/chatterboxhd/text-to-speech": f"{SPEAKING} audioUrl",
}
# Model, parameter, range, values, default.
FACTS: list[tuple[str, str, Any, str, Any]] = [
    ("fal-ai/nano-banana-pro/edit", "resolution", None, "1K 2K 4K", "1K"),
    ("fal-ai/nano-banana-pro/edit", "outputFormat", None, "jpeg png webp", "png"),
    ("fal-ai/nano-banana-pro/edit", "safetyTolerance", None, "1 2 3 4 5 6", "4"),
    ("fal-ai/nano-banana-pro/edit", "limitGenerations", None, "", False),
    ("fal-ai/nano-banana-pro/edit", "enableWebSearch", None, "", False),
    ("fal-ai/nano-banana/edit", "outputFormat", None, "jpeg png webp", "jpeg"),
    ("gemini-3-pro-image", "resolution", None, "", "1K"),
    ("gemini-3-pro-image", "outputCompression", (0, 100), "", None),
    ("gemini-3-pro-image", "mask", (None, 200_000), "", None),
    ("gemini-3-pro-image", "responseFormat", None, "url b64_json", "url"),
    ("gemini-3-pro-image", "outputFormat", None, "png jpeg gif webp avif", None),
    ("gemini-3-pro-image", "safetyTolerance", None, "1 2 3 4 5 6", None),
    (
        "gemini-3-pro-image",
        "safetyFilterLevel",
        None,
        "block_low_and_above block_medium_and_above block_only_high",
        None,
    ),
    ("fal-ai/nano-banana-2", "resolution", None, "0.5K 1K 2K 4K", "1K"),
    ("fal-ai/nano-banana-2", "limitGenerations", None, "", True),
    ("fal-ai/nano-banana-2", "thinkingLevel", None, "minimal high", None),
    ("fal-ai/qwen-image", "outputFormat", None, "jpeg png", "png"),
    ("fal-ai/qwen-image", "numInferenceSteps", (2, 250), "", 30),
    ("fal-ai/qwen-image", "guidanceScale", (0, 20), "", 2.5),
    ("fal-ai/qwen-image", "negativePrompt", None, "", " "),
    ("fal-ai/qwen-image", "acceleration", None, "none regular high", "none"),
    ("fal-ai/qwen-image", "enableSafetyChecker", None, "", True),
    ("fal-ai/qwen-image", "loras", (0, 3), "", []),
    ("fal-ai/qwen-image", "useTurbo", None, "", False),
    ("fal-ai/qwen-image-edit", "numInferenceSteps", (2, 50), "", 30),
    ("fal-ai/qwen-image-edit", "guidanceScale", (0, 20), "", 4),
    ("fal-ai/qwen-image-edit", "acceleration", None, "none regular high", "regular"),
    ("fal-ai/qwen-image-edit-plus", "numInferenceSteps", (2, 50), "", 28),
    ("fal-ai/qwen-image-edit-plus", "guidanceScale", (0, 20), "", 4.5),
    ("fal-ai/qwen-image-edit-plus", "outputFormat", None, "jpeg png webp", "png"),
    ("fal-ai/flux/dev", "guidanceScale", (1, 20), "", None),
    ("fal-ai/flux/dev", "numInferenceSteps", (1, 50), "", None),
    ("fal-ai/flux/dev", "outputFormat", None, "jpeg png", None),
    ("fal-ai/whisper", "diarize", None, "", True),
    ("fal-ai/whisper", "chunkLevel", None, "segment word", "segment"),
    ("fal-ai/wizper", "version", None, "3", "3"),
    ("fal-ai/wizper", "batchSize", (1, None), "", 64),
    ("fal-ai/dia-tts", "outputFormat", None, "url hex", "url"),
]
NINE = {"1:1", "16:9", "9:16", "4:3", "3:4", "16:10", "10:16", "21:9", "9:21"}


@pytest.mark.parametrize("model_id", DOCUMENTED)
def test_every_documented_parameter_of_a_model_is_there_and_no_other(model_id: str) -> None:
    names = [parameter.name for parameter in MODELS[model_id].parameters]
    assert sorted(names) == sorted(DOCUMENTED[model_id].split())


@pytest.mark.parametrize(("model_id", "name", "span", "values", "default"), FACTS)
def test_ranges_values_and_defaults_are_the_documented_ones(
    model_id: str, name: str, span: Any, values: str, default: Any
) -> None:
    parameter = MODELS[model_id].parameter(name)
    assert parameter
    assert (parameter.minimum, parameter.maximum) == (span or (None, None))
    assert parameter.values == tuple(values.split())
    assert parameter.default == default


@pytest.mark.parametrize(
    ("model_id", "count", "usual"),
    [
        ("fal-ai/nano-banana-pro/edit", 11, "auto"),
        ("fal-ai/nano-banana-pro", 11, "1:1"),
        ("fal-ai/nano-banana/edit", 11, None),
        ("fal-ai/nano-banana", 10, "1:1"),
        ("fal-ai/nano-banana-2/edit", 15, "auto"),
        ("fal-ai/nano-banana-2", 15, "auto"),
    ],
)
def test_googles_models_take_their_shapes_by_name(
    model_id: str, count: int, usual: str | None
) -> None:
    model = MODELS[model_id]
    assert len(model.aspect_ratios) == count
    assert settle(model).wire.get("aspect_ratio") == usual
    assert settle(model, ratio="21:9").wire["aspect_ratio"] == "21:9"


@pytest.mark.parametrize(
    ("ratio", "sent"),
    [
        ("1:1", "square_hd"),
        ("16:9", "landscape_16_9"),
        ("9:16", "portrait_16_9"),
        ("4:3", "landscape_4_3"),
        ("3:4", "portrait_4_3"),
        ("16:10", {"width": 1280, "height": 800}),
        ("10:16", {"width": 800, "height": 1280}),
        ("21:9", {"width": 2560, "height": 1080}),
        ("9:21", {"width": 1080, "height": 2560}),
    ],
)
def test_the_others_take_the_nine_shapes_as_sizes(ratio: str, sent: Any) -> None:
    others = [model for model in MODELS.values() if model.ratio_field == "image_size"]
    assert len(others) >= 13
    for model in others:
        assert set(model.aspect_ratios) == NINE
        assert settle(model, ratio=ratio).wire["image_size"] == sent


def test_kontext_is_told_its_shape_by_the_name_on_its_own_page_too() -> None:
    wire = settle(MODELS["fal-ai/flux-pro/kontext"], ratio="16:9").wire
    assert (wire["image_size"], wire["aspect_ratio"]) == ("landscape_16_9", "16:9")


def test_a_voice_is_set_within_the_documented_ranges() -> None:
    speaks = MODELS["fal-ai/minimax/speech-02-hd"]
    setting = speaks.parameter("voiceSetting")
    assert setting
    ranges = {each.wire: (each.minimum, each.maximum) for each in setting.fields}
    assert ranges == {
        "voice_id": (1, None),
        "speed": (0.5, 2),
        "vol": (0, 10),
        "pitch": (-12, 12),
        "emotion": (None, None),
        "english_normalization": (None, None),
    }
    asked = Options({"voiceSetting": {"voiceId": "Wise_Woman", "emotion": "happy", "pitch": -3}})
    assert settle(speaks, asked).wire["voice_setting"] == {
        "voice_id": "Wise_Woman",
        "emotion": "happy",
        "pitch": -3,
    }
    with pytest.raises(Refused, match="emotion"):
        settle(speaks, Options({"voiceSetting": {"emotion": "bored"}}))


def test_the_languages_to_listen_for_are_the_documented_ones() -> None:
    boost = MODELS["fal-ai/minimax/speech-02-turbo"].parameter("languageBoost")
    assert boost
    assert len(boost.values) == 25
    assert {"Chinese,Yue", "Hindi", "auto"} <= set(boost.values)


@pytest.mark.parametrize(
    ("model_id", "subject"), [("fal-ai/whisper", "audioUrl"), ("fal-ai/dia-tts", "text")]
)
def test_what_is_heard_or_said_is_no_option(model_id: str, subject: str) -> None:
    with pytest.raises(Refused, match="argument of its own"):
        settle(MODELS[model_id], Options(extra={subject: "https://example.com/a.mp3"}))


@pytest.mark.parametrize(
    ("model_id", "options", "says"),
    [
        ("fal-ai/nano-banana-pro", {"syncMode": True}, "missing from the provider's history"),
        ("fal-ai/flux/dev", {"syncMode": True}, "missing from the provider's history"),
        ("fal-ai/qwen-image", {"syncMode": True}, "missing from the provider's history"),
        (
            "fal-ai/qwen-image",
            {"useTurbo": True, "numInferenceSteps": 50},
            "in 10 steps with a guidance of 1.2, whatever else is asked",
        ),
    ],
)
def test_a_choice_that_costs_something_says_so_where_it_is_made(
    model_id: str, options: dict[str, Any], says: str
) -> None:
    notes = settle(MODELS[model_id], Options(options)).notes
    assert any(says in note.reason for note in notes)


def test_presets_have_their_sizes() -> None:
    size = MODELS["fal-ai/qwen-image"].parameter("imageSize")
    assert size
    assert size.dimensions("portrait_16_9") == (576, 1024)
    assert size.conform({"width": 14142, "height": 1})
    with pytest.raises(Refused, match="14143"):
        settle(MODELS["fal-ai/qwen-image"], Options({"imageSize": {"width": 14143, "height": 1}}))


def test_what_each_takes_in_and_makes() -> None:
    pro = MODELS["fal-ai/nano-banana-pro/edit"]
    assert (pro.image_field, pro.takes_list, pro.most_inputs, pro.most_images) == (
        "image_urls", True, 14, 4
    )  # fmt: skip
    one = MODELS["fal-ai/qwen-image-edit"]
    assert (one.image_field, one.takes_list, one.most_inputs) == ("image_url", False, 1)
    assert MODELS["fal-ai/nano-banana-pro"].most_inputs == 0
    assert MODELS["fal-ai/nano-banana"].lifecycle.retires_on == date(2026, 10, 2)


def test_what_a_queue_knows_can_be_recovered() -> None:
    assert {m.recoverable for m in MODELS.values() if m.provider == "fal"} == {True}
    assert not MODELS["google/gemini-3.8-flash"].recoverable
    one_breath = MODELS["gemini-3-pro-image"]
    assert not one_breath.recoverable
    assert "SUBMIT_UNKNOWN" in (one_breath.lifecycle.note or "")


def test_every_row_is_told_in_sentences() -> None:
    for model in MODELS.values():
        texts = [model.description, model.lifecycle.note or "None."]
        for parameter in model.parameters:
            texts += [parameter.description, parameter.disputed or "None."]
        assert [text for text in texts if not text.endswith(".")] == []


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "models.toml"


def read(own: Path, text: str) -> dict[str, Model]:
    own.write_text(text)
    return {model.id: model for model in load_models(own)}


def test_a_further_model_needs_but_an_id_and_a_set(own: Path) -> None:
    models = read(own, '[[model]]\nid = "fal-ai/new/one"\ninclude = ["any_fal_image"]')
    new = models["fal-ai/new/one"]
    assert (new.provider, new.kind, new.endpoint) == (
        "fal", ModelKind.TEXT_TO_IMAGE, "fal-ai/new/one"
    )  # fmt: skip
    assert settle(new, Options({"strength": 0.5}), ratio="4:3").wire == {
        "num_images": 1,
        "image_size": "landscape_4_3",
        "strength": 0.5,
    }
    assert models.keys() - MODELS.keys() == {"fal-ai/new/one"}


def test_a_shipped_row_is_changed_part_by_part(own: Path) -> None:
    models = read(
        own,
        """
        [[model]]
        id = "fal-ai/nano-banana-pro/edit"
        endpoint = "fal-ai/gemini-3-pro-image-preview/edit"
        retires_on = 2027-01-31
        parameters.seed = false
        parameters.resolution = { default = "2K" }
        parameters.newOne = { type = "BOOLEAN", description = "New." }
        """,
    )
    before, after = (rows["fal-ai/nano-banana-pro/edit"] for rows in (MODELS, models))
    assert after.endpoint == "fal-ai/gemini-3-pro-image-preview/edit"
    assert after.lifecycle.retires_on == date(2027, 1, 31)
    assert after.parameter("seed") is None
    assert after.aspect_ratios == before.aspect_ratios
    resolution, new = after.parameter("resolution"), after.parameter("newOne")
    assert resolution
    assert new
    assert (resolution.default, resolution.values) == ("2K", ("1K", "2K", "4K"))
    assert new.wire == "new_one"
    rest = [m for m in models.values() if m.id != after.id]
    assert rest == [m for m in MODELS.values() if m.id != after.id]


def test_sets_of_ones_own_may_include_those_shipped(own: Path) -> None:
    models = read(
        own,
        """
        [set.house]
        include = ["any_fal_edit"]
        parameters.strength = { minimum = 0, maximum = 1 }
        [[model]]
        id = "fal-ai/new/edit"
        include = ["house"]
        description = "Ours."
        """,
    )
    strength = models["fal-ai/new/edit"].parameter("strength")
    assert strength
    assert (strength.minimum, strength.maximum, strength.wire) == (0, 1, "strength")


def test_which_model_lumenfall_is_asked_for_is_configuration(own: Path) -> None:
    sampled = MODELS["gemini-3-pro-image"]
    assert sampled.endpoint == "gemini-3-pro-image-preview"
    own.write_text('[[model]]\nid = "gemini-3-pro-image"\nendpoint = "vertex/gemini-3-pro-image"')
    (changed,) = [model for model in load_models(own) if model.id == sampled.id]
    assert changed.endpoint == "vertex/gemini-3-pro-image"
    assert changed.sizes == sampled.sizes
