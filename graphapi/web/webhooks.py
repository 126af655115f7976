"""POST /webhooks/fal/{token}: what fal.ai tells of a request's end.

The token in the address is secret: it is in no log line, and an unknown one is answered as an
address that does not exist.
"""

import asyncio
import logging
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from graphapi.errors import DeliveryFault, DeliveryRefused
from graphapi.ports.webhooks import MAX_DELIVERY_BYTES
from graphapi.services.deliveries import Deliveries
from graphapi.web.errors import error_response

logger = logging.getLogger(__name__)

# The provider itself gives up after 15 seconds.
_PATIENCE_SECONDS: Final = 10.0
_STATUSES: Final = {
    DeliveryFault.TOO_LARGE: 413,
    DeliveryFault.UNREADABLE: 400,
    DeliveryFault.KEYS_UNREACHABLE: 503,
}
_FORBIDDEN: Final = 403
_PROVIDER: Final = "fal"


class WebhookEndpoint:
    """Takes deliveries in; answers 200 once what they tell is written down."""

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    async def receive(self, request: Request) -> Response:
        """Check the address, then the size, then who signed it; only then believe it."""
        token = request.path_params["token"]
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                if not await self._deliveries.expects(_PROVIDER, token):
                    return error_response(404, "NOT_FOUND", "There is nothing at this address.")
                body = await _read(request)
                await self._deliveries.receive(_PROVIDER, token, request.headers, body)
        except DeliveryRefused as refusal:
            logger.warning("A webhook was refused: %s", refusal.message)
            status = _STATUSES.get(refusal.fault, _FORBIDDEN)
            return error_response(status, refusal.fault.value, refusal.message)
        except (ClientDisconnect, TimeoutError):
            return _later()
        except Exception:
            # Not left to the server, whose line would name the address and the token in it.
            logger.exception("A webhook could not be taken in")
            return _later()
        return JSONResponse({"received": True})


async def _read(request: Request) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_DELIVERY_BYTES:
            raise DeliveryRefused(DeliveryFault.TOO_LARGE, "The delivery is too large.")
    return bytes(content)


def _later() -> Response:
    return error_response(503, "UNAVAILABLE", "The delivery cannot be taken in now. Try again.")
