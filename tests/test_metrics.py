"""What a monitor reads after a variation was made."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from graphapi import metrics
from tests.api.house import House, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


async def test_moves_and_requests_are_counted_by_words_of_ours(house: House) -> None:
    ada = await house.person("ada")
    await ada.vary(await ada.add())
    text = (await house.http.get("/metrics")).text
    assert 'graphapi_http_requests_total{method="POST",route="/graphql",status="200"}' in text
    assert 'route="/uploads/{user_id}",status="200"' in text
    assert "img_" not in text


async def test_subscribers_are_counted_while_they_listen(house: House) -> None:
    ada = await house.person("ada")
    before = metrics.SUBSCRIBERS._value.get()
    image_id = await ada.add()
    async with ada.socket() as socket:
        await socket.subscribe("subscription { aiStatusChanged { version } }")
        await ada.vary(image_id)
        await socket.receive()
        assert metrics.SUBSCRIBERS._value.get() == before + 1


def test_the_exposition_is_prometheus_own() -> None:
    metrics.JOB_MOVES.labels("VARIATION", "FAILED").inc()
    text, content_type = metrics.exposition()
    assert b'graphapi_job_moves_total{kind="VARIATION",state="FAILED"}' in text
    assert content_type.startswith("text/plain")
