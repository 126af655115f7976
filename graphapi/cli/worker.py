"""`graphapi worker`: perform jobs from Redis."""

import asyncio
import signal

import typer

from graphapi.cli.migrations import ready_to_use
from graphapi.cli.settings import start_logging, warn_of
from graphapi.container.processes import open_worker
from graphapi.settings import Settings


def worker() -> None:
    """Perform jobs from Redis, beside a server. Run as many as you like; stop with Ctrl-C."""
    settings = start_logging()
    warn_of(settings)
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    await ready_to_use(settings, migrating=False)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_worker(settings):
        typer.echo("The worker is ready.")
        await stop.wait()
