"""What was asked for before parameters were kept is sent as it would have been."""

from dataclasses import replace
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, select

from graphapi.cli.migrations import migrate
from graphapi.domain.money import UNKNOWN_CARD
from graphapi.persistence.database import Database
from graphapi.persistence.engines import open_writer
from graphapi.persistence.tables import JobRow
from tests.migrations.test_migrations import SCRIPTS
from tests.persistence.library import FAL, Library, TurnedClock

LOCAL = replace(FAL, provider="local", price_card=UNKNOWN_CARD)


def take_back(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.downgrade(config, "0004")


async def options_of(database: Database, job_id: str) -> Any:
    async with database.read() as connection:
        statement = select(JobRow.options).where(JobRow.id == job_id)
        return (await connection.execute(statement)).scalar_one()


async def test_jobs_that_wait_are_sent_as_they_were_meant(empty_url: str) -> None:
    await migrate(empty_url)
    database = Database(empty_url)
    library = await Library.of(database, TurnedClock(), "ann")
    (far,) = await library.ask(1)
    (near,) = await library.ask(1, model=LOCAL)
    looking = await library.analyse()
    await database.close()
    engine = open_writer(empty_url)
    async with engine.connect() as connection:
        await connection.run_sync(take_back)
        await connection.commit()
    await engine.dispose()
    await migrate(empty_url)
    database = Database(empty_url)
    assert await options_of(database, far) == {
        "num_images": 1,
        "aspect_ratio": "16:9",
        "resolution": "1K",
        "output_format": "png",
    }
    assert await options_of(database, near) == {}
    assert await options_of(database, looking) == {}
    await database.close()
