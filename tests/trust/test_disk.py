"""A disk that is full while pictures are saved: they wait, and nothing is paid again."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.emulators.fal import FalEmulator, Fault, Operation
from tests.journeys.client import Client
from tests.journeys.judging import assert_all_ended, assert_paid_once
from tests.journeys.processes import eventually
from tests.journeys.product import Product
from tests.journeys.stills import size_of, still
from tests.soaking import Soak
from tests.trust.disks import LimitedDisk, SmallDisk, small_disk
from tests.trust.test_kills import Tripwire

pytestmark = pytest.mark.slow

COUNT = 6
# Long enough for several tries, each after twice the wait of the one before.
FULL_FOR = 5.0
# The wait that has begun by then, and no claim that has to run out.
DONE_WITHIN = 30.0


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[SmallDisk]:
    """A real file system with little room."""
    with small_disk(tmp_path / "disk") as disk:
        if disk is None:
            pytest.skip("this machine lets nobody mount a file system, not even for itself")
        yield disk


@pytest.fixture
def disk(request: pytest.FixtureRequest) -> SmallDisk | LimitedDisk:
    """Each way of filling a disk that there is."""
    chosen: SmallDisk | LimitedDisk = (
        LimitedDisk() if request.param == "limited" else request.getfixturevalue("mounted")
    )
    return chosen


@pytest.fixture
async def product(
    disk: SmallDisk | LimitedDisk,
    provider_settings: dict[str, str],
    settings: dict[str, str],
    tmp_path: Path,
) -> AsyncIterator[Product]:
    """A server whose data, or media alone, lie on the disk."""
    product = Product(tmp_path / "product", provider_settings | settings, through=disk.through)
    try:
        await product.start()
        yield product
    finally:
        product.kill()
        print(product.said())  # noqa: T201 - shown beside a red test


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    name, prefix = getattr(request, "param", ("GRAPHAPI_DATA_DIR", ""))
    return {name: f"{prefix}{tmp_path}/disk/data"}


async def _until_tried_twice(product: Product) -> None:
    for _ in range(30):
        tried = await product.rows("SELECT tries FROM jobs")
        if min(row.tries for row in tried) >= 2:
            return
        await asyncio.sleep(0.5)
    raise AssertionError(tried)


@pytest.mark.parametrize("disk", ["mounted"], indirect=True)
@pytest.mark.parametrize("settings", [("GRAPHAPI_STORAGE_URL", "file://")], indirect=True)
async def test_pictures_wait_while_the_disk_of_media_is_full_and_are_saved_once_it_is_not(
    product: Product, disk: SmallDisk, fal: FalEmulator
) -> None:
    fal.seconds = 1.0
    async with product.client() as client:
        source = await client.add_image(still())
        async with client.watch(parentImageId=source["id"]) as watch:
            scheduled = await client.generate(source["id"], COUNT)
            children = [child["id"] for child in scheduled["variations"]]
            await eventually(lambda: len(fal.ledger.accepted) == COUNT)
            disk.fill(product.server.id)
            await eventually(lambda: len(fal.ledger.results) == COUNT)
            await asyncio.sleep(FULL_FOR)
            latest = [watch.latest[child] for child in children]
            assert {(e["stage"], e["aiStatus"]) for e in latest} == {("SAVING", "PROCESSING")}
            await _until_tried_twice(product)
            disk.free(product.server.id)
            await watch.until_ended(children, DONE_WITHIN + product.slack)
        await _assert_all_there(client, source["id"])
    assert len(fal.ledger.posts) == COUNT
    await assert_all_ended(product)
    await assert_paid_once(product, fal)


@pytest.mark.parametrize("disk", ["mounted", "limited"], indirect=True)
async def test_pictures_wait_no_longer_than_for_room_though_the_database_lies_on_the_same_disk(
    product: Product, disk: SmallDisk | LimitedDisk, fal: FalEmulator, soak: Soak
) -> None:
    fal.seconds = 1.0
    wire = Tripwire(after=False)
    # Each job fetches its source there first.
    fal.disturb(Operation.MEDIA, *[None] * COUNT, cast("Fault", wire))
    async with product.client() as client:
        source = await client.add_image(still())
        await client.generate(source["id"], COUNT)
        await wire.touched.wait()
        disk.fill(product.server.id)
        refused = await _ask_for_more(client, source["id"])
        await asyncio.sleep(FULL_FOR)
        assert len((await client.image(source["id"]))["variations"]) >= COUNT, "nothing is read"
        disk.free(product.server.id)
        freed = time.monotonic()
        while await _under_way(client, source["id"]):
            assert time.monotonic() - freed < DONE_WITHIN + product.slack, product.said()
            await asyncio.sleep(0.2)
        soak.tell(
            f"a full disk: {refused} requests refused, all done {time.monotonic() - freed:.1f} s "
            f"after there was room"
        )
        await _assert_all_there(client, source["id"])
        paid = len(fal.ledger.accepted)
        assert paid == len((await client.image(source["id"]))["variations"])


async def _ask_for_more(client: Client, image_id: str) -> int:
    """Ask for variations that cannot be written down; answers how often that was refused."""
    refused = 0
    for _ in range(3):
        asked = time.monotonic()
        answer = (await client.post(MORE, imageId=image_id)).json()
        assert time.monotonic() - asked < 5
        for error in answer.get("errors", []):
            refused += 1
            assert error["message"].endswith("."), error
    return refused


MORE = """
mutation ($imageId: ID!) {
  generateVariations(imageId: $imageId, variationCount: 1, modificationMode: B_ROLL) { success }
}"""


async def _under_way(client: Client, image_id: str) -> list[str]:
    children = (await client.image(image_id))["variations"]
    return [each["id"] for each in children if each["aiStatus"] in {"QUEUED", "PROCESSING"}]


async def _assert_all_there(client: Client, image_id: str) -> None:
    for child in (await client.image(image_id))["variations"]:
        assert child["aiStatus"] == "COMPLETED", child
        answer = await client.http.get(child["imageUrl"])
        assert size_of(answer.content) == (child["width"], child["height"])
