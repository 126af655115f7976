"""Recordings: what was said, in sound and in words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from graphapi.domain.normalisation import Normalisation
from graphapi.domain.standing import Standing


class AudioType(StrEnum):
    """The kinds of sound that are kept, each by its content type."""

    AAC = "audio/aac"
    FLAC = "audio/flac"
    M4A = "audio/mp4"
    MP3 = "audio/mpeg"
    OGG = "audio/ogg"
    WAV = "audio/wav"
    WEBM = "audio/webm"


EXTENSIONS = {
    AudioType.AAC: "aac",
    AudioType.FLAC: "flac",
    AudioType.M4A: "m4a",
    AudioType.MP3: "mp3",
    AudioType.OGG: "ogg",
    AudioType.WAV: "wav",
    AudioType.WEBM: "webm",
}
# For a person to read.
ACCEPTED_IN_WORDS = "WAV, MP3, AAC, M4A, Ogg (Opus or Vorbis), FLAC or WebM"
# Other names that these types go by.
ALIASES = {
    "audio/aacp": AudioType.AAC,
    "audio/x-aac": AudioType.AAC,
    "audio/x-hx-aac-adts": AudioType.AAC,
    "audio/x-flac": AudioType.FLAC,
    "audio/m4a": AudioType.M4A,
    "audio/x-m4a": AudioType.M4A,
    "video/mp4": AudioType.M4A,
    "audio/mp3": AudioType.MP3,
    "application/ogg": AudioType.OGG,
    "audio/opus": AudioType.OGG,
    "audio/x-wav": AudioType.WAV,
    "audio/wave": AudioType.WAV,
    "audio/vnd.wave": AudioType.WAV,
    "video/webm": AudioType.WEBM,
}
ACCEPTED_AUDIO = frozenset({*(each.value for each in AudioType), *ALIASES})
# An hour of well compressed speech, or ten minutes of it uncompressed.
MAX_AUDIO_BYTES = 50 * 2**20


class RecordingKind(StrEnum):
    """What a model did to make a recording."""

    TRANSCRIPTION = "TRANSCRIPTION"
    SPEECH = "SPEECH"


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of what was said. `start` and `end` are in seconds, null when nobody knows."""

    text: str
    start: float | None = None
    end: float | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Audio:
    """Sound in storage."""

    key: str
    content_type: str
    byte_count: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Recording:
    """Something said: `audio` is its sound and `text` its words, each once it is there.

    `seconds` is how long it lasts, as far as anybody said. Of an upload that no model was asked
    about `model` is None, and so is its standing's status. `metadata` is what the provider said
    beside, `normalised` what became of the parameters that it was asked with.
    """

    id: str
    owner_id: str
    version: int
    changed_seq: int
    created_at: datetime
    standing: Standing
    audio: Audio | None = None
    text: str | None = None
    segments: tuple[Segment, ...] = ()
    language: str | None = None
    provider: str | None = None
    model: str | None = None
    metadata: dict[str, Any] | None = None
    seconds: float | None = None
    normalised: tuple[Normalisation, ...] = ()
    deleted: bool = False
