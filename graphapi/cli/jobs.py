"""`graphapi jobs`: look at jobs, whoever asked for them, and settle what is uncertain."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal, InvalidOperation
from typing import Annotated, TypeVar

import typer

from graphapi.cli.migrations import ready_to_use
from graphapi.cli.settings import start_logging
from graphapi.domain.jobs import JobState
from graphapi.domain.money import MOST_MICROS, micros_of
from graphapi.persistence.database import Database
from graphapi.services.histories import Histories
from graphapi.services.settling import Settling

app = typer.Typer(no_args_is_help=True)

AnswerT = TypeVar("AnswerT")
JobId = Annotated[str, typer.Argument(help="The job's id, as `graphapi jobs list` shows it.")]


@app.callback()
def jobs() -> None:
    """Look at jobs: what is under way, what ended how, and why; settle what is uncertain."""


@app.command("list")
def list_(
    *,
    state: Annotated[
        list[JobState] | None, typer.Option(help="Only jobs in this state; may be repeated.")
    ] = None,
    user: Annotated[str | None, typer.Option(help="Only jobs of this user.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many of the newest.")] = 20,
) -> None:
    """List the newest jobs, one a line."""
    found = _ask(lambda histories: histories.newest(state or (), user, limit))
    for job in found:
        failure = f"  {job.failure_code}" if job.failure_code else ""
        typer.echo(
            f"{job.id}  {job.state:<14}  {job.created_at:%Y-%m-%d %H:%M:%S}  "
            f"{job.kind:<13}  {job.model}  {job.user_name}{failure}"
        )
    if not found:
        typer.echo("There are no such jobs.", err=True)


@app.command()
def show(job_id: JobId) -> None:
    """Show everything that is stored of a job."""
    for name, value in _ask(lambda histories: histories.columns(job_id)).items():
        if value is not None:
            typer.echo(f"{name:<20} {value}")


@app.command()
def explain(job_id: JobId) -> None:
    """Tell the whole history of a job in plain words: what happened, when, and what it cost."""
    for line in _ask(lambda histories: histories.explain(job_id)):
        typer.echo(line)


@app.command()
def settle(
    job_id: JobId,
    *,
    charged: Annotated[
        str | None, typer.Option(metavar="USD", help="What its books show, such as 0.15.")
    ] = None,
    not_charged: Annotated[
        bool, typer.Option("--not-charged", help="Its books show no charge.")
    ] = False,
) -> None:
    """Say of a job that may have been charged for what the provider's own books show; once."""
    if (charged is not None) is not_charged:
        raise typer.BadParameter("Give either --charged with an amount, or --not-charged.")
    micros = None if charged is None else _micros(charged)
    _do(lambda database: Settling(database).settle(job_id, micros))
    typer.echo(f"Settled. `graphapi jobs explain {job_id}` tells the whole of it.")


def _micros(dollars: str) -> int:
    try:
        micros = micros_of(Decimal(dollars))
    except (InvalidOperation, ValueError, OverflowError):
        micros = 0
    if not 0 < micros <= MOST_MICROS:
        raise typer.BadParameter(
            f"{dollars!r} is no amount in US dollars. Write it as 0.15; for nothing at all use "
            "--not-charged."
        )
    return micros


def _ask(question: Callable[[Histories], Awaitable[AnswerT]]) -> AnswerT:
    return _do(lambda database: question(Histories(database)))


def _do(work: Callable[[Database], Awaitable[AnswerT]]) -> AnswerT:
    return asyncio.run(_done(work))


async def _done(work: Callable[[Database], Awaitable[AnswerT]]) -> AnswerT:
    settings = start_logging()
    await ready_to_use(settings, migrating=False)
    database = Database(settings.resolved_database_url)
    try:
        return await work(database)
    finally:
        await database.close()
