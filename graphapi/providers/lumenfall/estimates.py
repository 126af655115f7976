"""What Lumenfall says a request would cost.

A dry run, `?dryRun=true`, is checked and priced, and neither done nor charged for: `{"estimated":
true, "provider", "total_cost_micros", "currency", ...}`. Source: docs.lumenfall.ai,
api-reference/cost-estimation.
"""

from datetime import UTC, datetime
from decimal import Decimal

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.money import MOST_MICROS, dollars_of
from graphapi.errors import Rejected, Throttled
from graphapi.ports.prices import LivePrice
from graphapi.providers.http import Reply
from graphapi.providers.lumenfall.errors import SENTENCES, code_of, fault_of

# A word in a picture costs as much as a thousand: only its parameters count.
PROMPT = "A grey square."


def estimate(reply: Reply) -> LivePrice:
    """Read the answer to a dry run as the price of a request; raises ProviderError."""
    if not reply.ok:
        code = code_of(fault_of(reply), reply.status)
        raise Rejected(code, SENTENCES[code])
    body = reply.json_object() or {}
    micros, currency = body.get("total_cost_micros"), body.get("currency")
    told = body.get("estimated") is True and isinstance(currency, str)
    if not told or type(micros) is not int or not 0 <= micros <= MOST_MICROS:
        raise Throttled(
            JobErrorCode.PROVIDER_FAILED, "Lumenfall answered a dry run with no estimate."
        )
    return LivePrice(Decimal(dollars_of(micros)), "request", str(currency), datetime.now(UTC))
