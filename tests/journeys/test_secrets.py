"""No key, token or signature ever reaches a log, whatever goes wrong."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.emulators import fal as fal_emulator
from tests.emulators.fal import FalEmulator, Fault, Operation, Outcome
from tests.emulators.openrouter import emulator as openrouter_emulator
from tests.emulators.openrouter.emulator import OpenRouterEmulator
from tests.journeys import documents
from tests.journeys.product import Product
from tests.journeys.stills import still
from tests.journeys.watching import TERMINAL, Watch

pytestmark = pytest.mark.slow

SECRET = "a-secret-key-that-nobody-may-see"


@pytest.fixture
def settings() -> dict[str, str]:
    return {"GRAPHAPI_SECRET_KEY": SECRET}


async def test_keys_tokens_and_signatures_are_in_no_output_even_when_everything_fails(
    product: Product, fal: FalEmulator, openrouter: OpenRouterEmulator
) -> None:
    echo = f"bad key: {fal_emulator.KEY} Authorization: Key {fal_emulator.KEY}"
    fal.plan(1, Outcome(media=Fault(status=403, body=echo)))
    fal.disturb(Operation.STATUS, Fault(status=500, body=echo), Fault(drop=True))
    fal.disturb(Operation.SUBMIT, None, None, Fault(status=401, body={"detail": echo}))
    openrouter.disturb(Fault(status=401, body={"error": {"message": openrouter_emulator.KEY}}))
    wrong = "gapi_wrong-token-of-somebody"
    async with product.client() as client, product.client(wrong) as somebody:
        await somebody.post(documents.IMAGES)
        upload_url = (await client.do(documents.UPLOAD_URL))["uploadUrl"]
        await client.http.post(upload_url, content=b"no", headers={"Content-Type": "image/png"})
        source = await client.add_image(still(), analyze=True)
        async with client.watch(parentImageId=source["id"]) as watch:
            children = [c["id"] for c in (await client.generate(source["id"], 3))["variations"]]
            await watch.until(lambda: _ended(watch, children) == 2)
            told = str(watch.latest)
        media_url = (await client.image(source["id"]))["imageUrl"]
        await client.http.get(media_url.replace("signature=", "signature=x"))
        signatures = [
            parse_qs(urlsplit(url).query)["signature"][0] for url in (upload_url, media_url)
        ]
        secrets = [
            SECRET,
            wrong,
            fal_emulator.KEY,
            fal_emulator.KEY.partition(":")[2],
            openrouter_emulator.KEY,
            product.token,
            *signatures,
        ]
    for _, seconds in [await each.interrupt() for each in product.processes]:
        assert seconds < 30
    logged = "".join(process.logged for process in product.processes)
    assert "Saving the result" in logged, "something did go wrong"
    for secret in secrets:
        assert secret not in logged
        assert secret in signatures or secret not in told
    printed = "".join(process.printed for process in product.processes)
    assert not [each for each in secrets if each != product.token and each in printed]
    assert not re.search(r"signature=(?!\[hidden\])", logged)


def _ended(watch: Watch, image_ids: list[str]) -> int:
    return sum(status in TERMINAL for status in watch.statuses(image_ids))
