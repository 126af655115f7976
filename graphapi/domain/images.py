"""The words for images: statuses, shapes, measured facts, and who wrote what."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class AiStatus(StrEnum):
    """Where the models stand with an image."""

    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


IN_FLIGHT = (AiStatus.QUEUED, AiStatus.PROCESSING)


class ReviewStatus(StrEnum):
    """How far a person has taken an image."""

    DRAFT = "DRAFT"
    PENDING = "PENDING"
    ACTIVE = "ACTIVE"


class SourceType(StrEnum):
    """How an image came into the library."""

    UPLOAD = "UPLOAD"
    URL = "URL"
    AI = "AI"


class AspectRatio(StrEnum):
    """The shape of a frame, as width to height."""

    RATIO_16_9 = "16:9"
    RATIO_9_16 = "9:16"
    RATIO_1_1 = "1:1"
    RATIO_4_3 = "4:3"
    RATIO_3_4 = "3:4"

    @property
    def width(self) -> int:
        """Tell the ratio's width."""
        return int(self.value.split(":")[0])

    @property
    def height(self) -> int:
        """Tell the ratio's height."""
        return int(self.value.split(":")[1])


class Author(StrEnum):
    """Who wrote a field of an image last."""

    PERSON = "person"
    MODEL = "model"
    PIXELS = "pixels"


class Size(StrEnum):
    """The derived sizes kept beside every picture."""

    PREVIEW = "preview"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


# The box, in pixels, that each derived picture fits inside; never enlarged.
SIZE_BOXES: dict[Size, tuple[int, int]] = {
    Size.PREVIEW: (640, 360),
    Size.SMALL: (320, 320),
    Size.MEDIUM: (960, 960),
    Size.LARGE: (1920, 1920),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """The measured facts of stored pixels.

    `key` is where the full picture lies in storage; `derivatives` the same for each size.
    `colors` are five `#rrggbb`; `placeholder` is a base64 thumbhash.
    """

    key: str
    content_type: str
    width: int
    height: int
    byte_count: int
    sha256: str
    placeholder: str
    colors: tuple[str, ...]
    derivatives: dict[Size, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProviderMetadata:
    """What a provider said about a result, as it said it; null where it said nothing."""

    nsfw: bool | None = None
    width: int | None = None
    height: int | None = None
    content_type: str | None = None
    seed: int | None = None
    description: str | None = None
    timings: dict[str, Any] | None = None
