"""The public keys that fal.ai signs webhooks with, kept for a day.

Source: fal.ai/docs, inference/webhooks: Ed25519 keys as a JSON Web Key Set (RFC 8037), to be kept
for at most 24 hours.
"""

import asyncio
import base64
import binascii
import logging
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from graphapi.errors import DeliveryFault, DeliveryRefused, ProviderError
from graphapi.ports.clock import Clock
from graphapi.providers.http import Reply, Wire

logger = logging.getLogger(__name__)

KEPT = timedelta(hours=24)
# Anybody can send us a forged signature; nobody shall make us ask for keys at their pace.
PAUSE = timedelta(minutes=1)
# Each key costs a forged delivery a tenth of a millisecond.
MOST_KEYS = 16

Keys = tuple[Ed25519PublicKey, ...]


class SigningKeys:
    """Knows who may sign. Keys are fetched from `url` when first needed, without our own key."""

    def __init__(self, wire: Wire, url: str, clock: Clock) -> None:
        self._wire = wire
        self._url = url
        self._clock = clock
        self._keys: Keys = ()
        self._fetched_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._lock = asyncio.Lock()

    async def vouch(self, signature: bytes, message: bytes) -> bool:
        """Tell whether any of the keys made this signature.

        When none did, new keys are fetched once, since fal.ai may have changed them; at most once
        a minute. Raises DeliveryRefused (KEYS_UNREACHABLE) when there are no keys to be had.
        """
        keys = await self._current()
        if _any_made(keys, signature, message):
            return True
        newer = await self._newest()
        return newer is not keys and _any_made(newer, signature, message)

    async def _current(self) -> Keys:
        if not self._is_within(self._fetched_at, KEPT):
            async with self._lock:
                if not self._is_within(self._fetched_at, KEPT):
                    await self._fetch()
        if not self._is_within(self._fetched_at, KEPT):
            raise DeliveryRefused(
                DeliveryFault.KEYS_UNREACHABLE,
                "fal.ai's public keys cannot be fetched; check GRAPHAPI_FAL_JWKS_URL.",
            )
        return self._keys

    async def _newest(self) -> Keys:
        async with self._lock:
            await self._fetch()
            return self._keys

    async def _fetch(self) -> None:
        """Fetch the keys, unless it is too soon; those at hand stay when there are no others."""
        if self._is_within(self._asked_at, PAUSE):
            return
        self._asked_at = self._clock.now()
        try:
            reply = await self._wire.ask("GET", self._url, {})
        except ProviderError as error:
            logger.warning("fal.ai's public keys could not be fetched: %s", error)
            return
        keys = read_keys(reply)
        if not keys:
            logger.warning("fal.ai's key server answered %d without a usable key", reply.status)
            return
        self._keys, self._fetched_at = keys, self._clock.now()

    def _is_within(self, moment: datetime | None, span: timedelta) -> bool:
        # A clock that was set back must neither keep keys for ever nor forbid asking for them.
        return moment is not None and timedelta(0) <= self._clock.now() - moment < span


def read_keys(reply: Reply) -> Keys:
    """Read the Ed25519 keys of a key set; whatever else is in it is passed over."""
    listed = (reply.json_object() or {}).get("keys") if reply.ok else None
    items = listed[:MOST_KEYS] if isinstance(listed, list) else []
    return tuple(key for item in items if (key := _key(item)) is not None)


def _key(item: Any) -> Ed25519PublicKey | None:
    if not isinstance(item, dict) or (item.get("kty"), item.get("crv")) != ("OKP", "Ed25519"):
        return None
    encoded = item.get("x")
    if not isinstance(encoded, str):
        return None
    try:
        # base64url comes with or without its padding.
        padded = encoded.rstrip("=") + "=" * (-len(encoded.rstrip("=")) % 4)
        raw = base64.b64decode(padded, altchars=b"-_", validate=True)
        return Ed25519PublicKey.from_public_bytes(raw)
    except (binascii.Error, ValueError):
        return None


def _any_made(keys: Keys, signature: bytes, message: bytes) -> bool:
    return any(_made(key, signature, message) for key in keys)


def _made(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
