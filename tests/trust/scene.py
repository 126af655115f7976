"""One image in the middle of something, who watches it, and what must hold of it afterwards."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from tests.journeys import documents
from tests.journeys.client import Client
from tests.journeys.judging import ENDED
from tests.journeys.stills import still
from tests.journeys.watching import Watch
from tests.trust.neighbourhood import Neighbourhood

# A doubt is looked into after half a minute, and if need be once more.
QUIET_WITHIN = 90.0
MADE = 200
# No two pictures alike: what a provider hosts already is not sent to it again.
_SIDES = count(200)
GENERATE = documents.GENERATE.replace("$model: String", "$model: String, $expiresAfter: Int")
GENERATE = GENERATE.replace("model: $model", "model: $model, expiresAfter: $expiresAfter")
_JOBS = """
SELECT id, state, stage_message, tries, attempt_token_hash, created_at, prepared_at, intended_at
FROM jobs WHERE source_image_id = :source
"""
_FAMILY = """
SELECT id, version, ai_status FROM images WHERE id = :source OR parent_image_id = :source
"""


class Scene:
    """An image, and its subscriber. What is asked of it is given up after `expires_after` s."""

    def __init__(
        self,
        town: Neighbourhood,
        client: Client,
        source: str,
        watch: Watch,
        expires_after: int | None,
    ) -> None:
        self.source = source
        self.watch = watch
        self._town = town
        self._client = client
        self._expires_after = expires_after
        self._live: list[Any] = []

    @property
    def wanted(self) -> dict[str, Any]:
        """Make the arguments of a request for one variation."""
        return {
            "imageId": self.source,
            "variationCount": 1,
            "modificationMode": "SHOT_VARIATION",
            "expiresAfter": self._expires_after,
        }

    async def generate(self, count: int) -> set[str]:
        """Ask for variations; answers the ids of their images."""
        asked = self.wanted | {"variationCount": count}
        scheduled = await self._client.do(GENERATE, **asked)
        return {child["id"] for child in scheduled["variations"]}

    async def quiet(self) -> None:
        """Return once every job has ended, whatever way."""
        await eventually(self._all_ended, lambda: f"not ended: {self._live}")

    async def assert_true(self, *, forgotten: bool) -> None:
        """Fail unless everything paid was taken in, and subscribers know where it ended.

        `forgotten`: the provider knows nothing of it any more, so nobody could.
        """
        if not forgotten:
            await self._assert_nothing_paid_is_lost()
        async with self._client.watch(parentImageId=self.source) as later:
            await self._assert_ends_there(self.watch)
            await self._assert_ends_there(later)

    async def _assert_ends_there(self, watch: Watch) -> None:
        said = ""

        async def knows() -> bool:
            nonlocal said
            rows = await self._town.rows(_FAMILY, source=self.source)
            truth = {row.id: (row.version, row.ai_status) for row in rows}
            told = {key: (e["version"], e["aiStatus"]) for key, e in watch.latest.items()}
            said = f"told {told}, ended {watch.ended}, and true is {truth}"
            return told == truth

        await eventually(knows, lambda: said)
        watch.check()

    async def _all_ended(self) -> bool:
        jobs = await self._town.rows(_JOBS, source=self.source)
        self._live = [job for job in jobs if job.state not in ENDED]
        return not self._live

    async def _assert_nothing_paid_is_lost(self) -> None:
        jobs = await self._town.rows(_JOBS, source=self.source)
        states = {job.attempt_token_hash: job.state for job in jobs}
        ledger = self._town.fal.ledger
        for post in ledger.accepted:
            token = hashlib.sha256((post.attempt or "").encode()).hexdigest()
            if ledger.ended.get(post.request_id or "") == MADE and token in states:
                assert states[token] == "SUCCEEDED", "paid and made, and not taken in"


@asynccontextmanager
async def scene(
    town: Neighbourhood, client: Client, expires_after: int | None = None
) -> AsyncIterator[Scene]:
    """Put an image of its own into the library, which no provider has seen, and watch it."""
    source = (await client.add_image(still(next(_SIDES))))["id"]
    async with client.watch(parentImageId=source) as watch:
        yield Scene(town, client, source, watch, expires_after)


async def eventually(
    condition: Callable[[], bool | Awaitable[bool]], told: Callable[[], str]
) -> None:
    """Return once the condition holds; else fail, with what is told then."""
    end = time.monotonic() + QUIET_WITHIN
    while True:
        held = condition()
        if held if isinstance(held, bool) else await held:
            return
        assert time.monotonic() < end, f"waited {QUIET_WITHIN} s in vain: {told()}"
        await asyncio.sleep(0.02)


def stages(watch: Watch, image_ids: set[str]) -> set[str | None]:
    """Tell the stages last heard of these images."""
    return {watch.latest.get(each, {}).get("stage") for each in image_ids}
