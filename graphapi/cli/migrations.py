"""Bring the database to the newest schema, from a checkout or an installed package alike."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import graphapi
from graphapi.persistence.engines import open_writer

_PACKAGE = Path(graphapi.__file__).parent


async def migrate(database_url: str, revision: str = "head") -> None:
    """Run every migration that this database has not seen yet."""
    engine = open_writer(database_url)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade, revision)
            await connection.commit()
    finally:
        await engine.dispose()


async def is_current(database_url: str) -> bool:
    """Tell whether the database has the newest schema."""
    engine = open_writer(database_url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_revision) == _newest()
    finally:
        await engine.dispose()


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
