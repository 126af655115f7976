"""Uploads to fal.ai by both routes."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from graphapi.errors import Rejected, Throttled
from tests.emulators.fal import Fault, Operation
from tests.providers.fal.conftest import Fal, png

NONSENSE = [
    "<html>",
    {},
    {"token": 7, "token_type": "Bearer", "base_url": "http://x"},
    {"token": "a\nb", "token_type": "Bearer", "base_url": "http://127.0.0.1:1"},
    {"token": "a", "token_type": "Bearer", "base_url": "ftp://127.0.0.1:1"},
    {"token": "a", "token_type": "Bearer", "base_url": "http://[broken"},
]


async def test_an_upload_can_be_downloaded_by_anybody_for_less_than_a_day(fal: Fal) -> None:
    hosted = await fal.editor.host(png(), "image/png")
    async with httpx.AsyncClient() as client:
        answer = await client.get(hosted.url)
    assert answer.content == png()
    assert answer.headers["content-type"] == "image/png"
    left = hosted.expires_at - datetime.now(UTC)
    assert timedelta(hours=20) < left < timedelta(days=1)


async def test_the_cdn_gets_the_token_and_the_lifetime_but_never_the_key(fal: Fal) -> None:
    await fal.editor.host(png(), "image/jpeg")
    headers = fal.emulator.ledger.uploads[-1].headers
    assert headers["authorization"].startswith("Bearer ")
    assert fal.emulator.key not in str(headers)
    assert headers["x-fal-file-name"] == "source.jpg"
    assert json.loads(headers["x-fal-object-lifecycle"]) == {"expiration_duration_seconds": 86400}


@pytest.mark.parametrize("operation", [Operation.TOKEN, Operation.UPLOAD])
@pytest.mark.parametrize("fault", [Fault(500), Fault(404, {}), Fault(drop=True), Fault(cut=True)])
async def test_the_second_route_is_taken_when_the_first_fails(
    fal: Fal, operation: Operation, fault: Fault
) -> None:
    fal.emulator.disturb(operation, fault)
    hosted = await fal.editor.host(png(), "image/png")
    upload = fal.emulator.ledger.uploads[-1]
    assert upload.url == hosted.url
    assert (upload.content, upload.content_type) == (png(), "image/png")
    assert "authorization" not in upload.headers


@pytest.mark.parametrize("body", NONSENSE)
async def test_an_answer_that_makes_no_sense_is_not_followed(fal: Fal, body: object) -> None:
    fal.emulator.disturb(Operation.TOKEN, Fault(200, body))
    fal.emulator.disturb(Operation.INITIATE, Fault(200, {"upload_url": "x", "file_url": "y"}))
    with pytest.raises(Throttled):
        await fal.editor.host(png(), "image/png")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(401, {"detail": "No user found for Key ID and Secret"}), "PROVIDER_CREDENTIALS"),
        (Fault(403, {"detail": "Exhausted balance"}), "INSUFFICIENT_BALANCE"),
    ],
)
async def test_a_refused_key_is_final_and_not_tried_twice(
    fal: Fal, fault: Fault, code: str
) -> None:
    fal.emulator.disturb(Operation.TOKEN, fault)
    with pytest.raises(Rejected) as error:
        await fal.editor.host(png(), "image/png")
    assert error.value.code == code
    assert len(fal.emulator.ledger.uploads) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(503), Throttled),
        (Fault(429), Throttled),
        (Fault(drop=True), Throttled),
        (Fault(413, {"detail": "too large"}), Rejected),
    ],
)
async def test_when_both_routes_fail_the_second_decides(
    fal: Fal, fault: Fault, error: type[Exception]
) -> None:
    fal.emulator.disturb(Operation.UPLOAD, Fault(500))
    fal.emulator.disturb(Operation.PUT, fault)
    with pytest.raises(error):
        await fal.editor.host(png(), "image/png")
