"""What a model of sound brings, whoever tells of it."""

from dataclasses import dataclass, field
from typing import Any

from graphapi.domain.recordings import Segment


@dataclass(frozen=True, slots=True)
class SoundResult:
    """A finished request: the words of a transcription, or the sound of a speech.

    `text`, `segments` and `language` are what was heard. `url` is where the sound that was made is
    fetched from, `content` the sound itself where it came inside the answer. `seconds` is how long
    it lasts, as far as the provider says; `raw` is its whole answer, without contents.
    """

    text: str | None = None
    segments: tuple[Segment, ...] = ()
    language: str | None = None
    url: str | None = None
    content: bytes | None = None
    seconds: float | None = None
    billable_units: float | None = None
    charged_micros: int | None = None
    raw: dict[str, Any] = field(default_factory=dict)
