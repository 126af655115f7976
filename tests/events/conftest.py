"""Two ends of each kind of bus, as two processes would hold them."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graphapi.events.memory import MemoryBus
from graphapi.events.redis import RedisBus
from graphapi.events.sqlite import SqliteBus
from graphapi.ports.bus import Change, ChangeBus
from tests.events.ear import Ear, eventually


class Ledger:
    """The least that a database must say of changes: a real SQLite file, and a ChangeReader."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.readings: list[str] = []
        self.broken = False
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("CREATE TABLE owners (id TEXT PRIMARY KEY, number INTEGER)")
            database.execute(
                "CREATE TABLE images (id TEXT PRIMARY KEY, owner TEXT, version INTEGER, "
                "number INTEGER)"
            )
            database.execute("CREATE TABLE heartbeats (at INTEGER)")
        database.close()

    def commit(self, owner_id: str, image_id: str, version: int) -> Change:
        database = sqlite3.connect(self.path)
        with database:
            database.execute("INSERT OR IGNORE INTO owners VALUES (?, 0)", [owner_id])
            database.execute("UPDATE owners SET number = number + 1 WHERE id = ?", [owner_id])
            [number] = database.execute(
                "SELECT number FROM owners WHERE id = ?", [owner_id]
            ).fetchone()
            database.execute(
                "INSERT OR REPLACE INTO images VALUES (?, ?, ?, ?)",
                [image_id, owner_id, version, number],
            )
        database.close()
        return Change(owner_id, image_id, version, number)

    def beat(self) -> None:
        database = sqlite3.connect(self.path)
        with database:
            database.execute("INSERT INTO heartbeats VALUES (1)")
        database.close()

    async def watermarks(self) -> Mapping[str, int]:
        self.readings.append("watermarks")
        if self.broken:
            raise ConnectionError("the database is away")
        return dict(self._read("SELECT * FROM owners"))

    async def since(self, owner_id: str, seq: int) -> Sequence[Change]:
        self.readings.append("since")
        rows = self._read(
            "SELECT owner, id, version, number FROM images WHERE owner = ? AND number > ?",
            owner_id,
            seq,
        )
        return [Change(*row) for row in rows]

    def _read(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        database = sqlite3.connect(self.path)
        try:
            return database.execute(statement, values).fetchall()
        finally:
            database.close()


@dataclass
class Pair:
    """Two processes on one bus. What is published at `near` is committed first, as always."""

    near: ChangeBus
    far: ChangeBus
    commit: Callable[[str, str, int], Change]
    near_ear: Ear
    far_ear: Ear

    async def tell(self, image_id: str, version: int, owner_id: str = "ann") -> None:
        await self.near.publish([self.commit(owner_id, image_id, version)])


def _uncommitted(owner_id: str, image_id: str, version: int) -> Change:
    return Change(owner_id, image_id, version)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.db")


@pytest.fixture(params=["memory", "sqlite", "redis"])
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    near, far, commit = _ends(request)
    near_ear = Ear(near)
    far_ear = near_ear if near is far else Ear(far)
    for bus in {near, far}:
        await bus.start()
    if far is not near:
        # What happened before it listened is a gap, so the first gap means that it listens.
        await eventually(lambda: far_ear.gaps > 0)
    yield Pair(near, far, commit, near_ear, far_ear)
    for bus in {near, far}:
        await bus.stop()


def _ends(
    request: pytest.FixtureRequest,
) -> tuple[ChangeBus, ChangeBus, Callable[[str, str, int], Change]]:
    if request.param == "memory":
        # One process: its only other end is its own.
        bus = MemoryBus()
        return bus, bus, _uncommitted
    if request.param == "sqlite":
        ledger: Ledger = request.getfixturevalue("ledger")
        return SqliteBus(ledger.path, ledger), SqliteBus(ledger.path, ledger), ledger.commit
    url: str = request.getfixturevalue("valkey_url")
    return RedisBus(url), RedisBus(url), _uncommitted
