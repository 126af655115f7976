"""One round of sweeping from the command line, while no server runs."""

import asyncio
from pathlib import Path

from sqlalchemy import update

from graphapi.domain.jobs import JobState, Mover
from graphapi.persistence.database import Database
from graphapi.persistence.tables import JobRow
from graphapi.persistence.transition import transition
from tests.cli.conftest import Run
from tests.persistence.library import Library, TurnedClock


def left_behind(folder: Path, *states: JobState) -> list[str]:
    """Leave jobs in these states, as after a power cut long ago."""

    async def leave() -> list[str]:
        database = Database(f"sqlite:///{folder}/data/graphapi.db")
        library = await Library.of(database, TurnedClock(), "ada")
        job_ids = await library.ask_prepared(len(states))
        async with database.write() as unit:
            for job_id, state in zip(job_ids, states, strict=True):
                if state is not JobState.QUEUED:
                    submitting = JobState.SUBMITTING
                    assert await transition(
                        unit, job_id, submitting, by=Mover.SUBMITTER, claimed_by="wrk_dead"
                    )
                if state is JobState.SUBMIT_UNKNOWN:
                    assert await transition(unit, job_id, state, by=Mover.SUBMITTER)
        await database.close()
        return job_ids

    return asyncio.run(leave())


def expire(folder: Path) -> None:
    async def turn() -> None:
        database = Database(f"sqlite:///{folder}/data/graphapi.db")
        async with database.write() as unit:
            await unit.connection.execute(update(JobRow).values(deadline_at=JobRow.created_at))
        await database.close()

    asyncio.run(turn())


def test_where_nothing_is_left_behind_nothing_is_done(graphapi: Run) -> None:
    graphapi("migrate")
    done = graphapi("sweep")
    assert (done.exit_code, done.stdout) == (0, "Nothing was to be done.\n")


def test_a_request_of_a_dead_process_is_put_in_doubt_and_what_waits_is_named(
    graphapi: Run, tmp_path: Path
) -> None:
    graphapi("migrate")
    sending, _waiting = left_behind(tmp_path, JobState.SUBMITTING, JobState.QUEUED)
    done = graphapi("sweep")
    assert done.exit_code == 0
    moved, due = done.stdout.splitlines()
    assert moved.startswith(f"{sending} is now SUBMIT_UNKNOWN: ")
    assert due.startswith("1 step is due")


def test_what_is_past_its_deadline_is_ended(graphapi: Run, tmp_path: Path) -> None:
    graphapi("migrate")
    doubtful, waiting = left_behind(tmp_path, JobState.SUBMIT_UNKNOWN, JobState.QUEUED)
    expire(tmp_path)
    told = graphapi("sweep").stdout
    assert f"{doubtful} is now FAILED: It never became known" in told
    assert f"{waiting} is now FAILED: Its turn did not come in time" in told
    assert graphapi("sweep").stdout == "Nothing was to be done.\n"
