"""Bring the database to the newest schema, from a checkout or an installed package alike."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

import graphapi
from graphapi.errors import ConfigurationError
from graphapi.persistence.engines import open_writer
from graphapi.settings import Settings

_PACKAGE = Path(graphapi.__file__).parent


async def ready_to_use(settings: Settings, *, migrating: bool) -> None:
    """Make sure that the database can be reached and has the newest schema.

    Raises ConfigurationError with what to do; `migrating` brings the schema up to date instead.
    """
    settings.make_data_dir()
    url = settings.resolved_database_url
    if migrating:
        await migrate(url)
    elif not await is_current(url):
        raise ConfigurationError("The database is not of this version. Run `graphapi migrate`.")


async def migrate(database_url: str, revision: str = "head") -> None:
    """Run every migration that this database has not seen yet.

    Raises ConfigurationError when the database cannot be reached.
    """
    async with _connected(database_url) as connection:
        await connection.run_sync(_upgrade, revision)
        await connection.commit()


async def is_current(database_url: str) -> bool:
    """Tell whether the database has the newest schema.

    Raises ConfigurationError when the database cannot be reached.
    """
    async with _connected(database_url) as connection:
        return await connection.run_sync(_revision) == _newest()


@asynccontextmanager
async def _connected(database_url: str) -> AsyncIterator[AsyncConnection]:
    # A migration may take as long as it takes.
    engine = open_writer(database_url, statement_seconds=None)
    try:
        try:
            connection = await engine.connect()
        except (OSError, DBAPIError) as error:
            raise ConfigurationError(_why_closed(engine.url, error)) from error
        try:
            yield connection
        finally:
            await connection.close()
    finally:
        await engine.dispose()


def _why_closed(url: URL, error: OSError | DBAPIError) -> str:
    reason = error.orig if isinstance(error, DBAPIError) else error
    if url.get_backend_name() != "sqlite":
        return (
            f"The database cannot be opened: {reason}. Check GRAPHAPI_DATABASE_URL, and that it "
            "runs."
        )
    return (
        f"The database {url.database} cannot be opened: {reason}. Let this user write there; if "
        "the file is none of graphapi's, move it away or choose another folder with "
        "GRAPHAPI_DATA_DIR."
    )


def _upgrade(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(_scripts()))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _newest() -> str | None:
    return ScriptDirectory(str(_scripts())).get_current_head()


def _scripts() -> Path:
    """Find the migrations: inside an installed package, else beside it in a checkout."""
    packaged = _PACKAGE / "_alembic"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "alembic"
