"""`graphapi token create | list | revoke`: who may sign in."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from graphapi.auth.development import TOKEN_FILE, USER_NAME
from graphapi.cli.migrations import ready_to_use
from graphapi.cli.settings import start_logging
from graphapi.persistence.database import Database
from graphapi.ports.clock import SystemClock
from graphapi.services.users import Users
from graphapi.settings import Settings

app = typer.Typer(no_args_is_help=True)

AnswerT = TypeVar("AnswerT")


@app.callback()
def token() -> None:
    """Make, list and revoke the tokens that sign people in."""


@app.command()
def create(
    user: Annotated[str, typer.Option(help="Whom the token signs in; added when new.")],
) -> None:
    """Make a token and print it, alone: it is kept nowhere and cannot be shown again."""
    made = _with_users(start_logging(), lambda users: users.create_token(user))
    typer.echo(made.text)
    if made.user_is_new:
        typer.echo(f"There was no user {user.strip()!r} yet: it was added.", err=True)


@app.command("list")
def list_() -> None:
    """List the tokens, the newest first: its id, when it was made, and whom it signs in."""
    tokens = _with_users(start_logging(), lambda users: users.tokens())
    for each in tokens:
        typer.echo(f"{each.id}  {each.created_at:%Y-%m-%d %H:%M:%S}  {each.user_name}")
    if not tokens:
        typer.echo("There are no tokens yet.", err=True)


@app.command()
def revoke(
    token: Annotated[
        str, typer.Argument(help="Its id, as `graphapi token list` shows it, or the token itself.")
    ],
) -> None:
    """Let a token sign nobody in any more, from the next request on; exits with 2 if unknown."""
    settings = start_logging()
    revoked = _with_users(settings, lambda users: users.revoke_token(token))
    typer.echo(
        f"{revoked.id} signs {revoked.user_name!r} in no more. Sockets that are open with it stay "
        "open until they close or the server is started again."
    )
    printed_at_start = settings.data_dir / TOKEN_FILE
    if revoked.user_name == USER_NAME and printed_at_start.exists():
        typer.echo(
            f"Delete {printed_at_start} too if it was the token that the server prints at its "
            "start: it would be let in again at the next."
        )


def _with_users(settings: Settings, act: Callable[[Users], Awaitable[AnswerT]]) -> AnswerT:
    return asyncio.run(_act(settings, act))


async def _act(settings: Settings, act: Callable[[Users], Awaitable[AnswerT]]) -> AnswerT:
    await ready_to_use(settings, migrating=False)
    database = Database(settings.resolved_database_url)
    try:
        return await act(Users(database, SystemClock()))
    finally:
        await database.close()
