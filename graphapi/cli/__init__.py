"""The commands. `commands.py` registers them; each has a file of its own, named after it."""

from graphapi.cli.commands import app

__all__ = ["app"]
