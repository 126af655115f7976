"""Sign and check the addresses of stored media and of uploads.

An address carries its expiry and an HMAC-SHA256 over purpose, subject and expiry. Each purpose
has a key of its own, so that no media address can ever pass for an upload's.
"""

import base64
import hmac
import math
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache, partial
from urllib.parse import quote

from graphapi.errors import ConfigurationError
from graphapi.ports.clock import Clock
from graphapi.ports.storage import LinkState, UploadTicket

# Media addresses live one to two windows: two renders in one window agree, so caches can too.
MEDIA_WINDOW = timedelta(hours=1)
UPLOAD_LIFE = timedelta(minutes=15)

# Addresses that are kept ready; about 300 bytes each.
_REMEMBERED = 20_000
_SHORTEST_SECRET = 16


class _Purpose(StrEnum):
    MEDIA = "media"
    UPLOADS = "uploads"


class SignedLinks:
    """Addresses under `base_url`; `public_url` is where the internet reaches the same server."""

    def __init__(self, secret: str, clock: Clock, base_url: str, public_url: str | None) -> None:
        if len(secret) < _SHORTEST_SECRET:
            raise ConfigurationError(
                f"GRAPHAPI_SECRET_KEY is shorter than {_SHORTEST_SECRET} characters. Use a long "
                "random one, such as `openssl rand -hex 32` prints, or leave it unset."
            )
        self._keys = {
            purpose: hmac.digest(secret.encode(), b"graphapi " + purpose.encode(), "sha256")
            for purpose in _Purpose
        }
        self._clock = clock
        self._public = public_url.rstrip("/") if public_url else None
        self._base = self._public or base_url.rstrip("/")
        # A page of images shows hundreds of addresses, the same ones for a whole window.
        self._media_url = lru_cache(_REMEMBERED)(partial(self._url, self._base, _Purpose.MEDIA))

    def media_url(self, key: str) -> str:
        """Make an absolute address for a person's browser, its expiry rounded to a window."""
        expires = _window_end(self._clock.now() + MEDIA_WINDOW)
        return self._media_url(key, expires)

    def provider_url(self, key: str, until: datetime) -> str | None:
        """Make an address that a provider can reach until then; None when we have no public one."""
        if self._public is None:
            return None
        return self._url(self._public, _Purpose.MEDIA, key, _window_end(until))

    def check_media(self, key: str, expires: str, signature: str) -> bool:
        """Tell whether this address was signed by us and has not expired."""
        return self._check(_Purpose.MEDIA, key, expires, signature) is LinkState.GOOD

    def upload_ticket(self, user_id: str) -> UploadTicket:
        """Make the address `/uploads/{user_id}?expires=...&signature=...`, good for 15 minutes."""
        expires = int((self._clock.now() + UPLOAD_LIFE).timestamp())
        url = self._url(self._base, _Purpose.UPLOADS, user_id, expires)
        return UploadTicket(url, datetime.fromtimestamp(expires, UTC))

    def check_upload(self, user_id: str, expires: str, signature: str) -> LinkState:
        """Tell whether this address lets a picture be uploaded for this person."""
        return self._check(_Purpose.UPLOADS, user_id, expires, signature)

    def _url(self, base: str, purpose: _Purpose, subject: str, expires: int) -> str:
        signature = self._sign(purpose, subject, str(expires))
        return f"{base}/{purpose}/{quote(subject)}?expires={expires}&signature={signature}"

    def _check(self, purpose: _Purpose, subject: str, expires: str, signature: str) -> LinkState:
        if not (expires.isascii() and expires.isdigit()):
            return LinkState.FORGED
        expected = self._sign(purpose, subject, expires)
        if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
            return LinkState.FORGED
        # Only what we signed gets here, so this is a number that we wrote.
        expired = self._clock.now().timestamp() >= int(expires)
        return LinkState.EXPIRED if expired else LinkState.GOOD

    def _sign(self, purpose: _Purpose, subject: str, expires: str) -> str:
        # Expiry is digits alone, so no two pairs make the same message.
        message = f"{expires}\n{subject}".encode(errors="replace")
        digest = hmac.digest(self._keys[purpose], message, "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _window_end(moment: datetime) -> int:
    window = int(MEDIA_WINDOW.total_seconds())
    return math.ceil(moment.timestamp() / window) * window
