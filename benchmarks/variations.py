"""Measure twelve variations against their floor: `python -m benchmarks.variations`.

The floor L is how long the emulated provider takes for one job; the reference application, which
renders one after another, takes 12 L. A real `graphapi serve` is asked over real HTTP, and what
counts is the last COMPLETED at a subscriber. The figure to reach is 1.15 L.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.emulators.fal import KEY, FalEmulator, running
from tests.journeys.client import Client
from tests.journeys.product import Product
from tests.journeys.stills import still

VARIATIONS = 12
REACH = 1.15


def main() -> None:
    """Print each round, and the median against the floor."""
    parser = argparse.ArgumentParser(prog="benchmarks.variations")
    parser.add_argument("--seconds", type=float, default=2.0, help="the floor: one job's time")
    parser.add_argument("--rounds", type=int, default=3, help="the first warms up, uncounted")
    parser.add_argument("--shrink", type=int, default=1, help="divides the size of the pictures")
    asked = parser.parse_args()
    took = asyncio.run(_measure(asked.seconds, asked.rounds, asked.shrink))
    ratio = median(took[1:] or took) / asked.seconds
    _say(f"median {median(took[1:] or took):.2f} s = {ratio:.2f} L (reach {REACH} L)")


async def _measure(seconds: float, rounds: int, shrink: int) -> list[float]:
    fal = FalEmulator(seconds, shrink=shrink)
    with tempfile.TemporaryDirectory() as folder:
        async with running(fal) as url:
            settings = {
                "FAL_API_KEY": KEY,
                "GRAPHAPI_FAL_QUEUE_URL": url,
                "GRAPHAPI_FAL_REST_URL": url,
            }
            product = Product(Path(folder), settings)
            await product.start()
            try:
                async with product.client() as client:
                    return [await _round(client, fal, seconds) for _ in range(rounds)]
            finally:
                product.kill()


async def _round(client: Client, fal: FalEmulator, floor: float) -> float:
    source = await client.add_image(still())
    before = len(fal.ledger.accepted)
    async with client.watch(parentImageId=source["id"]) as watch:
        started = time.time()
        scheduled = await client.generate(source["id"], VARIATIONS)
        answered = time.time() - started
        children = [child["id"] for child in scheduled["variations"]]
        await watch.until_ended(children)
        if set(watch.statuses(children)) != {"COMPLETED"}:
            raise SystemExit(watch.summary())
    took = watch.heard[-1].at - started
    jobs = fal.jobs[before:]
    sent = [job.sent_at.timestamp() - started for job in jobs]
    ended = [job.ended_at.timestamp() - started for job in jobs if job.ended_at]
    _say(
        f"answered {answered:.2f} s, accepted {min(sent):.2f} to {max(sent):.2f} s, "
        f"ended there {max(ended):.2f} s, all told {took:.2f} s = {took / floor:.2f} L"
    )
    return took


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
