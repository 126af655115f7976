"""GET /media/...: stored pictures and recordings, at signed addresses that expire."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from graphapi.domain.recordings import EXTENSIONS
from graphapi.ports.storage import MediaLinks, Storage
from graphapi.web.errors import error_response

_TYPES: Final = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"} | {
    extension: audio.value for audio, extension in EXTENSIONS.items()
}
# What lies under a key never changes.
_HEADERS: Final = {
    "Cache-Control": "private, max-age=86400, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
}


class MediaEndpoint:
    """Serves what storage holds."""

    def __init__(self, storage: Storage, links: MediaLinks) -> None:
        self._storage = storage
        self._links = links

    async def serve(self, request: Request) -> Response:
        """Check the address, then answer the bytes."""
        key = request.path_params["key"]
        query = request.query_params
        if not self._links.check_media(key, query.get("expires", ""), query.get("signature", "")):
            message = "This address was not signed by this server, or has expired. Ask again."
            return error_response(403, "FORBIDDEN", message)
        try:
            content = await self._storage.get(key)
        except FileNotFoundError:
            return error_response(404, "NOT_FOUND", "This file is no longer stored.")
        media_type = _TYPES.get(key.rpartition(".")[2], "application/octet-stream")
        return Response(content, media_type=media_type, headers=_HEADERS)
