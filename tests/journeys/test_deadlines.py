"""What comes to its deadline: it ends, says why, and is not sent again."""

import pytest

from tests.emulators.fal import FalEmulator, Fault, Operation
from tests.journeys.judging import assert_all_ended, assert_paid_once
from tests.journeys.product import Product
from tests.journeys.stacks import on_embedded
from tests.journeys.stills import still

pytestmark = pytest.mark.slow

DEADLINE = 10


@pytest.fixture
def settings() -> dict[str, str]:
    return {"GRAPHAPI_JOB_DEADLINE": str(DEADLINE)}


@on_embedded
async def test_a_request_whose_answer_was_lost_is_found_again_and_never_sent_again(
    product: Product, fal: FalEmulator
) -> None:
    lost = (Fault(drop=True, accept=True), Fault(status=502, accept=True), Fault(status=500))
    fal.disturb(Operation.SUBMIT, *lost)
    async with product.client() as client:
        source = await client.add_image(still())
        async with client.watch(parentImageId=source["id"]) as watch:
            scheduled = await client.generate(source["id"], 4)
            children = [child["id"] for child in scheduled["variations"]]
            await watch.until_ended(children, DEADLINE + 30)
            # What was accepted is in the provider's history, and is looked for before the end.
            assert sorted(map(str, watch.statuses(children))) == [*["COMPLETED"] * 3, "FAILED"]
            errors = [watch.latest[each]["error"] for each in children]
            assert [e["code"] for e in errors if e] == ["SUBMIT_UNKNOWN"]
    assert len(fal.ledger.posts) == 3  # the one answered by 500 alone did not get so far
    await assert_all_ended(product)
    await assert_paid_once(product, fal)
