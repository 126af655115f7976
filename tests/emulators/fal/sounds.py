"""The emulated models of sound: they hear how long a recording is, and speak in silence.

Inputs and answers are those that the AI SDK's fal provider sends and reads (@ai-sdk/fal 3).
"""

import io
import wave
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from pydantic import BaseModel, Field

from tests.emulators.fal.cdn import Cdn, Media
from tests.emulators.fal.jobs import Answer, Job
from tests.emulators.fal.models import InputError, checked_by

RATE = 8000
WORDS_A_SECOND = 2


class Transcription(BaseModel):
    """`fal-ai/whisper` and `fal-ai/wizper`; fields they do not know are ignored, as fal.ai does."""

    audio_url: str
    task: Literal["transcribe", "translate"] = "transcribe"
    language: str | None = None
    diarize: bool = False
    chunk_level: Literal["none", "segment", "word"] = "segment"
    version: Literal["3"] = "3"
    batch_size: int = Field(64, ge=1)
    num_speakers: int | None = Field(None, ge=1)


class VoiceSetting(BaseModel):
    """How a voice sounds."""

    voice_id: str | None = None
    speed: float = Field(1, ge=0.5, le=2)
    vol: float = Field(1, ge=0, le=10)
    pitch: int = Field(0, ge=-12, le=12)
    emotion: (
        Literal["happy", "sad", "angry", "fearful", "disgusted", "surprised", "neutral"] | None
    ) = None
    english_normalization: bool = False


class Speech(BaseModel):
    """The seven models that speak."""

    text: str = Field(min_length=1)
    output_format: Literal["url", "hex"] = "url"
    voice: str | None = None
    speed: float | None = None
    voice_setting: VoiceSetting | None = None
    audio_setting: dict[str, Any] | None = None
    pronunciation_dict: dict[str, Any] | None = None
    language_boost: str | None = None
    audio_url: str | None = None
    ref_audio_url: str | None = None
    ref_text: str | None = None
    prompt: str | None = None
    preview_text: str | None = None


SOUNDS: dict[str, type[BaseModel]] = {
    "fal-ai/whisper": Transcription,
    "fal-ai/wizper": Transcription,
    "fal-ai/minimax/voice-clone": Speech,
    "fal-ai/minimax/voice-design": Speech,
    "fal-ai/minimax/speech-02-hd": Speech,
    "fal-ai/minimax/speech-02-turbo": Speech,
    "fal-ai/dia-tts": Speech,
    "fal-ai/dia-tts/voice-clone": Speech,
    "resemble-ai/chatterboxhd/text-to-speech": Speech,
}

Fetch = Callable[[str], Awaitable[bytes]]


async def sounded(job: Job, cdn: Cdn, fetch: Fetch) -> Answer:
    """Hear or say what a job asks; raises InputError."""
    asked = checked_by(SOUNDS[job.endpoint], job.input)
    if isinstance(asked, Transcription):
        body = _heard(asked, await fetch(asked.audio_url))
    else:
        body = _said(job, cdn, asked)
    return Answer(200, {**body, **job.outcome.extra}, {"X-Fal-Billable-Units": "1"})


def silence(seconds: float) -> bytes:
    """Make a recording of nothing, as WAV."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(bytes(2 * int(RATE * seconds)))
    return file.getvalue()


def _heard(asked: Transcription, content: bytes) -> dict[str, Any]:
    try:
        with wave.open(io.BytesIO(content)) as sound:
            seconds = sound.getnframes() / sound.getframerate()
    except (wave.Error, EOFError):
        raise InputError(
            {"loc": ["body", "audio_url"], "msg": "No audio.", "type": "audio_load_error"}
        ) from None
    words = f" Later, she turns. It lasts {seconds:g} seconds.".split(" ")[1:]
    pieces = words if asked.chunk_level == "word" else [" ".join(words[:3]), " ".join(words[3:])]
    step = seconds / len(pieces)
    return {
        "text": f" {' '.join(words)}",
        "chunks": [
            {
                "timestamp": [number * step, (number + 1) * step],
                "text": f" {piece}",
                "speaker": "SPEAKER_00" if asked.diarize else None,
            }
            for number, piece in enumerate(pieces)
        ],
        "inferred_languages": [asked.language or "en"],
        "diarization_segments": [],
    }


def _said(job: Job, cdn: Cdn, asked: Speech) -> dict[str, Any]:
    seconds = len(asked.text.split()) / WORDS_A_SECOND
    content = silence(seconds)
    if asked.output_format == "hex":
        return {"audio": content.hex(), "duration_ms": 1000 * seconds}
    media = Media(content, "audio/wav", job.outcome.media)
    audio = {"url": cdn.keep(job.base_url, "speech.wav", media), "content_type": "audio/wav"}
    body: dict[str, Any] = {"audio": audio, "duration_ms": 1000 * seconds}
    return body | ({"custom_voice_id": "voice-1"} if "/voice-" in job.endpoint else {})
