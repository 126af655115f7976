"""What a caller may tell a model of sound beside what it is to hear or to say."""

from dataclasses import fields
from typing import Any

import strawberry
from strawberry.scalars import JSON
from strawberry.utils.str_converters import to_camel_case

from graphapi.domain.options import Options


def _option(description: str) -> Any:
    return strawberry.field(default=None, description=description)


_EXTRA = (
    "Parameters by the provider's own names, as a JSON object. Those of the model's row are "
    "checked like the others; what nobody here knows goes out untouched. What arguments decide "
    "(the model, and what is heard or said) is refused, however it is spelled."
)


@strawberry.input(
    description="What to tell a model that writes down what is said. Which of these it takes is in "
    "the `parameters` of `model(id: ...)`; one that it does not take is refused."
)
class TranscriptionOptionsInput:
    """The parameters of the models that hear, by our names."""

    task: str | None = _option("`transcribe` keeps the language, `translate` writes English.")
    language: str | None = _option(
        "The ISO code of the language that is spoken; without it, the model finds out."
    )
    diarize: bool | None = _option("Whether to tell the speakers apart; without it, they are.")
    chunk_level: str | None = _option("How long a piece is: `segment`, or `word`.")
    version: str | None = _option("The version of the model, `3`.")
    batch_size: int | None = _option("How many pieces are worked on at once; without it, 64.")
    num_speakers: int | None = _option("How many people speak; without it, the model finds out.")
    extra: JSON | None = _option(_EXTRA)


@strawberry.input(description="How a voice sounds.")
class VoiceSettingInput:
    """The voice of a speech."""

    voice_id: str | None = _option("The voice, by its id.")
    speed: float | None = _option("How fast it speaks, 0.5 to 2.")
    vol: float | None = _option("How loud it is, 0 to 10.")
    pitch: int | None = _option("How high it is, in steps from its own, -12 to 12.")
    emotion: str | None = _option("What it feels, such as `happy`, `sad` or `neutral`.")
    english_normalization: bool | None = _option(
        "Whether numbers and the like are read as English does."
    )


@strawberry.input(
    description="What to tell a model that speaks. Which of these it takes is in the `parameters` "
    "of `model(id: ...)`; one that it does not take is refused."
)
class SpeechOptionsInput:
    """The parameters of the models that speak, by our names."""

    voice: str | None = _option("The voice, by the model's own name for it.")
    speed: float | None = _option("How fast it is spoken, in the model's own measure.")
    output_format: str | None = _option(
        "How the sound comes from the provider, `url` or `hex`; it is stored here anyway."
    )
    voice_setting: VoiceSettingInput | None = _option("How the voice sounds.")
    audio_setting: JSON | None = _option(
        "The form of the sound, as a JSON object in the model's own words."
    )
    pronunciation_dict: JSON | None = _option(
        "How certain words are said, as a JSON object in the model's own words."
    )
    language_boost: str | None = _option(
        "The language to listen for in the text, such as `English`, or `auto`."
    )
    audio_url: str | None = _option("The address of a recording of the voice.")
    ref_audio_url: str | None = _option("The address of a recording of the voices.")
    ref_text: str | None = _option("What is said in that recording.")
    prompt: str | None = _option("What a voice that is made up is like.")
    preview_text: str | None = _option("What a voice that is made up says to introduce itself.")
    extra: JSON | None = _option(_EXTRA)


def chosen(options: TranscriptionOptionsInput | SpeechOptionsInput | None) -> Options:
    """Tell what was asked for."""
    if options is None:
        return Options()
    given = _given(options)
    extra = given.pop("extra", {})
    return Options(given, extra)


def _given(options: Any) -> dict[str, Any]:
    """Tell what was not left open, by our names in camel case."""
    values = {each.name: getattr(options, each.name) for each in fields(options)}
    return {
        to_camel_case(name): _given(value) if isinstance(value, VoiceSettingInput) else value
        for name, value in values.items()
        if value is not None
    }
