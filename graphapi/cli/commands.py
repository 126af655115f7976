"""Every command of `graphapi`, registered in one place, in the order in which help lists them.

A command is a function in a file of its own; its docstring is its help. Commands that belong
together are a group: `app.add_typer(token.app, name="token")`.
"""

import gc
from importlib.metadata import version
from typing import Annotated

import typer

from graphapi.cli import jobs, schema, token
from graphapi.cli.console import Console
from graphapi.cli.doctor import doctor
from graphapi.cli.migrate import migrate
from graphapi.cli.models import models
from graphapi.cli.serve import serve
from graphapi.cli.sweep import sweep
from graphapi.cli.worker import worker

app = typer.Typer(
    name="graphapi",
    cls=Console,
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


app.command()(serve)
app.command()(worker)
app.command()(migrate)
app.add_typer(token.app, name="token")
app.add_typer(schema.app, name="schema")
app.command()(doctor)
app.command()(models)
app.command()(sweep)
app.add_typer(jobs.app, name="jobs")
