import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from graphapi import logs
from graphapi.cli import app

Run = Callable[..., Result]


@pytest.fixture
def graphapi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a command on a data folder of this test's own."""
    monkeypatch.setenv("GRAPHAPI_DATA_DIR", str(tmp_path / "data"))
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield lambda *arguments: CliRunner().invoke(app, arguments)
    # A command is a process of its own everywhere else: nobody undoes how it logs.
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    logs._known_secrets.clear()
