"""What Lumenfall says that it charges, with a picture or with a failure."""

import math
from decimal import Decimal
from typing import Any

from graphapi.domain.money import CURRENCY, micros_of

# Dollars that no ten pictures cost: a larger figure is in some other unit.
_MOST_DOLLARS = 1000


def charged(metadata: Any) -> int | None:
    """Read the bill, in millionths of a US dollar; None when there is none in dollars."""
    if not isinstance(metadata, dict):
        return None
    cost, currency = metadata.get("cost"), metadata.get("cost_currency")
    if not isinstance(currency, str) or currency.upper() != CURRENCY:
        return None
    if isinstance(cost, bool) or not isinstance(cost, int | float) or not math.isfinite(cost):
        return None
    return micros_of(Decimal(str(cost))) if 0 <= cost <= _MOST_DOLLARS else None
