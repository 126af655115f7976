"""`graphapi token create`: sign somebody in."""

import asyncio
from typing import Annotated

import typer

from graphapi.cli.migrations import ready_to_use
from graphapi.cli.settings import start_logging
from graphapi.persistence.database import Database
from graphapi.ports.clock import SystemClock
from graphapi.services.users import Users
from graphapi.settings import Settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def token() -> None:
    """Make the tokens that sign people in."""


@app.command()
def create(
    user: Annotated[str, typer.Option(help="Whom the token signs in; added when new.")],
) -> None:
    """Make a token and print it, alone: it is kept nowhere and cannot be shown again."""
    typer.echo(asyncio.run(_create(start_logging(), user)))


async def _create(settings: Settings, name: str) -> str:
    await ready_to_use(settings, migrating=False)
    database = Database(settings.resolved_database_url)
    try:
        return await Users(database, SystemClock()).create_token(name)
    finally:
        await database.close()
