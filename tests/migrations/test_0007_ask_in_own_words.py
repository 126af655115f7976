"""What waited before requests in one's own words goes on, and none of those is thrown away."""

from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError

from graphapi.cli.migrations import migrate
from graphapi.persistence.database import Database
from graphapi.persistence.tables import GenerationRow, JobRow
from tests.migrations.test_migrations import SCRIPTS, rows_of, run
from tests.persistence.library import Library, TurnedClock


def take_back(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.downgrade(config, "0006")


async def asked(url: str) -> None:
    """Ask for two variations, whose picture a provider already hosts."""
    database = Database(url)
    library = await Library.of(database, TurnedClock(), "ann")
    await library.ask_prepared(2)
    await database.close()


async def waiting(url: str) -> list[tuple[Any, ...]]:
    columns = (JobRow.id, JobRow.picture_id, JobRow.source_url, JobRow.further_urls)
    database = Database(url)
    async with database.read() as connection:
        rows = (await connection.execute(select(*columns).order_by(JobRow.id))).all()
    await database.close()
    return [tuple(row) for row in rows]


async def test_jobs_that_wait_keep_the_picture_they_were_asked_with(empty_url: str) -> None:
    await migrate(empty_url)
    await asked(empty_url)
    before = await waiting(empty_url)
    await run(empty_url, take_back)
    await migrate(empty_url)
    assert await waiting(empty_url) == before
    for _, picture_id, source_url, further in before:
        assert (bool(picture_id), source_url, further) == (True, "https://cdn/source.jpg", [])


async def test_it_cannot_be_taken_back_over_requests_that_it_made_possible(
    empty_url: str,
) -> None:
    await migrate(empty_url)
    await asked(empty_url)
    wordless = f"UPDATE {GenerationRow.__tablename__} SET mode = NULL"
    await run(empty_url, lambda connection: connection.execute(text(wordless)))
    before = await rows_of(empty_url)
    with pytest.raises(IntegrityError):
        await run(empty_url, take_back)
    assert await rows_of(empty_url) == before
