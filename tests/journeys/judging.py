"""What must hold at the end of every journey, whatever happened on the way."""

import hashlib

from tests.emulators.fal import FalEmulator, Post
from tests.journeys.product import Product

ENDED = {"SUCCEEDED", "FAILED", "CANCELLED"}


async def assert_all_ended(product: Product) -> None:
    """Fail if any job or image is still under way."""
    jobs = await product.rows("SELECT id, state FROM jobs")
    assert {row.state for row in jobs} <= ENDED, jobs
    images = await product.rows("SELECT id FROM images WHERE ai_status IN ('QUEUED', 'PROCESSING')")
    assert images == []


async def assert_paid_once(product: Product, fal: FalEmulator) -> None:
    """Fail if anything was paid twice, or without a row that intended it.

    Each accepted POST carries a token whose hash its job keeps; a second POST for the same job
    would have replaced the hash of the first.
    """
    rows = await product.rows("SELECT attempt_token_hash FROM jobs WHERE provider = 'fal'")
    intended = {row.attempt_token_hash for row in rows}
    paid = [hashlib.sha256((post.attempt or "").encode()).hexdigest() for post in _accepted(fal)]
    assert len(paid) == len(set(paid)), "one intent was sent twice"
    assert set(paid) <= intended, "a job was sent twice, or without a row"


def _accepted(fal: FalEmulator) -> list[Post]:
    return fal.ledger.accepted
