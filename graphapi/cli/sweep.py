"""`graphapi sweep`: one round of what the leader of the processes does every second."""

import asyncio

import typer

from graphapi.cli.migrations import ready_to_use
from graphapi.cli.settings import start_logging
from graphapi.container.foundations import open_foundations
from graphapi.container.use_cases import make_reconciling
from graphapi.domain.jobs import Mover
from graphapi.persistence import histories
from graphapi.services.sweeping import Sweeping
from graphapi.settings import Settings


def sweep() -> None:
    """Look once after the jobs that nobody looks after, and say what was done. Sends nothing."""
    for line in asyncio.run(_sweep(start_logging())):
        typer.echo(line)


async def _sweep(settings: Settings) -> list[str]:
    await ready_to_use(settings, migrating=False)
    async with open_foundations(settings) as base:
        start = base.clock.now()
        sweeping = Sweeping(base.database, base.clock, base.models.is_repeatable)
        due = await sweeping.sweep()
        await make_reconciling(base).look()
        await sweeping.forget_dead_workers()
        movers = {Mover.SWEEPER, Mover.RECONCILER}
        async with base.database.read() as connection:
            moved = await histories.moved_since(connection, start, movers)
    told = [f"{event.job_id} is now {event.state}: {event.message}" for event in moved]
    if due:
        steps = f"{len(due)} steps are" if len(due) > 1 else "1 step is"
        told.append(f"{steps} due; a running server or worker takes them up within seconds.")
    return told or ["Nothing was to be done."]
