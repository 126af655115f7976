import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

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
