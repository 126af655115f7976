import pytest

from tests.cli.conftest import Run


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
        "OpenRouter": "--",
        "public": "--",
    }


def test_a_database_of_another_version_is_wrong_and_says_what_to_run(graphapi: Run) -> None:
    done = graphapi("doctor")
    mark, sentence = _findings(done.output)["database"]
    assert done.exit_code == 1
    assert mark == "!!"
    assert "graphapi migrate" in sentence


def test_whatever_is_set_and_well_is_said_to_be(
    graphapi: Run, valkey_url: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHAPI_REDIS_URL", valkey_url)
    monkeypatch.setenv("GRAPHAPI_DATABASE_URL", postgres_url)
    monkeypatch.setenv("GRAPHAPI_PUBLIC_URL", "https://stills.example")
    monkeypatch.setenv("FAL_API_KEY", "0aa0:s3cr3tvalue")
    monkeypatch.setenv("OPENROUTER_API_KEY", "s3cr3tvalue")
    graphapi("migrate")
    done = graphapi("doctor")
    assert done.exit_code == 0
    assert {mark for mark, _ in _findings(done.output).values()} == {"ok"}
    assert "s3cr3tvalue" not in done.output


def test_whatever_is_set_and_does_not_work_names_its_setting(
    graphapi: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHAPI_REDIS_URL", "redis://:s3cr3tvalue@127.0.0.1:1/0")
    monkeypatch.setenv("GRAPHAPI_DATABASE_URL", "postgresql://me:s3cr3tvalue@127.0.0.1:1/films")
    monkeypatch.setenv("GRAPHAPI_STORAGE_URL", "file:///dev/null/media")
    monkeypatch.setenv("GRAPHAPI_VARIATION_MODEL", "nobody/knows-it")
    done = graphapi("doctor")
    found = _findings(done.output)
    for subject, setting in {
        "Redis": "GRAPHAPI_REDIS_URL",
        "database": "GRAPHAPI_DATABASE_URL",
        "storage": "GRAPHAPI_STORAGE_URL",
        "models": "GRAPHAPI_VARIATION_MODEL",
    }.items():
        assert found[subject][0] == "!!"
        assert setting in found[subject][1]
    assert done.exit_code == 1
    assert "s3cr3tvalue" not in done.output
