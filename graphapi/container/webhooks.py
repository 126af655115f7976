"""Who tells us unasked: at which addresses, and how they are believed."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from graphapi.ports.clock import Clock
from graphapi.ports.webhooks import WebhookVerifier
from graphapi.providers.fal import FalWebhookVerifier
from graphapi.settings import Settings

_FAL = "fal"


@asynccontextmanager
async def open_verifiers(
    settings: Settings, clock: Clock
) -> AsyncIterator[Mapping[str, WebhookVerifier]]:
    """Open a verifier for each provider that may tell us something, by the provider's name."""
    if settings.fal_key is None:
        yield {}
        return
    verifier = FalWebhookVerifier(
        clock=clock, jwks_url=settings.fal_jwks_url, user_id=settings.fal_user_id
    )
    try:
        yield {_FAL: verifier}
    finally:
        await verifier.close()


def webhook_addresses(settings: Settings) -> Mapping[str, str]:
    """Name the address at which each provider may tell of an end; none without a public one."""
    if settings.public_url is None or settings.fal_key is None:
        return {}
    return {_FAL: f"{settings.public_url}/webhooks/{_FAL}"}
