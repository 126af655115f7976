"""People who never stop asking, and who ask again with the same key when no answer came."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.journeys.client import Client
from tests.journeys.product import Product
from tests.journeys.stills import still

PEOPLE = 2
# How long somebody waits before asking again what was not answered.
AGAIN_AFTER = 0.2

GENERATE = """
mutation ($imageId: ID!, $variationCount: Int!, $idempotencyKey: String!) {
  generateVariations(
    imageId: $imageId, variationCount: $variationCount, modificationMode: SHOT_VARIATION,
    idempotencyKey: $idempotencyKey
  ) { success userErrors { code message } variations { id } }
}"""
ANALYSE = """
mutation ($imageId: ID!, $title: String!, $variationCount: Int!, $idempotencyKey: String!) {
  rerunSmartAnalysis(
    imageId: $imageId, title: $title, variationCount: $variationCount,
    idempotencyKey: $idempotencyKey
  ) { success userErrors { code message } image { id } }
}"""
SPEAK = """
mutation ($text: String!, $idempotencyKey: String!) {
  generateSpeech(
    model: "fal-ai/minimax/speech-02-hd", text: $text, idempotencyKey: $idempotencyKey
  ) { success userErrors { code message } recording { id } }
}"""
CANCEL = """
mutation ($imageId: ID!) {
  cancelVariation(imageId: $imageId) { success userErrors { code message } }
}"""


class Traffic:
    """What some people ask of a product, and what they were answered.

    `generations` counts those they asked for, each once; `recordings` are what they had spoken;
    `titles` mark the analyses; `refused` are the answers that came as errors.
    """

    def __init__(self, product: Product, chance: random.Random, pause: float = 0.6) -> None:
        self._product = product
        self._chance = chance
        self._pause = pause
        self._sources: list[str] = []
        self._variations: list[str] = []
        self._stopping = False
        self._number = 0
        self.generations = 0
        self.recordings: set[str] = set()
        self.titles: list[str] = []
        self.refused: list[Any] = []

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Let people ask inside the block; then let each have the answer that is still due."""
        async with self._product.client() as client:
            # The analysis is asked for by title later, so that each can be told from the others.
            self._sources += [(await client.add_image(still()))["id"] for _ in range(3)]
            people = [asyncio.create_task(self._ask(client)) for _ in range(PEOPLE)]
            try:
                yield
            finally:
                self._stopping = True
                await asyncio.gather(*people)

    async def _ask(self, client: Client) -> None:
        while not self._stopping:
            await self._choose()(client, self._next_key())
            await asyncio.sleep(self._chance.uniform(0.5, 1.5) * self._pause)

    def _choose(self) -> Any:
        return self._chance.choices(
            [self._generate, self._analyse, self._cancel, self._speak], [6, 2, 1, 2]
        )[0]

    def _next_key(self) -> str:
        self._number += 1
        return f"request {self._number:05}"

    async def _generate(self, client: Client, key: str) -> None:
        payload = await self._insist(
            client,
            GENERATE,
            imageId=self._chance.choice(self._sources),
            variationCount=self._chance.randint(1, 3),
            idempotencyKey=key,
        )
        self.generations += 1
        self._variations += [each["id"] for each in payload["variations"]]

    async def _analyse(self, client: Client, key: str) -> None:
        self.titles.append(key)
        then = self._chance.randint(0, 1)
        self.generations += then
        await self._insist(
            client,
            ANALYSE,
            imageId=self._chance.choice(self._sources),
            title=key,
            variationCount=then,
            idempotencyKey=key,
        )

    async def _speak(self, client: Client, key: str) -> None:
        # Each text is another, so that each can be told from the others.
        payload = await self._insist(client, SPEAK, text=key, idempotencyKey=key)
        self.recordings.add(payload["recording"]["id"])

    async def _cancel(self, client: Client, _key: str) -> None:
        if self._variations:
            await self._insist(client, CANCEL, imageId=self._chance.choice(self._variations[-4:]))

    async def _insist(self, client: Client, document: str, **variables: Any) -> Any:
        """Ask until there is an answer; that must be a yes."""
        while True:
            try:
                answer = (await client.post(document, **variables)).json()
            except httpx.TransportError:
                await asyncio.sleep(AGAIN_AFTER)
                continue
            if "errors" in answer:
                self.refused.append(answer["errors"])
                await asyncio.sleep(AGAIN_AFTER)
                continue
            (payload,) = answer["data"].values()
            assert payload["success"], payload["userErrors"]
            return payload
