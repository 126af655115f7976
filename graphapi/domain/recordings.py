"""Recordings: what was said, in sound and in words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from graphapi.domain.normalisation import Normalisation
from graphapi.domain.standing import Standing


class AudioType(StrEnum):
    """The kinds of sound that are kept, each by its content type."""

    FLAC = "audio/flac"
    M4A = "audio/mp4"
    MP3 = "audio/mpeg"
    OGG = "audio/ogg"
    WAV = "audio/wav"
    WEBM = "audio/webm"


EXTENSIONS = {
    AudioType.FLAC: "flac",
    AudioType.M4A: "m4a",
    AudioType.MP3: "mp3",
    AudioType.OGG: "ogg",
    AudioType.WAV: "wav",
    AudioType.WEBM: "webm",
}
# Other names that these types go by.
ALIASES = {
    "audio/x-flac": AudioType.FLAC,
    "audio/m4a": AudioType.M4A,
    "audio/x-m4a": AudioType.M4A,
    "video/mp4": AudioType.M4A,
    "audio/mp3": AudioType.MP3,
    "application/ogg": AudioType.OGG,
    "audio/x-wav": AudioType.WAV,
    "audio/wave": AudioType.WAV,
    "audio/vnd.wave": AudioType.WAV,
    "video/webm": AudioType.WEBM,
}
ACCEPTED_AUDIO = frozenset({*(each.value for each in AudioType), *ALIASES})
# An hour of well compressed speech, or ten minutes of it uncompressed.
MAX_AUDIO_BYTES = 50 * 2**20


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


def audio_type(content: bytes) -> AudioType | None:
    """Tell by its first bytes what kind of sound this is; None for anything else.

    The marks are those of RIFF/WAVE, ID3 and MPEG frames, ISO base media files, Ogg, FLAC and EBML.
    """
    head = content[:12]
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return AudioType.WAV
    if head[4:8] == b"ftyp":
        return AudioType.M4A
    marks = {
        b"OggS": AudioType.OGG,
        b"fLaC": AudioType.FLAC,
        b"\x1a\x45\xdf\xa3": AudioType.WEBM,
    }
    if head[:4] in marks:
        return marks[head[:4]]
    return AudioType.MP3 if head[:3] == b"ID3" or _is_mpeg_frame(head) else None


def _is_mpeg_frame(head: bytes) -> bool:
    """Tell an MPEG frame of layer III by its sync word, and by what no frame may say."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004 - the sync word
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bit_rate, sampling = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and bit_rate not in {0, 15} and sampling != 3  # noqa: PLR2004 - reserved
