"""A product among three neighbours that can be made to fail: Redis, the provider, the database.

A server and a worker run as processes; every connection of theirs to a neighbour goes through a
proxy. The judge looks at the database past its proxy.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import text

from graphapi.persistence.database import Database
from tests.emulators import fal as fal_emulator
from tests.emulators.fal import FalEmulator
from tests.journeys.processes import run
from tests.journeys.product import Product
from tests.servers.postgres import PostgresServer
from tests.servers.proxy import Mode, Proxy, proxy_to
from tests.servers.valkey import ValkeyServer

# Pictures are drawn this much smaller than fal.ai draws them.
SHRINK = 12


class Fault(StrEnum):
    """How a neighbour fails.

    RESTART: it is gone, and comes back without what it need not keep. FREEZE: its process stands
    still for a while, for which only Redis is made; what it was sent meanwhile it then does.
    """

    REFUSE = "refuses"
    RESET = "resets"
    SILENT = "falls silent"
    RESTART = "restarts"
    FREEZE = "freezes"


class Neighbour(ABC):
    """A server behind a proxy."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy

    async def fail(self, fault: Fault) -> None:
        """Begin to fail."""
        if fault is Fault.RESTART:
            await self._go()
        else:
            await self.proxy.turn(_MODES[fault])

    async def mend(self, fault: Fault) -> None:
        """Work again."""
        if fault is Fault.RESTART:
            await self._come_back()
        else:
            await self.proxy.turn(Mode.PASS)

    @abstractmethod
    async def _go(self) -> None: ...

    @abstractmethod
    async def _come_back(self) -> None: ...


class RedisNeighbour(Neighbour):
    """A Valkey, which comes back empty."""

    def __init__(self, proxy: Proxy, server: ValkeyServer) -> None:
        super().__init__(proxy)
        self._server = server

    async def fail(self, fault: Fault) -> None:
        """Begin to fail."""
        if fault is Fault.FREEZE:
            self._server.freeze()
        else:
            await super().fail(fault)

    async def mend(self, fault: Fault) -> None:
        """Work again."""
        if fault is Fault.FREEZE:
            self._server.thaw()
        else:
            await super().mend(fault)

    async def _go(self) -> None:
        await asyncio.to_thread(self._server.kill)

    async def _come_back(self) -> None:
        await asyncio.to_thread(self._server.restart_empty)


class DatabaseNeighbour(Neighbour):
    """A PostgreSQL, which comes back with everything it has committed."""

    def __init__(self, proxy: Proxy, server: PostgresServer) -> None:
        super().__init__(proxy)
        self._server = server

    async def _go(self) -> None:
        await asyncio.to_thread(self._server.kill)

    async def _come_back(self) -> None:
        await asyncio.to_thread(self._server.start)


class ProviderNeighbour(Neighbour):
    """A fal.ai, which comes back having forgotten every request."""

    def __init__(self, proxy: Proxy, emulator: FalEmulator) -> None:
        super().__init__(proxy)
        self._emulator = emulator

    async def _go(self) -> None:
        await self.proxy.turn(Mode.REFUSE)

    async def _come_back(self) -> None:
        await self._emulator.restart_empty()
        await self.proxy.turn(Mode.PASS)


_MODES = {Fault.REFUSE: Mode.REFUSE, Fault.RESET: Mode.RESET, Fault.SILENT: Mode.SILENT}


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A running product, its neighbours by name, and the judge's own way to the database."""

    product: Product
    fal: FalEmulator
    neighbours: Mapping[str, Neighbour]
    database: Database

    async def rows(self, query: str, **values: Any) -> list[Any]:
        """Read the database itself, whatever its proxy does."""
        async with self.database.read() as connection:
            return list(await connection.execute(text(query), values))


@asynccontextmanager
async def neighbourhood(folder: Path) -> AsyncIterator[Neighbourhood]:
    """Start everything; it ends with the block."""
    async with AsyncExitStack() as stack:
        fal, valkey = FalEmulator(shrink=SHRINK), ValkeyServer()
        stack.callback(valkey.kill)
        postgres = await asyncio.to_thread(PostgresServer)
        stack.callback(postgres.close)
        fal_url = await stack.enter_async_context(fal_emulator.running(fal))
        lines = [
            await stack.enter_async_context(proxy_to(url))
            for url in (valkey.url, fal_url, postgres.url)
        ]
        product = Product(folder, _settings(*(line.url for line in lines)), workers=1)
        migrate = product.folder, {"GRAPHAPI_DATABASE_URL": postgres.url}, "migrate"
        await asyncio.to_thread(run, *migrate)
        stack.callback(product.kill)
        await product.start()
        # In a thread, like whatever else waits for a process: the proxies are of this loop.
        await asyncio.to_thread(lambda: product.token)
        database = Database(postgres.url)
        stack.push_async_callback(database.close)
        neighbours = {
            "Redis": RedisNeighbour(lines[0], valkey),
            "the provider": ProviderNeighbour(lines[1], fal),
            "the database": DatabaseNeighbour(lines[2], postgres),
        }
        yield Neighbourhood(product, fal, neighbours, database)


def _settings(redis_url: str, fal_url: str, database_url: str) -> dict[str, str]:
    return {
        "GRAPHAPI_REDIS_URL": redis_url,
        "GRAPHAPI_DATABASE_URL": database_url,
        "FAL_API_KEY": fal_emulator.KEY,
        "GRAPHAPI_FAL_QUEUE_URL": fal_url,
        "GRAPHAPI_FAL_REST_URL": fal_url,
        "GRAPHAPI_FAL_API_URL": f"{fal_url}/v1",
    }
