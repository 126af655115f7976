"""Which web pages may open a socket to us.

Browsers ask nobody before a page opens a socket to another site, so we look at `Origin`
ourselves. What is no browser sends none, and carries no cookies that could be abused.
"""

from collections.abc import Sequence

from starlette.datastructures import Headers
from strawberry.http.websocket_origin import (
    is_same_origin,
    normalize_allowed_origins,
    normalize_origin,
)

from graphapi.errors import ConfigurationError


class Origins:
    """Our own origin and those that the settings name.

    Raises ConfigurationError for what is no origin.
    """

    def __init__(self, allowed: Sequence[str]) -> None:
        try:
            self._allowed = normalize_allowed_origins(allowed)
        except ValueError as error:
            raise ConfigurationError(f"GRAPHAPI_ALLOWED_ORIGINS: {error}") from None

    def admit(self, headers: Headers) -> bool:
        """Tell whether a handshake with these headers may go on."""
        origin = headers.get("origin")
        if origin is None or is_same_origin(origin, headers.get("host")):
            return True
        return "*" in self._allowed or normalize_origin(origin) in self._allowed
