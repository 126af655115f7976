import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from graphapi.cli import app
from graphapi.cli.commands import Commands
from tests.rules.sources import ROOT

COMMANDS = {
    "script": [str(Path(sys.executable).with_name("graphapi"))],
    "module": [sys.executable, "-m", "graphapi"],
}


def _run(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    line = [*COMMANDS[command], *arguments]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_version_is_printed(command: str) -> None:
    done = _run(command, "--version")
    assert (done.returncode, done.stdout) == (0, f"graphapi {version('graphapi')}\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_command_help_is_shown(command: str) -> None:
    done = _run(command)
    assert "Usage: graphapi" in done.stdout + done.stderr
    assert "--version" in done.stdout + done.stderr


def test_help_lists_every_command_in_order_with_what_it_does() -> None:
    shown = CliRunner().invoke(app, ["--help"]).stdout
    _, _, listed = shown.partition("Commands")
    assert re.findall(r"^. (\w+) +[A-Z]", listed, re.MULTILINE) == list(Commands.places)


def test_a_misspelt_command_is_told_what_it_resembles() -> None:
    ended = CliRunner().invoke(app, ["severe"])
    assert ended.exit_code == 2
    assert "Did you mean 'serve'?" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        ("--version", {"sqlalchemy", "strawberry", "alembic", "pydantic_settings"}),
        ("token --help", {"strawberry", "starlette", "redis", "httpx"}),
        ("worker --help", {"strawberry", "starlette"}),
    ],
)
def test_a_command_starts_without_what_only_others_need(arguments: str, spared: set[str]) -> None:
    program = "import sys, graphapi.cli as c\ntry: c.app()\nfinally: print(*sys.modules)"
    line = [sys.executable, "-c", program, *arguments.split()]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
    imported = set(done.stdout.splitlines()[-1].split())
    assert "graphapi.cli.commands" in imported
    assert not spared & imported
