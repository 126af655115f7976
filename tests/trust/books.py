"""The provider's books against ours: paid twice, paid and lost, in doubt, unfinished."""

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from enum import Enum, auto
from typing import Any

from tests.emulators.fal import FalEmulator, Post
from tests.emulators.openrouter.emulator import OpenRouterEmulator
from tests.journeys.client import Client
from tests.journeys.product import Product
from tests.journeys.stills import size_of

MADE = 200
LIVE = "('QUEUED', 'SUBMITTING', 'SUBMIT_UNKNOWN', 'SUBMITTED', 'RESULT_READY')"
# What an image says whose picture may be at the provider, for its owner to look there.
SAYS_SO = {"SUBMIT_UNKNOWN", "RESULT_LOST"}

RECORDING = """
query ($id: ID!) {
  recording(id: $id) { aiStatus error { code } audioUrl }
}"""
RECOVER_RECORDING = """
mutation ($id: ID!) {
  recoverRecording(id: $id) { success userErrors { message } outcome message }
}"""
RECOVER = """
mutation ($imageId: ID!) {
  recoverVariation(imageId: $imageId) { success userErrors { message } outcome message }
}"""
PROCESSING = "query { getProcessingImages { id } }"


class Kept(Enum):
    """Where a paid picture is."""

    THERE = auto()
    WHEN_ASKED = auto()
    NOWHERE = auto()


@dataclass(frozen=True, slots=True)
class Balance:
    """What the comparison came to. Doubts are those of variations and analyses alike.

    A doubt was `found` when its job went on by evidence, `given_up` when it came to its deadline;
    `recovered` are pictures that their owner had to ask for.
    """

    accepted: int
    made: int
    paid_twice: int
    lost: int
    doubts: int
    found: int
    given_up: int
    recovered: int
    unfinished: int

    def __str__(self) -> str:
        named = (
            (field.name.replace("_", " "), getattr(self, field.name)) for field in fields(self)
        )
        return ", ".join(f"{value} {name}" for name, value in named)


class Books:
    """What a product and the emulators of its providers have written down."""

    def __init__(self, product: Product, fal: FalEmulator, openrouter: OpenRouterEmulator) -> None:
        self._product = product
        self._fal = fal
        self._openrouter = openrouter

    async def balance(self, titles: Iterable[str], patience: float) -> Balance:
        """Compare them once every job has ended, or after so many seconds.

        `titles` mark the analyses that were asked for.
        """
        unfinished = await self._quiet(patience)
        jobs = await self._product.rows("SELECT * FROM jobs")
        known = {job.attempt_token_hash: job for job in jobs}
        made = [
            known.get(_hash_of(post.attempt))
            for post in self._fal.ledger.accepted
            if self._made(post)
        ]
        async with self._product.client() as client:
            kept = [await _kept(client, job) for job in made if job is not None]
            unfinished += len(await client.ask(PROCESSING))
        doubts = await self._doubts()
        return Balance(
            accepted=len(self._fal.ledger.accepted),
            made=len(made),
            paid_twice=_twice(self._fal, known) + _analysed_twice(self._openrouter, titles),
            lost=kept.count(Kept.NOWHERE),
            doubts=len(doubts),
            found=sum(code != "SUBMIT_UNKNOWN" for code in doubts),
            given_up=sum(code == "SUBMIT_UNKNOWN" for code in doubts),
            recovered=kept.count(Kept.WHEN_ASKED),
            unfinished=unfinished,
        )

    async def _quiet(self, patience: float) -> int:
        end = time.monotonic() + patience
        while True:
            live = await self._product.rows(f"SELECT id FROM jobs WHERE state IN {LIVE}")
            if not live or time.monotonic() > end:
                return len(live)
            await asyncio.sleep(0.5)

    def _made(self, post: Post) -> bool:
        return self._fal.ledger.ended.get(post.request_id or "") == MADE

    async def _doubts(self) -> list[str | None]:
        """List the failure of each job that was ever in doubt; None of one that did not fail."""
        rows = await self._product.rows(
            "SELECT failure_code FROM jobs WHERE id IN "
            "(SELECT job_id FROM job_events WHERE state = 'SUBMIT_UNKNOWN')"
        )
        return [row.failure_code for row in rows]


def _twice(fal: FalEmulator, known: Collection[str]) -> int:
    """Count requests beyond the first for one job: by our token, and by what was asked.

    A job keeps the hash of its latest token alone, so one that was sent again under another
    shows as a token of nobody's; prompt and seed, or a text, are of one job, whatever token they
    go with.
    """
    tokens = Counter(_hash_of(post.attempt) for post in fal.ledger.accepted)
    by_token = sum(count - 1 for count in tokens.values()) + len(set(tokens) - set(known))
    asked = Counter(_asked(post.input) for post in fal.ledger.accepted)
    return max(by_token, sum(count - 1 for count in asked.values()))


def _analysed_twice(openrouter: OpenRouterEmulator, titles: Iterable[str]) -> int:
    charged = [call.raw.decode() for call in openrouter.calls if call.charged]
    counts = [sum(title in body for body in charged) for title in titles]
    return sum(count - 1 for count in counts if count > 1)


def _asked(given: dict[str, Any] | None) -> tuple[Any, Any]:
    asked = given or {}
    return asked.get("prompt", asked.get("text")), asked.get("seed")


def _hash_of(token: str | None) -> str:
    return hashlib.sha256((token or "").encode()).hexdigest()


async def _kept(client: Client, job: Any) -> Kept:
    """Look for a paid picture or sound, in its owner's eyes."""
    if job.recording_id is not None:
        return await _kept_sound(client, job.recording_id)
    image = await client.image(job.image_id)
    where = Kept.THERE
    if image["aiStatus"] == "FAILED" and image["error"]["code"] in SAYS_SO:
        where = Kept.WHEN_ASKED
        image = await _recovered(client, job.image_id)
    if image["aiStatus"] != "COMPLETED":
        return Kept.NOWHERE
    answer = await client.http.get(image["imageUrl"])
    whole = answer.is_success and size_of(answer.content) == (image["width"], image["height"])
    return where if whole else Kept.NOWHERE


async def _kept_sound(client: Client, recording_id: str) -> Kept:
    recording, where = await client.ask(RECORDING, id=recording_id), Kept.THERE
    if recording["aiStatus"] == "FAILED" and recording["error"]["code"] in SAYS_SO:
        where = Kept.WHEN_ASKED
        await client.do(RECOVER_RECORDING, id=recording_id)
        for _ in range(100):
            recording = await client.ask(RECORDING, id=recording_id)
            if recording["aiStatus"] in {"COMPLETED", "FAILED"}:
                break
            await asyncio.sleep(0.1)
    if recording["aiStatus"] != "COMPLETED":
        return Kept.NOWHERE
    answer = await client.http.get(recording["audioUrl"])
    return where if answer.is_success and answer.content[:4] == b"RIFF" else Kept.NOWHERE


async def _recovered(client: Client, image_id: str) -> Any:
    await client.do(RECOVER, imageId=image_id)
    for _ in range(100):
        image = await client.image(image_id)
        if image["aiStatus"] in {"COMPLETED", "FAILED"}:
            break
        await asyncio.sleep(0.1)
    return image
