"""What a provider says it charges, at the moment it is asked."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class LivePrice:
    """The price of one `unit` (an image, a megapixel, a second ...), as told at `read_at`.

    `currency` is an ISO 4217 code.
    """

    unit_price: Decimal
    unit: str
    currency: str
    read_at: datetime
