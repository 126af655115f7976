"""`graphapi schema export | check`: the schema as text."""

from pathlib import Path
from typing import Annotated

import typer

from graphapi.api.sdl import sdl

app = typer.Typer(no_args_is_help=True)


@app.callback()
def schema() -> None:
    """Print the GraphQL schema, or compare it with a file."""


@app.command()
def export() -> None:
    """Print the schema: `graphapi schema export > schema.graphql`."""
    typer.echo(sdl(), nl=False)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="What to compare with.")] = Path("schema.graphql"),
) -> None:
    """Tell whether a file holds the schema as it is now; exits with 1 when not."""
    try:
        known = file.read_text(encoding="utf-8")
    except OSError as error:
        typer.echo(f"{file} cannot be read: {error.strerror}.", err=True)
        raise typer.Exit(2) from None
    if known != sdl():
        typer.echo(f"{file} is not current. Run `graphapi schema export > {file}`.", err=True)
        raise typer.Exit(1)
    typer.echo(f"{file} is current.")
