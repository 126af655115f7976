"""The product as an operator runs it: a server, its workers, a data folder and a database."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from graphapi.persistence.database import Database
from tests.journeys.client import Client
from tests.journeys.processes import Process, environment, run
from tests.servers.launch import free_port

QUIET_START = 1.5


class Product:
    """A server and its workers, stopped until `start`. `settings` are environment variables.

    The server's command line is that after `through`.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str],
        workers: int = 0,
        through: Sequence[str] = (),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self.settings = {
            "GRAPHAPI_DATA_DIR": str(folder / "data"),
            "GRAPHAPI_PORT": str(port),
            **settings,
        }
        variables = self._variables = environment(self.settings)
        ready = "graphapi is ready."
        self.server = Process("serve", ready, folder, variables, "server", through=through)
        self.workers = [
            Process("worker", "The worker is ready.", folder, variables, f"worker-{number}")
            for number in range(workers)
        ]
        # How much longer the last start took than on a quiet machine: whatever is promised in
        # seconds takes as much longer while others work on it.
        self.slack = 0.0
        self._token: str | None = None

    @property
    def processes(self) -> list[Process]:
        """List every process."""
        return [self.server, *self.workers]

    @property
    def token(self) -> str:
        """Tell the token of the first user: printed at start, or made by the command line."""
        if self._token is None:
            greeted = re.search(r"Token +(\S+)", self.server.printed)
            self._token = greeted[1] if greeted else self.new_token("developer")
        return self._token

    def change(self, **settings: str) -> None:
        """Change settings, for whatever starts from now on."""
        self.settings |= settings
        self._variables |= settings

    def new_token(self, user: str) -> str:
        """Make a token as an operator does."""
        return run(self.folder, self.settings, "token", "create", "--user", user).strip()

    async def start(self) -> None:
        """Start whatever does not run, and wait until all of it is ready."""
        stopped = [process for process in self.processes if not process.lives]
        began = time.monotonic()
        await asyncio.gather(*(process.start() for process in stopped))
        self.slack = max(0.0, time.monotonic() - began - QUIET_START * len(stopped))

    def kill(self) -> None:
        """Kill every process."""
        for process in self.processes:
            process.kill()

    @asynccontextmanager
    async def client(self, token: str | None = None) -> AsyncIterator[Client]:
        """Open a client, signed in with this token, else as the first user."""
        signed_in = self.token if token is None else token
        async with Client(self.url, signed_in) as client:
            yield client

    async def rows(self, query: str, **values: Any) -> list[Any]:
        """Read the database itself."""
        default = f"sqlite:///{self.folder}/data/graphapi.db"
        database = Database(self.settings.get("GRAPHAPI_DATABASE_URL", default))
        try:
            async with database.read() as connection:
                return list(await connection.execute(text(query), values))
        finally:
            await database.close()

    def said(self) -> str:
        """Read everything that any process printed or logged."""
        return "".join(process.printed + process.logged for process in self.processes)
