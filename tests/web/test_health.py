"""What an orchestrator and a monitor ask."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette

from graphapi.web import health
from graphapi.web.health import Check, health_routes
from tests.emulators.serving import serve


async def works() -> None:
    """Work."""


async def fails() -> None:
    """Fail, with what no stranger may read."""
    raise OSError("no route to db.internal as user ada")


async def hangs() -> None:
    """Never answer."""
    await asyncio.sleep(1000)


@asynccontextmanager
async def served(**checks: Check) -> AsyncIterator[httpx.AsyncClient]:
    routes = health_routes(checks, lambda: (b"graphapi_jobs 3\n", "text/plain; version=0.0.4"))
    async with (
        serve(Starlette(routes=routes)) as url,
        httpx.AsyncClient(base_url=url) as client,
    ):
        yield client


async def test_a_process_is_alive_whatever_its_database_does() -> None:
    async with served(database=fails) as http:
        answer = await http.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


async def test_a_process_is_ready_when_everything_it_needs_works() -> None:
    async with served(database=works, storage=works) as http:
        answer = await http.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "checks": {"database": "ok", "storage": "ok"}}


async def test_what_does_not_work_is_named_and_its_reason_only_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(health, "_CHECK_SECONDS", 0.1)
    start = time.perf_counter()
    async with served(database=fails, storage=works, broker=hangs) as http:
        answer = await http.get("/readyz")
    assert time.perf_counter() - start < 2
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not ready",
        "checks": {"database": "failed", "storage": "ok", "broker": "no answer"},
    }
    assert "db.internal" in caplog.text


async def test_metrics_are_shown_as_they_are() -> None:
    async with served() as http:
        answer = await http.get("/metrics")
    assert answer.text == "graphapi_jobs 3\n"
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
