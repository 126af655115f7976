from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_migrating_makes_the_database_and_says_nothing(graphapi: Run, tmp_path: Path) -> None:
    done = graphapi("migrate")
    assert (done.exit_code, done.output) == (0, "")
    assert (tmp_path / "data" / "graphapi.db").exists()


def test_migrating_twice_is_harmless(graphapi: Run) -> None:
    graphapi("migrate")
    done = graphapi("migrate")
    assert (done.exit_code, done.output) == (0, "")


def test_postgres_is_migrated_too(
    graphapi: Run, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHAPI_DATABASE_URL", postgres_url)
    done = graphapi("migrate")
    assert (done.exit_code, done.output) == (0, "")


def test_a_database_that_is_not_there_is_named_without_its_password(
    graphapi: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHAPI_DATABASE_URL", "postgresql://me:s3cr3tvalue@127.0.0.1:1/films")
    done = graphapi("migrate")
    assert done.exit_code == 2
    assert "Check GRAPHAPI_DATABASE_URL" in done.stderr
    assert "s3cr3tvalue" not in done.output


def test_a_folder_that_cannot_be_made_is_named(
    graphapi: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("GRAPHAPI_DATA_DIR", str(tmp_path / "file" / "data"))
    done = graphapi("migrate")
    assert done.exit_code == 2
    assert "GRAPHAPI_DATA_DIR" in done.stderr


def test_a_file_that_is_no_database_is_named(graphapi: Run, tmp_path: Path) -> None:
    file = tmp_path / "data" / "graphapi.db"
    file.parent.mkdir()
    file.write_bytes(b"garbage" * 1000)
    for command in ("migrate", "doctor"):
        done = graphapi(command)
        assert done.exit_code != 0
        assert str(file) in done.output
        assert "GRAPHAPI_DATABASE_URL" not in done.output
        assert "Traceback" not in done.output
