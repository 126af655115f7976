"""A model whose provider calls it something else: lost answers are found by that name."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from graphapi.domain.jobs import JobState
from graphapi.domain.options import Options
from graphapi.persistence.records import AnyRow
from graphapi.services.sending import _request_hash
from tests.emulators.fal import FalEmulator, Fault, Operation
from tests.emulators.openrouter.emulator import OpenRouterEmulator
from tests.services.house import House, house_at

OWN = """
[[model]]
id = "house/sketch"
endpoint = "fal-ai/nano-banana-2/edit"
include = ["fal_queue", "resolution", "nano_banana", "edit", "nano_banana_2"]
description = "A house name."
"""


@pytest.fixture
async def house(
    sqlite_database_url: str, tmp_path: Path, fal: tuple[FalEmulator, str]
) -> AsyncIterator[House]:
    """A house that calls a model by a name of its own."""
    (tmp_path / "models.toml").write_text(OWN)
    emulator, url = fal
    async with house_at(
        sqlite_database_url,
        tmp_path,
        emulator,
        OpenRouterEmulator(),
        fal_key=emulator.key,
        fal_queue_url=url,
        fal_rest_url=url,
        fal_api_url=f"{url}/v1",
        trusted_origins=url,
        models_file=tmp_path / "models.toml",
    ) as opened:
        yield opened


async def test_a_lost_answer_is_found_by_the_name_that_the_provider_knows(house: House) -> None:
    house.fal.disturb(Operation.SUBMIT, Fault(drop=True, accept=True))
    (job_id,) = await house.ask(1, model="house/sketch")
    await house.answer_bells()
    house.clock.turn(seconds=31)
    assert await house.reconciling.look() == [job_id]
    await house.settle()
    job = await house.job(job_id)
    assert (job.state, job.model) == (JobState.SUCCEEDED, "house/sketch")
    (post,) = house.fal.ledger.posts
    assert (post.endpoint, post.request_id) == ("fal-ai/nano-banana-2/edit", job.request_id)


async def test_what_was_asked_is_part_of_what_a_request_is_known_by(house: House) -> None:
    wanted = Options({"seed": 1, "resolution": "2K"})
    (job_id,) = await house.ask(1, model="house/sketch", options=wanted)
    await house.settle()
    job = await house.job(job_id)
    assert (job.seed, job.options["resolution"]) == (1, "2K")
    other = SimpleNamespace(**dict(job._mapping) | {"options": job.options | {"resolution": "4K"}})
    assert _request_hash(job, job.options) == job.request_hash
    assert _request_hash(cast("AnyRow", other), other.options) != job.request_hash
