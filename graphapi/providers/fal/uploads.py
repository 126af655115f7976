"""Uploads to fal.ai, for servers that fal.ai cannot reach.

Two routes, as the official client takes them: with a short-lived token straight to the CDN, else
by a signed address. Our key goes to the REST host alone, never to the CDN or to the signed address.
Source: fal.ai/docs, fal-cdn; fal-client 1.0.3.
"""

import json
import mimetypes
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard

import httpx

from graphapi.domain.failures import JobErrorCode
from graphapi.errors import ProviderError, Throttled
from graphapi.ports.editing import HostedSource
from graphapi.providers.fal.errors import ASK_AGAIN, fault_of, later, rejected
from graphapi.providers.http import Reply, Wire

# Longer than any job waits, shorter than anybody would mind.
LIFETIME = timedelta(days=1)
# We stop using an upload this long before fal.ai may delete it.
MARGIN = timedelta(hours=2)


class FalUploads:
    """Uploads pictures. `headers` carry our key and go to `rest_url` alone."""

    def __init__(self, wire: Wire, rest_url: str, headers: Mapping[str, str], key: str) -> None:
        self._wire = wire
        self._rest_url = rest_url
        self._headers = headers
        self._key = key

    async def upload(self, content: bytes, content_type: str) -> HostedSource:
        """Upload one picture, by the second route when the first fails.

        Raises Throttled when trying again can help and Rejected when it cannot.
        """
        expires_at = datetime.now(UTC) + LIFETIME - MARGIN
        try:
            url = await self._with_token(content, content_type)
        except ProviderError as error:
            if error.code in (
                JobErrorCode.PROVIDER_CREDENTIALS,
                JobErrorCode.INSUFFICIENT_BALANCE,
            ):
                raise
            url = await self._by_signed_address(content, content_type)
        return HostedSource(url=url, expires_at=expires_at)

    async def _with_token(self, content: bytes, content_type: str) -> str:
        reply = await self._wire.ask(
            "POST",
            f"{self._rest_url}/storage/auth/token?storage_type=fal-cdn-v3",
            self._headers,
            body={},
        )
        token = self._fields(reply, "token", "token_type", "base_url")
        reply = await self._wire.ask(
            "POST",
            f"{self._checked(token['base_url']).rstrip('/')}/files/upload",
            {
                "Authorization": f"{token['token_type']} {token['token']}",
                "Content-Type": content_type,
                "X-Fal-File-Name": _file_name(content_type),
                "X-Fal-Object-Lifecycle": _LIFECYCLE,
            },
            content=content,
        )
        return self._checked(self._fields(reply, "access_url")["access_url"])

    async def _by_signed_address(self, content: bytes, content_type: str) -> str:
        reply = await self._wire.ask(
            "POST",
            f"{self._rest_url}/storage/upload/initiate?storage_type=gcs",
            {**self._headers, "X-Fal-Object-Lifecycle-Preference": _LIFECYCLE},
            body={"file_name": _file_name(content_type), "content_type": content_type},
        )
        place = self._fields(reply, "upload_url", "file_url")
        reply = await self._wire.ask(
            "PUT",
            self._checked(place["upload_url"]),
            {"Content-Type": content_type},
            content=content,
        )
        if not reply.ok:
            raise self._error(reply)
        return self._checked(place["file_url"])

    def _fields(self, reply: Reply, *names: str) -> dict[str, str]:
        if not reply.ok:
            raise self._error(reply)
        body: dict[str, Any] = reply.json_object() or {}
        fields = {name: body.get(name) for name in names}
        found = {name: value for name, value in fields.items() if _is_token(value)}
        if len(found) < len(names):
            raise _nonsense()
        return found

    def _error(self, reply: Reply) -> ProviderError:
        if reply.status // 100 == 4 and reply.status not in ASK_AGAIN:  # noqa: PLR2004 - HTTP
            return rejected(fault_of(reply), reply.status, self._key)
        return later(JobErrorCode.PROVIDER_UNAVAILABLE, reply)

    def _checked(self, url: str) -> str:
        """Let only encrypted addresses pass, unless the REST host itself is not (a test's)."""
        try:
            scheme = httpx.URL(url).scheme
        except httpx.InvalidURL:
            raise _nonsense() from None
        if scheme not in ("https", httpx.URL(self._rest_url).scheme):
            raise _nonsense()
        return url


_LIFECYCLE = json.dumps({"expiration_duration_seconds": int(LIFETIME.total_seconds())})


def _file_name(content_type: str) -> str:
    return f"source{mimetypes.guess_extension(content_type) or ''}"


def _is_token(value: Any) -> TypeGuard[str]:
    # What could not be sent in a header or an address is not worth trying.
    return isinstance(value, str) and value.isascii() and value.isprintable() and value != ""


def _nonsense() -> Throttled:
    return Throttled(
        JobErrorCode.PROVIDER_FAILED,
        "fal.ai answered the upload with something that is no address; trying again later.",
    )
