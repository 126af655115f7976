"""Asking a product for everything while a neighbour of its fails: clear answers, within bounds."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.journeys import documents
from tests.journeys.client import Client
from tests.trust.scene import GENERATE, Scene

# What a person waits before pressing the button again.
ANSWERED_WITHIN = 5.0
# The code of a socket after which its client connects again.
TRY_AGAIN_LATER = 1013


class Asking:
    """Asks, and keeps how many seconds each answer took. A busy machine adds `slack`."""

    def __init__(self, client: Client, slack: float) -> None:
        self.took: dict[str, float] = {}
        self._client = client
        self._patience = ANSWERED_WITHIN + slack

    async def everything(self, *scenes: Scene) -> None:
        """Ask for variations in each of the scenes, for images and for oneself, and subscribe."""
        variations = [self._ask("generateVariations", GENERATE, **s.wanted) for s in scenes]
        await asyncio.gather(
            *variations,
            self._ask("images", documents.IMAGES),
            self._ask("viewer", documents.VIEWER),
            self._subscribe(scenes[0].source),
        )

    async def _ask(self, name: str, document: str, **values: Any) -> None:
        async with self._measured(name):
            answer = await self._client.post(document, **values)
        assert "Traceback" not in answer.text
        _assert_clear(json.loads(answer.text))

    async def _subscribe(self, source: str) -> None:
        async with self._measured("subscribe"):
            try:
                async with self._client.watch(parentImageId=source) as watch:
                    await watch.until(lambda: bool(watch.heard or watch.errors))
                    _assert_clear({"data": watch.latest, "errors": watch.errors})
            except ConnectionClosed as closed:
                if closed.rcvd is None or closed.rcvd.code != TRY_AGAIN_LATER:
                    raise

    @asynccontextmanager
    async def _measured(self, name: str) -> AsyncIterator[None]:
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._patience):
                yield
        except TimeoutError:
            pytest.fail(f"{name} was not answered within {self._patience:.1f} s")
        self.took[name] = max(self.took.get(name, 0.0), time.monotonic() - began)


def _assert_clear(answer: dict[str, Any]) -> None:
    assert answer.get("data") or answer["errors"]
    for error in answer.get("errors", []):
        assert error["extensions"]["code"] == "UNAVAILABLE", error
        assert "Try again" in error["message"]
