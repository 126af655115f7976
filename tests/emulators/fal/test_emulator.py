"""The emulator, driven by fal.ai's own client: what that accepts is what fal.ai speaks."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import fal_client
import httpx
import pytest
from fal_client import AsyncClient, Completed, InProgress, Queued
from fal_client.client import FalClientHTTPError
from PIL import Image

from tests.emulators.fal import (
    KEY,
    FalEmulator,
    Fault,
    Operation,
    Outcome,
    model_failure,
    platform_failure,
    running,
)

MODEL = "fal-ai/nano-banana-pro/edit"
APP = "fal-ai/nano-banana-pro"
HEADERS = {"Authorization": f"Key {KEY}"}


@dataclass
class Fal:
    emulator: FalEmulator
    url: str
    client: AsyncClient

    async def submit(self, **other: Any) -> fal_client.AsyncRequestHandle:
        given = {"prompt": "a dog", "image_urls": [fal_client.encode(_png(), "image/png")]}
        return await self.client.submit(MODEL, given | other)


@pytest.fixture
async def fal(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fal]:
    emulator = FalEmulator(shrink=8)
    async with running(emulator) as url:
        monkeypatch.setattr(fal_client.client, "QUEUE_URL_FORMAT", f"{url}/")
        monkeypatch.setattr(fal_client.client, "RUN_URL_FORMAT", f"{url}/sync/")
        monkeypatch.setattr(fal_client.client, "REST_URL", url)
        monkeypatch.setattr(fal_client.client, "CDN_URL", f"{url}/cdn")
        monkeypatch.setattr(fal_client.client, "MAX_ATTEMPTS", 1)
        client = AsyncClient(key=KEY)
        yield Fal(emulator, url, client)
        await (await client._client).aclose()


def _png(width: int = 64, height: int = 36) -> bytes:
    file = BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    return file.getvalue()


async def _until_running(handle: fal_client.AsyncRequestHandle) -> None:
    async for status in handle.iter_events(interval=0.005):
        if isinstance(status, InProgress):
            return


async def test_the_official_client_submits_waits_and_downloads_a_picture_of_the_ratio(
    fal: Fal,
) -> None:
    handle = await fal.submit(aspect_ratio="9:16", seed=7)
    result = await handle.get(interval=0.01)
    (image,) = result["images"]
    async with httpx.AsyncClient() as client:
        content = (await client.get(image["url"])).content
    with Image.open(BytesIO(content)) as picture:
        assert (picture.width, picture.height) == (image["width"], image["height"]) == (96, 172)
        assert picture.format == "PNG"
    assert image["file_name"] == "nano-banana-pro-edit-output.png"
    assert result["description"] == ""


async def test_the_official_client_reads_every_status_with_its_logs(fal: Fal) -> None:
    fal.emulator.limit = 1
    fal.emulator.plan_all(Outcome(seconds=0.8, logs=("loading", "drawing")))
    first, second = await fal.submit(), await fal.submit()
    await _until_running(first)
    assert await second.status() == Queued(position=0)
    under_way = await first.status(with_logs=True)
    assert isinstance(under_way, InProgress)
    assert [log["message"] for log in under_way.logs or []] == ["loading", "drawing"]
    events = [event async for event in first.iter_events(with_logs=True, interval=0.01)]
    done = events[-1]
    assert isinstance(done, Completed)
    assert done.metrics["inference_time"] >= 0.8
    assert done.error is None


async def test_only_as_many_jobs_run_as_the_account_may_and_positions_count_down(
    fal: Fal,
) -> None:
    fal.emulator.limit = 2
    fal.emulator.seconds = 60
    handles = [await fal.submit() for _ in range(4)]
    standing = [await handle.status() for handle in handles]
    assert [type(status) for status in standing] == [InProgress, InProgress, Queued, Queued]
    assert standing[2:] == [Queued(position=0), Queued(position=1)]
    await handles[0].cancel()
    await _until_running(handles[2])
    assert await handles[3].status() == Queued(position=0)


async def test_status_is_202_until_completed_and_then_200(fal: Fal) -> None:
    fal.emulator.seconds = 60
    handle = await fal.submit()
    async with httpx.AsyncClient(headers=HEADERS) as client:
        assert (await client.get(handle.status_url)).status_code == 202
        early = await client.get(handle.response_url)
        assert (early.status_code, early.json()["detail"]) == (400, "Request is still in progress")
        await handle.cancel()
        with pytest.raises(FalClientHTTPError):
            await handle.get(interval=0.01)
        assert (await client.get(handle.status_url)).status_code == 200


async def test_a_refused_input_reads_completed_and_fails_when_its_result_is_fetched(
    fal: Fal,
) -> None:
    handle = await fal.submit(aspect_ratio="17:9", seed="many", num_images=5, unknown="ignored")
    assert isinstance([event async for event in handle.iter_events(interval=0.01)][-1], Completed)
    with pytest.raises(FalClientHTTPError) as failure:
        await handle.get()
    assert failure.value.status_code == 422
    faults = failure.value.response.json()["detail"]
    assert [(fault["loc"], fault["type"]) for fault in faults] == [
        (["body", "num_images"], "less_than_equal"),
        (["body", "aspect_ratio"], "literal_error"),
        (["body", "seed"], "int_parsing"),
    ]


@pytest.mark.parametrize(
    ("given", "location", "kind"),
    [
        ({"image_urls": ["data:,"]}, ["body", "prompt"], "missing"),
        ({"prompt": "x", "image_urls": []}, ["body", "image_urls"], "too_short"),
        (
            {"prompt": "x", "image_urls": ["https://example.com/a.png"]},
            ["body", "image_urls", 0],
            "file_download_error",
        ),
        (
            {"prompt": "x", "image_urls": ["data:text/plain;base64,bm8="]},
            ["body", "image_urls", 0],
            "image_load_error",
        ),
    ],
)
async def test_each_wrong_input_is_named(
    fal: Fal, given: dict[str, Any], location: list[Any], kind: str
) -> None:
    with pytest.raises(FalClientHTTPError) as failure:
        await fal.client.run(MODEL, given)
    (fault,) = failure.value.response.json()["detail"]
    assert (fault["loc"], fault["type"]) == (location, kind)


async def test_a_source_that_cannot_be_downloaded_is_refused(fal: Fal) -> None:
    fal.emulator.disturb(Operation.MEDIA, Fault(404))
    source = await fal.client.upload(_png(), "image/png")
    handle = await fal.submit(image_urls=[source])
    with pytest.raises(FalClientHTTPError, match="Failed to download"):
        await handle.get(interval=0.01)


async def test_the_official_client_reads_a_platform_failure(fal: Fal) -> None:
    fal.emulator.plan(0, platform_failure("runner_disconnected", 503))
    fal.emulator.plan(1, model_failure("content_policy_violation"))
    first, second = await fal.submit(), await fal.submit()
    done = [event async for event in first.iter_events(interval=0.01)][-1]
    assert isinstance(done, Completed)
    assert (done.error, done.error_type) == ("The platform failed.", "runner_disconnected")
    with pytest.raises(FalClientHTTPError) as failure:
        await first.get()
    assert (failure.value.status_code, failure.value.error_type) == (503, "runner_disconnected")
    with pytest.raises(FalClientHTTPError, match="content_policy_violation"):
        await second.get(interval=0.01)


async def test_the_official_client_cancels(fal: Fal) -> None:
    fal.emulator.limit = 1
    fal.emulator.seconds = 60
    running_job, waiting = await fal.submit(), await fal.submit()
    await _until_running(running_job)
    await waiting.cancel()
    await running_job.cancel()
    for handle in (running_job, waiting):
        with pytest.raises(FalClientHTTPError) as failure:
            await handle.get(interval=0.01)
        assert failure.value.error_type == "client_cancelled"
        with pytest.raises(FalClientHTTPError) as late:
            await handle.cancel()
        assert (late.value.status_code, late.value.response.json()) == (
            400,
            {"status": "ALREADY_COMPLETED"},
        )


async def test_a_job_may_ignore_its_cancellation(fal: Fal) -> None:
    fal.emulator.plan(0, Outcome(seconds=0.5, ignores_cancel=True))
    handle = await fal.submit()
    await _until_running(handle)
    await handle.cancel()
    assert len((await handle.get(interval=0.01))["images"]) == 1


async def test_a_job_that_starts_too_late_fails_unbilled(fal: Fal) -> None:
    fal.emulator.limit = 1
    fal.emulator.seconds = 60
    await fal.submit()
    late = await fal.client.submit(MODEL, {"prompt": "x"}, start_timeout=1.05)
    with pytest.raises(FalClientHTTPError) as failure:
        await late.get(interval=0.02)
    assert failure.value.status_code == 504
    assert failure.value.response_headers["x-fal-request-timeout-type"] == "user"


async def test_a_request_is_found_again_by_its_id_alone(fal: Fal) -> None:
    request_id = (await fal.submit()).request_id
    assert (await fal.client.result(MODEL, request_id))["images"]
    fal.emulator.forget(request_id)
    with pytest.raises(FalClientHTTPError) as failure:
        await fal.client.status(MODEL, request_id)
    assert (failure.value.status_code, failure.value.response.json()) == (
        404,
        {"status": "NOT_FOUND"},
    )


async def test_addresses_with_the_sub_path_and_response_are_understood_too(fal: Fal) -> None:
    handle = await fal.submit()
    await handle.get(interval=0.01)
    async with httpx.AsyncClient(headers=HEADERS) as client:
        for path in (f"{APP}/requests/{{}}/response", f"{MODEL}/requests/{{}}"):
            answer = await client.get(f"{fal.url}/{path.format(handle.request_id)}")
            assert answer.json()["images"]
        other = await client.get(f"{fal.url}/fal-ai/flux/requests/{handle.request_id}")
        assert other.status_code == 404


async def test_the_status_stream_ends_once_the_job_has(fal: Fal) -> None:
    fal.emulator.seconds = 0.5
    handle = await fal.submit()
    async with httpx.AsyncClient(headers=HEADERS) as client:
        answer = await client.get(f"{handle.status_url}/stream?logs=1")
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = [line for line in answer.text.splitlines() if line]
    assert [line.partition('"status": ')[2][:10] for line in lines] == [
        '"IN_PROGRE',
        '"COMPLETED',
    ]


@pytest.mark.parametrize("repository", ["fal_v3", "fal"])
async def test_the_official_client_uploads_by_both_routes(fal: Fal, repository: Any) -> None:
    content = _png()
    url = await fal.client.upload(content, "image/png", "still.png", repository=repository)
    async with httpx.AsyncClient() as client:
        answer = await client.get(url)
    assert (answer.content, answer.headers["content-type"]) == (content, "image/png")
    assert fal.emulator.ledger.uploads[0].content == content


async def test_an_upload_is_gone_once_its_lifetime_is_over(fal: Fal) -> None:
    lifetime = fal_client.StorageSettings(expires_in=1)
    url = await fal.client.upload(_png(), "image/png", lifecycle=lifetime)
    async with httpx.AsyncClient() as client:
        assert (await client.get(url)).status_code == 200
        await asyncio.sleep(1.05)
        assert (await client.get(url)).status_code == 404


@pytest.mark.parametrize(
    ("authorization", "detail"),
    [
        ("Key nobody:nothing", "No user found for Key ID and Secret"),
        ("Bearer x", "Invalid Key Authorization header format."),
    ],
)
async def test_a_wrong_key_is_refused_everywhere(fal: Fal, authorization: str, detail: str) -> None:
    async with httpx.AsyncClient(headers={"Authorization": authorization}) as client:
        for method, path in [
            ("POST", MODEL),
            ("POST", f"sync/{MODEL}"),
            ("GET", f"{APP}/requests/1/status"),
            ("PUT", f"{APP}/requests/1/cancel"),
            ("POST", "storage/upload/initiate"),
        ]:
            answer = await client.request(method, f"{fal.url}/{path}", json={})
            assert answer.status_code == 401
            assert detail in answer.json()["detail"]
    assert fal.emulator.ledger.accepted == []


async def test_an_exhausted_balance_is_refused_before_anything_is_queued(fal: Fal) -> None:
    fal.emulator.locked = True
    with pytest.raises(FalClientHTTPError, match="Exhausted balance"):
        await fal.client.submit(MODEL, {"prompt": "x"})
    assert fal.emulator.ledger.accepted == []


async def test_the_ledger_counts_accepted_posts_apart_from_refused_ones(fal: Fal) -> None:
    fal.emulator.disturb(
        Operation.SUBMIT, Fault(429), Fault(drop=True), Fault(drop=True, accept=True), None
    )
    source = await fal.client.upload(_png(), "image/png")
    given = {"prompt": "x", "image_urls": [source], "seed": 1}
    for _ in range(3):
        with pytest.raises((FalClientHTTPError, httpx.TransportError)):
            await fal.client.submit(MODEL, given)
    handle = await fal.client.submit(MODEL, given, headers={"X-Fal-Tags": "attempt=a1"})
    await handle.get(interval=0.01)
    async with httpx.AsyncClient() as client:
        ledger = (await client.get(f"{fal.url}/_emulator/ledger")).json()
    assert len(ledger["accepted"]) == 2
    assert ledger["accepted"][1] == {
        "endpoint": MODEL,
        "request_id": handle.request_id,
        "attempt": "a1",
        "input": given,
    }
    assert ledger["results"] == [handle.request_id]


async def test_an_answer_can_be_cut_in_the_middle(fal: Fal) -> None:
    fal.emulator.disturb(Operation.SUBMIT, Fault(cut=True))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        await fal.client.submit(MODEL, {"prompt": "x"})
    assert len(fal.emulator.ledger.accepted) == 1


async def test_the_emulator_runs_as_a_process_of_its_own() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.emulators.fal", "--seconds", "0", "--shrink", "8"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    try:
        async with httpx.AsyncClient(headers=HEADERS) as client:
            answer = await client.post(f"{url}/{MODEL}", json={"prompt": "x", "image_urls": []})
            ledger = (await client.get(f"{url}/_emulator/ledger")).json()
    finally:
        process.terminate()
        await process.wait()
    assert answer.json()["request_id"] == ledger["accepted"][0]["request_id"]
