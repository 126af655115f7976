from pathlib import Path

import pytest

from graphapi.cli.models import matrix
from graphapi.providers.model_rows import load_models
from graphapi.providers.prices import load_prices
from tests.cli.conftest import Run


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("FAL_API_KEY", "FAL_KEY", "OPENROUTER_API_KEY", "LUMENFALL_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_every_model_is_listed_with_why_it_cannot_be_used(graphapi: Run) -> None:
    done = graphapi("models")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert "default  EDIT           local/reframe" in lines
    pro = next(line for line in lines if "fal-ai/nano-banana-pro/edit" in line)
    assert pro.startswith("not now")
    assert "Set FAL_API_KEY" in pro


def test_a_key_makes_models_usable(graphapi: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAL_KEY", "id:secret")
    done = graphapi("models")
    assert "default  EDIT           fal-ai/nano-banana-pro/edit\n" in done.stdout
    assert "usable   TEXT_TO_IMAGE  fal-ai/qwen-image\n" in done.stdout


def test_the_model_that_stands_in_says_when_it_does(
    graphapi: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-secret")
    line = next(each for each in graphapi("models").stdout.splitlines() if "local/pixels" in each)
    assert line == (
        "not now  ANALYSIS       local/pixels  It stands in only while no key of OpenRouter is set."
    )


def test_the_table_counts_the_models_of_each_provider(graphapi: Run) -> None:
    done = graphapi("models", "--markdown")
    assert done.stdout == matrix(load_models(), load_prices())
    lines = done.stdout.splitlines()
    assert lines[0] == "| models that | `fal` | `lumenfall` | `openrouter` | `local` |"
    makers = [m for m in load_models() if m.kind == "TEXT_TO_IMAGE" and m.provider == "fal"]
    assert any(line.startswith(f"| makes pictures from words | {len(makers)} |") for line in lines)


def test_a_file_of_models_that_makes_no_sense_is_named(
    graphapi: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "own.toml").write_text("[[model]]\nid = 5\n")
    monkeypatch.setenv("GRAPHAPI_MODELS_FILE", str(tmp_path / "own.toml"))
    done = graphapi("models")
    assert done.exit_code != 0
    assert "own.toml" in done.stderr + done.stdout + str(done.exception)
