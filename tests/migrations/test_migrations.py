"""Migrations: they make the tables of the models, lose no row, and say when they are needed."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from graphapi.cli import migrations
from graphapi.cli.migrations import is_current, migrate, ready_to_use
from graphapi.errors import ConfigurationError
from graphapi.persistence.database import Database
from graphapi.persistence.engines import open_writer
from graphapi.persistence.tables import Base
from graphapi.settings import Settings, load_settings
from tests.persistence.library import Dump, Library, TurnedClock, dump
from tests.servers.launch import free_port

Answer = TypeVar("Answer")
SCRIPTS = Path(__file__).parents[2] / "alembic"

REVISION = '''
"""A migration made up by a test."""

import sqlalchemy as sa
from alembic import op

revision = "made_up"
down_revision = "{newest}"


def upgrade() -> None:
    {work}
'''
# As SQLite must: the table is made anew, filled, and put in the place of the old one.
COPY = """for table in ("users", "pictures", "images", "generations", "jobs"):
        with op.batch_alter_table(table, recreate="always") as batch:
            batch.add_column(sa.Column("mood", sa.Text()))"""
BREAK = 'op.execute("DELETE FROM pictures")'


async def run(url: str, work: Callable[[Connection], Answer]) -> Answer:
    engine = open_writer(url)
    try:
        async with engine.connect() as connection:
            answer = await connection.run_sync(work)
            await connection.commit()
            return answer
    finally:
        await engine.dispose()


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def take_back(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.downgrade(config, "base")


async def test_migrations_make_exactly_the_tables_of_the_models(empty_url: str) -> None:
    await migrate(empty_url)
    assert await run(empty_url, differences) == []
    assert await run(empty_url, tables) == set(Base.metadata.tables)


async def test_a_difference_between_models_and_tables_would_be_seen(empty_url: str) -> None:
    await migrate(empty_url)
    await run(empty_url, lambda c: c.execute(text("ALTER TABLE jobs DROP COLUMN request_hash")))
    assert len(await run(empty_url, differences)) == 1


async def test_migrating_again_changes_nothing(empty_url: str) -> None:
    assert not await is_current(empty_url)
    await migrate(empty_url)
    await migrate(empty_url)
    assert await is_current(empty_url)


async def test_every_migration_can_be_taken_back_and_made_again(empty_url: str) -> None:
    await migrate(empty_url)
    await run(empty_url, take_back)
    assert await run(empty_url, tables) == set()
    assert not await is_current(empty_url)
    await migrate(empty_url)
    assert await run(empty_url, differences) == []


async def rows_of(url: str) -> Dump:
    database = Database(url)
    rows = await dump(database)
    await database.close()
    return rows


async def fill(url: str, clock: TurnedClock) -> Dump:
    """Keep an image, variations that wait for its analysis, and all their jobs."""
    database = Database(url)
    library = await Library.of(database, clock, "ann")
    await library.ask(2, waits_for=await library.analyse())
    await database.close()
    return await rows_of(url)


def make_up(monkeypatch: pytest.MonkeyPatch, folder: Path, work: str) -> None:
    """Let there be one migration more, which does this."""
    scripts = folder / "scripts"
    shutil.copytree(SCRIPTS, scripts)
    newest = ScriptDirectory(str(SCRIPTS)).get_current_head()
    revision = REVISION.format(newest=newest, work=work)
    (scripts / "versions" / "made_up.py").write_text(revision)
    monkeypatch.setattr(migrations, "_scripts", lambda: scripts)


async def test_copying_tables_of_sqlite_keeps_every_row_and_reference(
    sqlite_database_url: str, tmp_path: Path, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await fill(sqlite_database_url, clock)
    assert (len(before["jobs"]), len(before["images"])) == (3, 3)
    make_up(monkeypatch, tmp_path, COPY)
    await migrate(sqlite_database_url)
    assert await is_current(sqlite_database_url)
    assert await rows_of(sqlite_database_url) == before
    broken = await run(sqlite_database_url, lambda c: c.execute(text("PRAGMA foreign_key_check")))
    assert broken.all() == []


async def test_a_migration_of_sqlite_that_breaks_references_is_undone(
    sqlite_database_url: str, tmp_path: Path, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await fill(sqlite_database_url, clock)
    make_up(monkeypatch, tmp_path, BREAK)
    with pytest.raises(RuntimeError, match="broke references"):
        await migrate(sqlite_database_url)
    assert not await is_current(sqlite_database_url)
    assert await rows_of(sqlite_database_url) == before


def settings_for(folder: Path, url: str | None) -> Settings:
    return load_settings(data_dir=folder / "data", database_url=url)


async def test_a_database_of_another_version_is_not_used_and_says_what_to_run(
    empty_url: str, tmp_path: Path
) -> None:
    settings = settings_for(tmp_path, empty_url)
    with pytest.raises(ConfigurationError, match="Run `graphapi migrate`"):
        await ready_to_use(settings, migrating=False)
    await ready_to_use(settings, migrating=True)
    await ready_to_use(settings, migrating=False)


async def test_the_embedded_database_is_made_with_its_folder(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, None)
    await ready_to_use(settings, migrating=True)
    assert (tmp_path / "data" / "graphapi.db").exists()


async def test_a_database_that_does_not_answer_is_named_with_what_to_check(
    tmp_path: Path,
) -> None:
    url = f"postgresql://nobody:secret@127.0.0.1:{free_port()}/none"
    with pytest.raises(ConfigurationError, match="Check GRAPHAPI_DATABASE_URL") as caught:
        await ready_to_use(settings_for(tmp_path, url), migrating=True)
    assert "secret" not in str(caught.value)


async def test_a_file_that_cannot_be_opened_is_named_with_what_to_check(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}"
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        await migrate(url)
