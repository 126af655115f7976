"""What fal.ai's models of sound answer, read as hostile input.

Sources: the answers that the AI SDK's fal provider reads (@ai-sdk/fal 3): of a transcription
`{text, chunks: [{text, timestamp: [start, end]}], inferred_languages}`, of a speech
`{audio: {url}, duration_ms}`; with `output_format` `hex` the sound is digits.
"""

import base64
import math
from typing import Any

from graphapi.domain.audio_marks import audio_type
from graphapi.domain.recordings import Segment
from graphapi.ports.editing import EditResult
from graphapi.ports.sound_result import SoundResult
from graphapi.providers.fal.results import edit_result, nothing_made, units

_MOST_SEGMENTS = 50_000
_LONGEST_TEXT = 2_000_000
_LONGEST_URL = 8000
_INSIDE, _SOUND = "data:", "data:audio/"


def any_result(body: dict[str, Any]) -> EditResult | SoundResult:
    """Read a finished result, of which it is not said what was asked for; raises Rejected."""
    if "images" in body or not ("audio" in body or isinstance(body.get("text"), str)):
        return edit_result(body)
    return speech(body) if "audio" in body else transcript(body)


def transcript(body: dict[str, Any], billable_units: str = "") -> SoundResult:
    """Read what was heard; raises Rejected with INVALID_OUTPUT when there are no words."""
    text = body.get("text")
    if not isinstance(text, str) or len(text) > _LONGEST_TEXT:
        raise nothing_made("a text", billable_units)
    chunks = body.get("chunks")
    listed = chunks[:_MOST_SEGMENTS] if isinstance(chunks, list) else []
    segments = tuple(segment for each in listed if (segment := _segment(each)) is not None)
    ends = [segment.end for segment in segments if segment.end is not None]
    return SoundResult(
        text=text.strip(),
        segments=segments,
        language=_language(body),
        seconds=max(ends, default=None),
        billable_units=units(billable_units),
        raw={name: value for name, value in body.items() if name not in {"text", "chunks"}},
    )


def speech(body: dict[str, Any], billable_units: str = "") -> SoundResult:
    """Read what was said; raises Rejected with INVALID_OUTPUT when there is no sound."""
    audio = body.get("audio")
    url = audio.get("url") if isinstance(audio, dict) else None
    content = _inside(url if url is not None else audio)
    fetchable = _is_address(url)
    if content is None and not fetchable:
        raise nothing_made("a sound", billable_units)
    milliseconds = _seconds(body.get("duration_ms"))
    return SoundResult(
        url=url if fetchable else None,
        content=content,
        seconds=None if milliseconds is None else milliseconds / 1000,
        billable_units=units(billable_units),
        raw=body if content is None else {**body, "audio": None},
    )


def _segment(chunk: Any) -> Segment | None:
    text = chunk.get("text") if isinstance(chunk, dict) else None
    if not isinstance(text, str):
        return None
    stamp, speaker = chunk.get("timestamp"), chunk.get("speaker")
    span = stamp if isinstance(stamp, list) and len(stamp) == 2 else (None, None)  # noqa: PLR2004 - from, to
    name = speaker[:80] if isinstance(speaker, str) and speaker else None
    return Segment(text.strip(), _seconds(span[0]), _seconds(span[1]), name)


def _seconds(value: Any) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and math.isfinite(value) and value >= 0 else None


def _language(body: dict[str, Any]) -> str | None:
    for name in ("inferred_languages", "languages"):
        found = body.get(name)
        first = found[0] if isinstance(found, list) and found else None
        if isinstance(first, str) and first:
            return first[:40]
    return None


def _is_address(url: Any) -> bool:
    return (
        isinstance(url, str)
        and url.startswith(("https://", "http://"))
        and len(url) <= _LONGEST_URL
    )


def _inside(sound: Any) -> bytes | None:
    """Read a sound that came inside the answer: as a data URI, or as hexadecimal digits.

    A data URI of another type holds a sound if its bytes begin as one does.
    """
    if not isinstance(sound, str) or not sound or _is_address(sound):
        return None
    try:
        if sound.startswith(_INSIDE):
            head, _, data = sound.partition(",")
            content = base64.b64decode(data, validate=True) if head.endswith(";base64") else b""
            is_sound = bool(content) and (head.startswith(_SOUND) or audio_type(content))
            return content if is_sound else None
        return bytes.fromhex(sound)
    except ValueError:
        return None
