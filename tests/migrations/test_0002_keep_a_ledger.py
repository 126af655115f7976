"""What was asked for before there was a ledger is entered as it would have been."""

from dataclasses import replace
from decimal import Decimal

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, select

from graphapi.cli.migrations import migrate
from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.jobs import Billed, JobState, Mover
from graphapi.domain.money import Exactness, PriceCard, PriceUnit
from graphapi.persistence.database import Database
from graphapi.persistence.engines import open_writer
from graphapi.persistence.tables import LedgerRow
from graphapi.persistence.transition import change_image, failed
from tests.migrations.test_migrations import SCRIPTS
from tests.persistence.library import DONE, FAILED, FAL, READY, SENT, Library, TurnedClock

LOCAL = replace(
    FAL, provider="local", price_card=PriceCard(PriceUnit.IMAGE, Decimal(0), Exactness.EXACT)
)
BROKE = failed(Failure(JobErrorCode.PROVIDER_FAILED, "It broke."))


def take_back(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.downgrade(config, "0001")


async def fill(database: Database) -> None:
    """Ask for a job of every way to stand, of what is free and of what is not."""
    library = await Library.of(database, TurnedClock(), "ann")
    async with library.written() as unit:
        await change_image(unit, library.owner.id, library.image_id, project_name="Nightfall")
    for model in (FAL, LOCAL):
        _queued, sent, ready, done, lost, refused, stopped = await library.ask(7, model=model)
        await library.move(sent, *SENT)
        await library.move(ready, *READY, billed=Billed.YES)
        await library.move(done, *READY, billed=Billed.YES)
        await library.move(done, *DONE[3:], finished_at=library.clock.now())
        await library.move(lost, *FAILED, billed=Billed.UNKNOWN, **BROKE)
        await library.move(refused, *FAILED, billed=Billed.NO, **BROKE)
        await library.move(stopped, (JobState.CANCELLED, Mover.API), **BROKE)
    analysis = await library.analyse()
    answered = (SENT[0], (JobState.RESULT_READY, Mover.SUBMITTER))
    await library.move(analysis, *answered, billed=Billed.YES, charged_micros=412)


async def kept(database: Database) -> list[tuple[object, ...]]:
    columns = (
        LedgerRow.job_id, LedgerRow.closes, LedgerRow.entry, LedgerRow.owner_id,
        LedgerRow.project_name, LedgerRow.provider, LedgerRow.model, LedgerRow.amount_micros,
        LedgerRow.exactness, LedgerRow.billed,
    )  # fmt: skip
    async with database.read() as connection:
        rows = await connection.execute(select(*columns).order_by(*columns[:2]))
        return [tuple(row) for row in rows]


async def test_jobs_from_before_the_ledger_are_entered_as_they_would_have_been(
    empty_url: str,
) -> None:
    await migrate(empty_url)
    database = Database(empty_url)
    await fill(database)
    before = await kept(database)
    assert len(before) == 15 + 2 * 5 + 1
    await database.close()

    engine = open_writer(empty_url)
    async with engine.connect() as connection:
        await connection.run_sync(take_back)
        await connection.commit()
    await engine.dispose()
    await migrate(empty_url)

    database = Database(empty_url)
    assert await kept(database) == before
    await database.close()
