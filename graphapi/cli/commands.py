"""Every command of `graphapi`, named in one place, in the order in which help lists them.

A command is a function in a file of its own; its docstring is its help. Commands that belong
together are a group: a `typer.Typer` called `app`.
"""

import gc
from importlib.metadata import version
from types import MappingProxyType
from typing import Annotated

import typer

from graphapi.cli.console import Console


class Commands(Console):
    """All commands."""

    places = MappingProxyType(
        {
            "serve": "graphapi.cli.serve:serve",
            "worker": "graphapi.cli.worker:worker",
            "migrate": "graphapi.cli.migrate:migrate",
            "token": "graphapi.cli.token:app",
            "schema": "graphapi.cli.schema:app",
            "doctor": "graphapi.cli.doctor:doctor",
            "models": "graphapi.cli.models:models",
            "sweep": "graphapi.cli.sweep:sweep",
            "jobs": "graphapi.cli.jobs:app",
        }
    )


app = typer.Typer(
    name="graphapi",
    cls=Commands,
    no_args_is_help=True,
    # A defect shows a plain traceback: the pretty ones print local variables, keys included.
    pretty_exceptions_enable=False,
)


def _print_version(asked: bool) -> None:  # noqa: FBT001 - typer calls it with the option's value
    if asked:
        typer.echo(f"graphapi {version('graphapi')}")
        raise typer.Exit


@app.callback()
def graphapi(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Describe stills, make variations of them, and watch every status arrive."""
    # What was imported stays to the end. Python need not look for garbage in it, which would
    # take each command half a second more to exit.
    gc.freeze()
