"""Run migrations on the database of graphapi's settings, or on a connection that is handed in."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from graphapi.persistence.columns import PlainText, UtcDateTime, Word
from graphapi.persistence.engines import open_writer
from graphapi.persistence.tables import Base
from graphapi.settings import load_settings


def _plain_types(kind: str, item: object, _context: object) -> str | bool:
    """Write plain types into migrations, so that old ones outlive our column classes."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Word):
        return "sa.String(length=40)"
    if kind == "type" and isinstance(item, PlainText):
        return f"sa.String(length={item.length})" if item.length else "sa.Text()"
    return False


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        # SQLite alters a table by copying it; see `_without_foreign_keys`.
        render_as_batch=True,
        render_item=_plain_types,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _without_foreign_keys(connection: Connection) -> None:
    """Migrate with foreign keys off, and check them afterwards.

    A batch migration drops the old table; with foreign keys on, that would count as deleting
    every row, and whatever refers to them would be refused or deleted too.
    """
    if connection.dialect.name != "sqlite":
        _migrate(connection)
        return
    # Inside a transaction the pragma would be ignored without a word, so: before one begins.
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    cursor.close()
    # Within one of ours, so that what is found broken afterwards is undone.
    with connection.begin():
        _migrate(connection)
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"The migration broke references, for instance {broken[:5]}")


async def _run() -> None:
    engine = open_writer(load_settings().resolved_database_url)
    async with engine.connect() as connection:
        await connection.run_sync(_without_foreign_keys)
        await connection.commit()
    await engine.dispose()


handed_in = context.config.attributes.get("connection")
if handed_in is None:
    asyncio.run(_run())
else:
    _without_foreign_keys(handed_in)
