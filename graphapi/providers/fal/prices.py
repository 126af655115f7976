"""Live prices, from fal.ai's platform API.

What is told is the account's own price for one unit, discounts included; how many units a request
takes (4K takes two) is said elsewhere. Source: fal.ai/docs, platform-apis, models/pricing.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeGuard
from urllib.parse import urlencode

from graphapi.domain.failures import JobErrorCode
from graphapi.errors import ProviderError, Rejected, Throttled
from graphapi.ports.prices import LivePrice
from graphapi.providers.fal.errors import ABOUT_THE_KEY, SENTENCES, code_of, fault_of, later
from graphapi.providers.http import Reply, Wire

# How many models one call may name.
_BATCH = 50
# Nothing that is sold by the unit costs this much.
_MOST = 1_000_000
_MAX_WORDS = 64


async def read_prices(
    wire: Wire, api_url: str, headers: Mapping[str, str], models: Sequence[str]
) -> dict[str, LivePrice]:
    """Read the prices of these models; those fal.ai names none for are left out.

    Raises Throttled when asking again later may help, Rejected when the key is not accepted.
    """
    found: dict[str, LivePrice] = {}
    for start in range(0, len(models), _BATCH):
        query = urlencode([("endpoint_id", model) for model in models[start : start + _BATCH]])
        reply = await wire.ask("GET", f"{api_url}/models/pricing?{query}", headers)
        found |= _prices(reply)
    return {model: found[model] for model in models if model in found}


def _prices(reply: Reply) -> dict[str, LivePrice]:
    if not reply.ok:
        raise _error(reply)
    listed = (reply.json_object() or {}).get("prices")
    if not isinstance(listed, list):
        raise Throttled(
            JobErrorCode.PROVIDER_FAILED,
            "fal.ai answered the question for prices with something that is no list of them.",
        )
    read = ((item.get("endpoint_id"), _price(item)) for item in listed if isinstance(item, dict))
    return {model: price for model, price in read if isinstance(model, str) and price}


def _price(item: dict[str, Any]) -> LivePrice | None:
    amount, unit, currency = (item.get(name) for name in ("unit_price", "unit", "currency"))
    if not _is_words(unit) or not _is_words(currency) or isinstance(amount, bool):
        return None
    try:
        price = Decimal(str(amount))
    except InvalidOperation:
        return None
    if not price.is_finite() or not 0 <= price < _MOST:
        return None
    return LivePrice(price, unit, currency.upper(), datetime.now(UTC))


def _is_words(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= _MAX_WORDS and value.isprintable()


def _error(reply: Reply) -> ProviderError:
    code = code_of(fault_of(reply), reply.status)
    if reply.status in ABOUT_THE_KEY:
        return Rejected(code, SENTENCES[code])
    return later(JobErrorCode.PROVIDER_UNAVAILABLE, reply)
