from pathlib import Path

from graphapi.api.sdl import sdl
from tests.cli.conftest import Run


def test_the_schema_is_printed_alone(graphapi: Run) -> None:
    done = graphapi("schema", "export")
    assert (done.exit_code, done.stdout, done.stderr) == (0, sdl(), "")


def test_what_was_exported_is_current(graphapi: Run, tmp_path: Path) -> None:
    file = tmp_path / "schema.graphql"
    file.write_text(graphapi("schema", "export").stdout, encoding="utf-8")
    assert graphapi("schema", "check", str(file)).exit_code == 0


def test_another_schema_is_not_current_and_says_what_to_run(graphapi: Run, tmp_path: Path) -> None:
    file = tmp_path / "schema.graphql"
    file.write_text("type Query { films: Int }\n")
    done = graphapi("schema", "check", str(file))
    assert done.exit_code == 1
    assert "graphapi schema export" in done.stderr


def test_a_missing_file_is_named(graphapi: Run, tmp_path: Path) -> None:
    done = graphapi("schema", "check", str(tmp_path / "none.graphql"))
    assert done.exit_code == 2
    assert "none.graphql" in done.stderr
