"""`graphapi serve`: run the server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer
from starlette.types import ASGIApp

from graphapi.auth.development import USER_NAME, load_or_create_development_token
from graphapi.cli.migrations import ready_to_use
from graphapi.cli.settings import start_logging, warn_of
from graphapi.container.processes import Server, open_server
from graphapi.domain.models import Model, ModelKind
from graphapi.settings import Settings
from graphapi.web.app import build_app
from graphapi.web.server import run_server

_DOES = {ModelKind.EDIT: "Variations", ModelKind.ANALYSIS: "Analysis"}


def serve(
    *,
    migrate: Annotated[
        bool, typer.Option("--migrate", help="First bring the database to the newest schema.")
    ] = False,
) -> None:
    """Run the server until Ctrl-C. Work in flight is finished by the next start."""
    settings = start_logging()
    warn_of(settings)
    # A server of one's own brings its database up to date; several must not race to do so.
    migrating = migrate or settings.is_development
    run_server(lambda: _open_app(settings, migrating=migrating), settings.host, settings.port)


@asynccontextmanager
async def _open_app(settings: Settings, *, migrating: bool) -> AsyncIterator[ASGIApp]:
    await ready_to_use(settings, migrating=migrating)
    async with open_server(settings) as server:
        token = await _welcome(server) if settings.is_development else None
        typer.echo(_greeting(server, token))
        yield build_app(server)


async def _welcome(server: Server) -> str:
    """Make sure that there is a development user, with sample images; answers the token."""
    token = load_or_create_development_token(server.base.settings.data_dir)
    user = await server.use_cases.users.adopt_token(USER_NAME, token)
    await server.use_cases.samples.add_once(user)
    return token


def _greeting(server: Server, token: str | None) -> str:
    settings = server.base.settings
    lines = ["graphapi is ready. Stop it with Ctrl-C.", ""]
    lines.append(f"  Address      {settings.base_url}")
    # The part after # stays in the browser, which takes it off the address.
    signed_in = f"#token={token}" if token else ""
    lines.append(f"  Playground   {settings.base_url}/graphql{signed_in}")
    if token is not None:
        lines.append(f"  Token        {token}   (signs in the user {USER_NAME!r})")
    else:
        lines.append("  Sign in      graphapi token create --user NAME   (makes a token)")
    lines += [
        f"  {_DOES[model.kind]:<12} {model.id}{_stands_in(model, settings)}"
        for model in server.base.models.all
        if model.default and model.kind in _DOES
    ]
    return "\n".join([*lines, ""])


def _stands_in(model: Model, settings: Settings) -> str:
    """Say which key is missing where this server itself stands in for a model."""
    if model.provider != "local" or settings.variation_model == model.id:
        return ""
    key = "FAL_API_KEY" if model.kind is ModelKind.EDIT else "OPENROUTER_API_KEY"
    return f"   (stands in: {key} is not set)"
