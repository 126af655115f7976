"""POST /uploads/...: the raw bytes of a picture or a recording, to an address signed for it."""

import asyncio
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from graphapi.domain.recordings import ACCEPTED_AUDIO, MAX_AUDIO_BYTES, AudioType
from graphapi.errors import StorageFailed
from graphapi.ports.pictures import (
    ACCEPTED_TYPES,
    MAX_PICTURE_BYTES,
    PictureFault,
    PictureRefused,
)
from graphapi.ports.sound import SoundRefused
from graphapi.ports.storage import LinkState, MediaLinks
from graphapi.services.recordings import Recordings
from graphapi.services.uploads import Uploads
from graphapi.web.errors import error_response

_PATIENCE_SECONDS: Final = 120.0
_FAULTS: Final = {
    PictureFault.TOO_LARGE: 413,
    PictureFault.TRUNCATED: 400,
    PictureFault.NOT_AN_IMAGE: 422,
}
_CODES: Final = {
    400: "TRUNCATED",
    403: "FORBIDDEN",
    410: "EXPIRED",
    413: "TOO_LARGE",
    415: "UNSUPPORTED_TYPE",
    422: "NOT_AN_IMAGE",
    503: "STORAGE_UNAVAILABLE",
}


class UploadEndpoint:
    """Takes a picture or a recording in; answers `{"storageId": ...}`, or a coded error."""

    def __init__(self, uploads: Uploads, recordings: Recordings, links: MediaLinks) -> None:
        self._uploads = uploads
        self._recordings = recordings
        self._links = links

    async def receive(self, request: Request) -> Response:
        """Check the address, then the type and size, then the picture itself."""
        user_id = request.path_params["user_id"]
        refusal = self._check(request, user_id)
        if refusal is not None:
            return refusal
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                content = await _read(request, _most_bytes(request))
        except (ClientDisconnect, TimeoutError):
            return _refuse(400, "The upload broke off before it was whole. Send it again.")
        if content is None:
            return _too_large(request)
        if _is_sound(request):
            return await self._take_sound_in(user_id, content)
        return await self._take_in(user_id, content)

    def _check(self, request: Request, user_id: str) -> Response | None:
        query = request.query_params
        state = self._links.check_upload(
            user_id, query.get("expires", ""), query.get("signature", "")
        )
        if state is LinkState.FORGED:
            return _refuse(403, "This upload address was not made by this server.")
        if state is LinkState.EXPIRED:
            return _refuse(410, "This upload address has expired. Ask for a new one.")
        if _content_type(request) not in ACCEPTED_TYPES | ACCEPTED_AUDIO:
            types = ", ".join(sorted(ACCEPTED_TYPES))
            sounds = ", ".join(sorted(AudioType))
            message = f"Send the picture's bytes with their Content-Type: {types}."
            return _refuse(415, f"{message} Or those of a recording: {sounds}.")
        if int(request.headers.get("content-length") or 0) > _most_bytes(request):
            return _too_large(request)
        return None

    async def _take_in(self, user_id: str, content: bytes) -> Response:
        try:
            return JSONResponse({"storageId": await self._uploads.receive(user_id, content)})
        except PictureRefused as refusal:
            return _refuse(_FAULTS[refusal.fault], refusal.message)
        except StorageFailed:
            return _refuse(503, "The picture cannot be stored now. Nothing was kept; try later.")

    async def _take_sound_in(self, user_id: str, content: bytes) -> Response:
        try:
            return JSONResponse({"storageId": await self._recordings.receive(user_id, content)})
        except SoundRefused as refusal:
            return error_response(422, "NOT_AUDIO", refusal.message)
        except StorageFailed:
            return _refuse(503, "The recording cannot be stored now. Nothing was kept; try later.")


async def _read(request: Request, most: int) -> bytes | None:
    """Read the body; None as soon as it is too large."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > most:
            return None
    return bytes(content)


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _is_sound(request: Request) -> bool:
    return _content_type(request) in ACCEPTED_AUDIO


def _most_bytes(request: Request) -> int:
    return MAX_AUDIO_BYTES if _is_sound(request) else MAX_PICTURE_BYTES


def _too_large(request: Request) -> Response:
    what = "Recordings" if _is_sound(request) else "Pictures"
    return _refuse(413, f"{what} may have at most {_most_bytes(request) // 2**20} MiB.")


def _refuse(status: int, message: str) -> Response:
    return error_response(status, _CODES[status], message)
