"""Vision-language models: what we ask about a picture and what may be answered."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from graphapi.domain.analysis import AnalysedFields, AnalysisContext


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """One paid request to describe one picture.

    `content` is a JPEG of at most 1536 px a side. `models` is the order of preference.
    """

    job_id: str
    models: tuple[str, ...]
    content: bytes
    context: AnalysisContext
    groups: tuple[str, ...]
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnalysisResult:
    """A finished analysis. `cost_usd` is the provider's own figure, None when it gave none.

    `bill_source` says of what that is made up, where it is of more than one charge.
    """

    fields: AnalysedFields
    model: str
    request_id: str | None = None
    cost_usd: float | None = None
    bill_source: str | None = None
    raw: dict[str, Any] = field(default_factory=dict)


class Analyst(Protocol):
    """One provider of image analysis; always synchronous. Errors as for `ports.editing`."""

    @property
    def provider(self) -> str:
        """Name the provider, as stored on jobs."""

    @property
    def repeatable(self) -> bool:
        """Tell whether a lost request may simply be sent again."""

    @property
    def slots(self) -> int | None:
        """Tell how many requests may be under way at once."""

    async def analyse(self, request: AnalysisRequest) -> AnalysisResult:
        """Describe a picture; the answer is treated as hostile, validated and capped."""

    async def close(self) -> None:
        """Close connections."""
