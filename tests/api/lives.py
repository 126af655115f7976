"""Following the life of variations that fal.ai makes, over real HTTP."""

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy import update

from graphapi.persistence.tables import JobRow
from tests.api.house import FAL, House, Person
from tests.emulators.fal import FalEmulator

STANDING = """query ($id: ID!) {
  image(id: $id) {
    aiStatus imageUrl error { code message retryable }
    generation { total completed failed cancelled }
    attempts { number state billed requestId sentAt endedAt cancelRequestedAt error { code } }
  }
}"""
WATCH = """subscription ($ids: [ID!]) {
  aiStatusChanged(imageIds: $ids) { stage stageMessage aiStatus }
}"""
LISTS = "stopped { id } stopping { id } uncertain { id } ended { id }"
CANCEL = f"""mutation ($id: ID!) {{
  cancelVariation(imageId: $id) {{ success userErrors {{ code message field }} {LISTS} }}
}}"""
CANCEL_ALL = f"""mutation ($id: ID!) {{
  cancelGeneration(id: $id) {{
    success userErrors {{ code message field }} {LISTS} deletedIds
    generation {{ cancelled processing }}
  }}
}}"""
RETRY = """mutation ($id: ID!, $even: Boolean, $key: String) {
  retryFailed(generationId: $id, evenIfMaybeCharged: $even, idempotencyKey: $key) {
    success userErrors { code message field }
    variations { id aiStatus prompt } leftOut { id } generation { total queued failed }
  }
}"""
RECOVER = """mutation ($id: ID!) {
  recoverVariation(imageId: $id) {
    success userErrors { code message field } outcome message image { id aiStatus }
  }
}"""


async def standing(person: Person, image_id: str) -> Any:
    return await person.read(STANDING, id=image_id)


async def until(person: Person, image_id: str, holds: Callable[[Any], bool]) -> Any:
    """Wait until an image stands as wanted; answers how it stands."""
    seen: Any = None
    try:
        async with asyncio.timeout(30):
            while not holds(seen := await standing(person, image_id)):  # noqa: ASYNC110 - a poll
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"still {seen}") from None
    return seen


async def until_ended(person: Person, image_id: str) -> Any:
    """Wait until an image is finished, whichever way."""
    return await until(person, image_id, lambda it: it["aiStatus"] in ("COMPLETED", "FAILED"))


async def until_state(person: Person, image_id: str, state: str) -> Any:
    """Wait until the latest attempt at an image is in this state."""
    return await until(person, image_id, lambda it: it["attempts"][-1]["state"] == state)


async def until_one_is_sent(person: Person, image_ids: list[str]) -> str:
    """Wait until the provider has one of these; answers which."""
    async with asyncio.timeout(30):
        while True:
            for image_id in image_ids:
                if (await standing(person, image_id))["attempts"][-1]["state"] == "SUBMITTED":
                    return image_id
            await asyncio.sleep(0.02)


async def until_sent(fal: FalEmulator, count: int = 1) -> None:
    """Wait until fal.ai has seen so many submits."""
    async with asyncio.timeout(20):
        while len(fal.ledger.posts) < count:  # noqa: ASYNC110 - a poll is what is meant
            await asyncio.sleep(0.01)


async def ask(person: Person, count: int = 1) -> tuple[str, list[str]]:
    """Ask fal.ai for variations of a new image; answers the generation's id and the images'."""
    payload = await person.vary(await person.add(), count=count, model=FAL)
    return payload["generation"]["id"], [each["id"] for each in payload["variations"]]


def ids(images: list[dict[str, str]]) -> list[str]:
    return [image["id"] for image in images]


def lists(payload: dict[str, Any]) -> dict[str, list[str]]:
    """Pick those lists of a cancellation that are not empty."""
    names = ("stopped", "stopping", "uncertain", "ended")
    return {name: ids(payload[name]) for name in names if payload[name]}


async def run_out(house: House) -> None:
    """Let every job's time be up."""
    async with house.server.base.database.write() as unit:
        await unit.connection.execute(update(JobRow).values(deadline_at=JobRow.created_at))
