"""A house that its provider can reach: its public address is known before it is built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from graphapi.web.app import build_app
from tests.api.house import House, open_house
from tests.emulators.fal import FalEmulator, running
from tests.emulators.serving import serve


class Gate:
    """Passes on to whatever stands behind it by then."""

    def __init__(self) -> None:
        self.behind: ASGIApp = Starlette()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.behind(scope, receive, send)


@asynccontextmanager
async def open_public_house(folder: Path, fal: FalEmulator, **options: Any) -> AsyncIterator[House]:
    """Serve a house with fal.ai beside it, which is told where to deliver."""
    gate = Gate()
    async with (
        running(fal) as fal_url,
        serve(gate) as public,
        open_house(folder, fal_url, public_url=public, **options) as house,
    ):
        gate.behind = build_app(house.server)
        yield house
