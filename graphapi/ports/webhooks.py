"""What a provider tells us unasked: that a request has ended, and how."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from graphapi.domain.failures import Failure
from graphapi.ports.editing import EditResult
from graphapi.ports.sound_result import SoundResult

# A result is a few kilobytes of addresses; one with pictures inside is fetched by its id instead.
MAX_DELIVERY_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """A delivery that the provider has signed. Deliveries come at least once, in any order.

    The signature proves who speaks, not whom it speaks of: a provider signs for all its customers,
    so `request_id` must be that of the job whose token was in the address. `gateway_request_id`
    differs from it when the provider itself had to try again. `outcome` is None when the delivery
    does not say enough: then the request is asked for by its id. A delivery never carries
    billable units.
    """

    request_id: str
    gateway_request_id: str
    user_id: str
    sent_at: datetime
    outcome: EditResult | SoundResult | Failure | None


class WebhookVerifier(Protocol):
    """Proves who a delivery comes from, before anything of it is believed."""

    async def verify(self, headers: Mapping[str, str], body: bytes) -> WebhookDelivery:
        """Check a delivery and read it; `body` is as it was received, byte for byte.

        Raises DeliveryRefused with the fault. Give it no body above MAX_DELIVERY_BYTES.
        """

    async def close(self) -> None:
        """Close connections."""
