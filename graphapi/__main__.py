"""`python -m graphapi` is `graphapi`."""

from graphapi.cli import app

app(prog_name="graphapi")
