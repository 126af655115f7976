"""The models that can be asked, as the registry knows them."""

from dataclasses import dataclass
from enum import StrEnum

from graphapi.domain.images import AspectRatio
from graphapi.domain.money import UNKNOWN_CARD, PriceCard


class ModelKind(StrEnum):
    """What a model does."""

    EDIT = "EDIT"
    ANALYSIS = "ANALYSIS"


@dataclass(frozen=True, slots=True)
class Model:
    """One model. `unusable` says why it cannot be asked now; null when it can.

    `price_card` is what it charges, as far as anybody said.
    """

    id: str
    provider: str
    kind: ModelKind
    description: str
    aspect_ratios: tuple[AspectRatio, ...] = ()
    unusable: str | None = None
    default: bool = False
    price_card: PriceCard = UNKNOWN_CARD
