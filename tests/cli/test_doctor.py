import asyncio
from pathlib import Path

import pytest
from typer.testing import Result

from tests.cli.conftest import Run
from tests.emulators import fal, lumenfall
from tests.emulators.openrouter import emulator as openrouter

OWN_PRICE = """
[[card]]
models = ["fal-ai/nano-banana-pro/edit"]
unit = "IMAGE"
unit_price = "0.18"
exactness = "EXACT"
source = "my contract"
as_of = 2026-11-20
"""


def _findings(output: str) -> dict[str, tuple[str, str]]:
    """Return the mark and the sentence about each subject."""
    lines = (line.split(maxsplit=2) for line in output.splitlines())
    return {subject: (mark, sentence) for mark, subject, sentence in lines}


def test_the_embedded_default_is_well(graphapi: Run) -> None:
    graphapi("migrate")
    done = graphapi("doctor")
    marks = {subject: mark for subject, (mark, _) in _findings(done.output).items()}
    assert done.exit_code == 0
    assert marks == {
        "database": "ok",
        "storage": "ok",
        "models": "ok",
        "Redis": "--",
        "fal.ai": "--",
        "prices": "--",
        "OpenRouter": "--",
        "Lumenfall": "--",
        "public": "--",
    }


def test_a_database_of_another_version_is_wrong_and_says_what_to_run(graphapi: Run) -> None:
    done = graphapi("doctor")
    mark, sentence = _findings(done.output)["database"]
    assert done.exit_code == 1
    assert mark == "!!"
    assert "graphapi migrate" in sentence


async def _beside_providers(
    graphapi: Run,
    monkeypatch: pytest.MonkeyPatch,
    prices: dict[str, float] | None = None,
    behind: lumenfall.LumenfallEmulator | None = None,
) -> Result:
    """Run `doctor` while every provider is there; `prices` are what fal.ai changed."""
    emulated = fal.FalEmulator()
    emulated.platform.prices |= prices or {}
    async with (
        fal.running(emulated) as queue,
        openrouter.running(openrouter.OpenRouterEmulator()) as api,
        lumenfall.running(behind or lumenfall.LumenfallEmulator()) as gateway,
    ):
        monkeypatch.setenv("GRAPHAPI_FAL_QUEUE_URL", queue)
        monkeypatch.setenv("GRAPHAPI_FAL_API_URL", f"{queue}/v1")
        monkeypatch.setenv("GRAPHAPI_OPENROUTER_URL", api)
        monkeypatch.setenv("GRAPHAPI_LUMENFALL_URL", gateway)
        return await asyncio.to_thread(graphapi, "doctor")


async def test_whatever_is_set_and_well_is_said_to_be(
    graphapi: Run, valkey_url: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHAPI_REDIS_URL", valkey_url)
    monkeypatch.setenv("GRAPHAPI_DATABASE_URL", postgres_url)
    monkeypatch.setenv("GRAPHAPI_PUBLIC_URL", "https://stills.example")
    monkeypatch.setenv("FAL_API_KEY", fal.KEY)
    monkeypatch.setenv("OPENROUTER_API_KEY", openrouter.KEY)
    monkeypatch.setenv("LUMENFALL_API_KEY", lumenfall.KEY)
    await asyncio.to_thread(graphapi, "migrate")
    done = await _beside_providers(graphapi, monkeypatch)
    assert done.exit_code == 0
    assert {mark for mark, _ in _findings(done.output).values()} == {"ok"}
    assert fal.KEY not in done.output
    assert openrouter.KEY not in done.output
    assert lumenfall.KEY not in done.output


async def test_a_key_that_its_provider_refuses_is_wrong(
    graphapi: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAL_API_KEY", "0aa0:s3cr3tvalue")
    monkeypatch.setenv("OPENROUTER_API_KEY", "s3cr3tvalue")
    monkeypatch.setenv("LUMENFALL_API_KEY", "s3cr3tvalue")
    done = await _beside_providers(graphapi, monkeypatch)
    found = _findings(done.output)
    assert done.exit_code == 1
    for subject, setting in {
        "fal.ai": "FAL_API_KEY",
        "OpenRouter": "OPENROUTER_API_KEY",
        "Lumenfall": "LUMENFALL_API_KEY",
    }.items():
        assert found[subject][0] == "!!"
        assert setting in found[subject][1]
    assert "s3cr3tvalue" not in done.output


async def test_a_price_that_is_not_what_its_provider_charges_is_told_with_what_to_do(
    graphapi: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FAL_API_KEY", fal.KEY)
    dearer = {"fal-ai/nano-banana-pro/edit": 0.18}
    done = await _beside_providers(graphapi, monkeypatch, dearer)
    mark, sentence = _findings(done.output)["prices"]
    assert (mark, done.exit_code) == ("!!", 1)
    assert "fal-ai/nano-banana-pro/edit costs 0.18 USD for each" in sentence
    assert "the card says 0.15 USD for each image" in sentence
    assert "GRAPHAPI_PRICES_FILE" in sentence
    own = tmp_path / "prices.toml"
    own.write_text(OWN_PRICE)
    monkeypatch.setenv("GRAPHAPI_PRICES_FILE", str(own))
    done = await _beside_providers(graphapi, monkeypatch, dearer)
    assert _findings(done.output)["prices"][0] == "ok"


@pytest.mark.parametrize(("cost", "mark"), [(0.134, "ok"), (0.16, "!!")])
async def test_what_lumenfall_estimates_is_compared_and_nothing_is_made(
    graphapi: Run, monkeypatch: pytest.MonkeyPatch, cost: float, mark: str
) -> None:
    monkeypatch.setenv("LUMENFALL_API_KEY", lumenfall.KEY)
    gateway = lumenfall.LumenfallEmulator()
    gateway.cost = cost
    done = await _beside_providers(graphapi, monkeypatch, behind=gateway)
    found, sentence = _findings(done.output)["Lumenfall"]
    assert found == mark
    assert f"gemini-3-pro-image would cost {cost} USD now, the card says 0.15" in sentence
    assert ("GRAPHAPI_PRICES_FILE" in sentence) is (mark == "!!")
    (post,) = gateway.posts
    assert (post.fields["n"], post.made, post.charged) == (1, 0, 0)


async def test_a_dry_run_that_lumenfall_refuses_is_told(
    graphapi: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUMENFALL_API_KEY", lumenfall.KEY)
    gateway = lumenfall.LumenfallEmulator()
    gateway.disturb(lumenfall.Fault(200, {"data": []}))
    done = await _beside_providers(graphapi, monkeypatch, behind=gateway)
    mark, sentence = _findings(done.output)["Lumenfall"]
    assert mark == "!!"
    assert "answered a dry run with no estimate" in sentence


async def test_models_of_which_openrouter_lists_none_are_told(
    graphapi: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", openrouter.KEY)
    monkeypatch.setenv("GRAPHAPI_ANALYSIS_MODELS", "nobody/knows-it")
    done = await _beside_providers(graphapi, monkeypatch)
    mark, sentence = _findings(done.output)["models"]
    assert (mark, done.exit_code) == ("!!", 1)
    assert "nobody/knows-it: OpenRouter lists no such model." in sentence
    assert "GRAPHAPI_ANALYSIS_MODELS" in sentence


def test_a_setting_that_nobody_knows_is_wrong(
    graphapi: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHAPI_DATABSE_URL", "postgresql://films")
    graphapi("migrate")
    done = graphapi("doctor")
    mark, sentence = _findings(done.output)["settings"]
    assert (mark, done.exit_code) == ("!!", 1)
    assert "GRAPHAPI_DATABASE_URL" in sentence


def test_a_server_for_others_without_an_address_for_them_is_told(
    graphapi: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHAPI_HOST", "0.0.0.0")
    graphapi("migrate")
    mark, sentence = _findings(graphapi("doctor").output)["public"]
    assert mark == "--"
    assert "this machine alone" in sentence


def test_whatever_is_set_and_does_not_work_names_its_setting(
    graphapi: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHAPI_REDIS_URL", "redis://:s3cr3tvalue@127.0.0.1:1/0")
    monkeypatch.setenv("GRAPHAPI_DATABASE_URL", "postgresql://me:s3cr3tvalue@127.0.0.1:1/films")
    monkeypatch.setenv("GRAPHAPI_STORAGE_URL", "file:///dev/null/media")
    monkeypatch.setenv("GRAPHAPI_VARIATION_MODEL", "nobody/knows-it")
    monkeypatch.setenv("FAL_API_KEY", "0aa0:s3cr3tvalue")
    monkeypatch.setenv("GRAPHAPI_FAL_QUEUE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("GRAPHAPI_FAL_API_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("OPENROUTER_API_KEY", "s3cr3tvalue")
    monkeypatch.setenv("GRAPHAPI_OPENROUTER_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("LUMENFALL_API_KEY", "s3cr3tvalue")
    monkeypatch.setenv("GRAPHAPI_LUMENFALL_URL", "http://127.0.0.1:1")
    done = graphapi("doctor")
    found = _findings(done.output)
    for subject, setting in {
        "Redis": "GRAPHAPI_REDIS_URL",
        "database": "GRAPHAPI_DATABASE_URL",
        "storage": "GRAPHAPI_STORAGE_URL",
        "models": "GRAPHAPI_VARIATION_MODEL",
        "fal.ai": "GRAPHAPI_FAL_QUEUE_URL",
        "prices": "GRAPHAPI_FAL_API_URL",
        "OpenRouter": "GRAPHAPI_OPENROUTER_URL",
        "Lumenfall": "GRAPHAPI_LUMENFALL_URL",
    }.items():
        assert found[subject][0] == "!!"
        assert setting in found[subject][1]
    assert done.exit_code == 1
    assert "s3cr3tvalue" not in done.output
