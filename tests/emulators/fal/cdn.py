"""Uploads by both routes, and the media that uploads and results live under."""

import json
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.emulators.fal.access import refusal
from tests.emulators.fal.faults import Fault, Operation, Script
from tests.emulators.fal.ledger import Ledger, Upload

TOKEN_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Media:
    """Something to download. `expires` is on the machine's monotonic clock."""

    content: bytes
    content_type: str
    fault: Fault | None = None
    expires: float | None = None


@dataclass(slots=True)
class Cdn:
    """What is stored, and who may store."""

    key: str
    ledger: Ledger
    script: Script
    media: dict[str, Media] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    promised: dict[str, str] = field(default_factory=dict)

    def routes(self) -> list[Route]:
        """List the routes of uploads and downloads."""
        wrap = self.script.wrap
        token, upload = wrap(Operation.TOKEN, self._token), wrap(Operation.UPLOAD, self._upload)
        initiate, put = wrap(Operation.INITIATE, self._initiate), wrap(Operation.PUT, self._put)
        return [
            Route("/storage/auth/token", token, methods=["POST"]),
            Route("/storage/upload/initiate", initiate, methods=["POST"]),
            Route("/cdn/files/upload", upload, methods=["POST"]),
            Route("/cdn/put/{name}", put, methods=["PUT"]),
            Route("/cdn/files/{name}", wrap(Operation.MEDIA, self._download)),
        ]

    def keep(self, base_url: str, name: str, media: Media) -> str:
        """Store something under a name nobody can guess; answers its address."""
        unique = f"{secrets.token_urlsafe(12)}_{name}"
        self.media[unique] = media
        return f"{base_url}/cdn/files/{unique}"

    async def _token(self, request: Request) -> Response:
        if request.query_params.get("storage_type") != "fal-cdn-v3":
            return JSONResponse({"detail": "Unknown storage type"}, 422)
        if (refused := refusal(request, self.key)) is not None:
            return refused
        token = secrets.token_urlsafe(16)
        self.tokens.add(token)
        return JSONResponse(
            {
                "token": token,
                "token_type": "Bearer",
                "base_url": f"{_base(request)}/cdn",
                "expires_at": (datetime.now(UTC) + TOKEN_LIFETIME).isoformat(),
            }
        )

    async def _upload(self, request: Request) -> Response:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or token not in self.tokens:
            return JSONResponse({"detail": "Invalid token"}, 401)
        name = request.headers.get("x-fal-file-name", "upload.bin")
        lifecycle = request.headers.get("x-fal-object-lifecycle")
        url = self.keep(_base(request), name, await _received(request, lifecycle))
        await self._note(url, request)
        return JSONResponse({"access_url": url})

    async def _initiate(self, request: Request) -> Response:
        if (refused := refusal(request, self.key)) is not None:
            return refused
        name = f"{secrets.token_urlsafe(12)}_{(await request.json())['file_name']}"
        self.promised[name] = request.headers.get("x-fal-object-lifecycle-preference", "null")
        base = _base(request)
        return JSONResponse(
            {
                "upload_url": f"{base}/cdn/put/{name}?signature={secrets.token_hex(8)}",
                "file_url": f"{base}/cdn/files/{name}",
            }
        )

    async def _put(self, request: Request) -> Response:
        name = request.path_params["name"]
        lifecycle = self.promised.pop(name, None)
        if lifecycle is None:
            return Response(status_code=403)
        self.media[name] = await _received(request, lifecycle)
        await self._note(f"{_base(request)}/cdn/files/{name}", request)
        return Response()

    async def _note(self, url: str, request: Request) -> None:
        content_type = request.headers.get("content-type", "")
        upload = Upload(url, await request.body(), content_type, dict(request.headers))
        self.ledger.uploads.append(upload)

    async def _download(self, request: Request) -> Response:
        media = self.media.get(request.path_params["name"])
        if media is None or (media.expires is not None and media.expires < time.monotonic()):
            return Response("Not Found", 404)
        self.ledger.media.append(str(request.url))
        if media.fault is not None:
            return await media.fault.strike(lambda _: _sent(media), request)
        return await _sent(media)


async def _received(request: Request, lifecycle: str | None) -> Media:
    seconds = (json.loads(lifecycle or "null") or {}).get("expiration_duration_seconds")
    expires = None if seconds is None else time.monotonic() + seconds
    content_type = request.headers.get("content-type", "application/octet-stream")
    return Media(await request.body(), content_type, expires=expires)


async def _sent(media: Media) -> Response:
    return Response(media.content, media_type=media.content_type)


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")
