import asyncio
import logging
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

from graphapi.events.sqlite import SqliteBus
from tests.events.conftest import Ledger
from tests.events.ear import Ear, eventually

ANOTHER_PROCESS = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as database:
    database.execute("INSERT INTO owners VALUES ('ann', 1)")
    database.execute("INSERT INTO images VALUES ('a', 'ann', 7, 1)")
"""


@pytest.fixture
async def bus(ledger: Ledger) -> AsyncIterator[SqliteBus]:
    bus = SqliteBus(ledger.path, ledger)
    yield bus
    await bus.stop()


async def listening(bus: SqliteBus) -> Ear:
    ear = Ear(bus)
    await bus.start()
    await eventually(lambda: ear.gaps == 1)
    return ear


async def test_a_commit_of_another_process_is_heard(bus: SqliteBus, ledger: Ledger) -> None:
    ear = await listening(bus)
    await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", ANOTHER_PROCESS, str(ledger.path)], check=True
    )
    await ear.hears("a", 7)


async def test_what_this_process_published_is_not_read_again(
    bus: SqliteBus, ledger: Ledger
) -> None:
    ear = await listening(bus)
    for version in range(1, 20):
        await bus.publish([ledger.commit("ann", "a", version)])
        await asyncio.sleep(0.01)
    asked = len(ledger.readings)
    ledger.beat()
    await eventually(lambda: len(ledger.readings) > asked)
    assert "since" not in ledger.readings
    assert [change.version for change in ear.changes] == list(range(1, 20))


async def test_a_commit_of_another_process_between_our_own_is_not_skipped(
    bus: SqliteBus, ledger: Ledger
) -> None:
    ear = await listening(bus)
    await bus.publish([ledger.commit("ann", "a", 1)])
    ledger.commit("ann", "foreign", 1)
    await bus.publish([ledger.commit("ann", "a", 2)])
    await ear.hears("foreign", 1)


async def test_a_commit_that_changes_no_image_tells_nobody(bus: SqliteBus, ledger: Ledger) -> None:
    ear = await listening(bus)
    asked = len(ledger.readings)
    ledger.beat()
    await eventually(lambda: len(ledger.readings) > asked)
    assert ear.changes == []
    assert ear.gaps == 1


async def test_a_quiet_database_is_not_read(bus: SqliteBus, ledger: Ledger) -> None:
    await listening(bus)
    await asyncio.sleep(0.3)
    assert ledger.readings == ["watermarks"]


async def test_after_an_outage_everything_is_read_again_and_it_is_logged_once(
    bus: SqliteBus, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    ear = await listening(bus)
    ledger.broken = True
    ledger.commit("ann", "a", 1)
    await eventually(lambda: len(ledger.readings) > 4)
    ledger.broken = False
    await eventually(lambda: ear.gaps == 2)
    ledger.commit("ann", "a", 2)
    await ear.hears("a", 2)
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
