"""`graphapi jobs`: look at jobs, whoever asked for them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from graphapi.cli.migrations import ready_to_use
from graphapi.cli.settings import start_logging
from graphapi.domain.jobs import JobState
from graphapi.persistence.database import Database
from graphapi.services.histories import Histories

app = typer.Typer(no_args_is_help=True)

AnswerT = TypeVar("AnswerT")
JobId = Annotated[str, typer.Argument(help="The job's id, as `graphapi jobs list` shows it.")]


@app.callback()
def jobs() -> None:
    """Look at jobs: what is under way, what ended how, and why."""


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


def _ask(question: Callable[[Histories], Awaitable[AnswerT]]) -> AnswerT:
    return asyncio.run(_answer(question))


async def _answer(question: Callable[[Histories], Awaitable[AnswerT]]) -> AnswerT:
    settings = start_logging()
    await ready_to_use(settings, migrating=False)
    database = Database(settings.resolved_database_url)
    try:
        return await question(Histories(database))
    finally:
        await database.close()
