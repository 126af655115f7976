"""`graphapi migrate`: bring the database to the newest schema."""

import asyncio

from graphapi.cli.migrations import ready_to_use
from graphapi.cli.settings import start_logging


def migrate() -> None:
    """Bring the database to the newest schema; harmless when it has it already."""
    asyncio.run(ready_to_use(start_logging(), migrating=True))
