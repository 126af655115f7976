"""Counting requests by the route that answered them."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphapi.metrics import HTTP_REQUESTS


class CountRequests:
    """Middleware that counts answered HTTP requests: by route, so that no address is a label."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and count an answer when it begins."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def count(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "unknown")
                HTTP_REQUESTS.labels(route, scope["method"], message["status"]).inc()
            await send(message)

        await self._app(scope, receive, count)
