"""Where images and recordings stand, read from their jobs: every move asks, so with few questions.

The statements are made once, since making one takes longer than the database takes to answer it.
"""

from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.jobs import LIVE, JobKind, JobState
from graphapi.domain.standing import JobView, Standing, project
from graphapi.persistence.records import job_view_of, standing_of
from graphapi.persistence.tables import GenerationRow, ImageRow, JobRow, RecordingRow, table_of

_images = table_of(ImageRow)
_jobs = table_of(JobRow)
_generations = table_of(GenerationRow)
_recordings = table_of(RecordingRow)

_STANDING = ("stage", "stage_message", "progress", "queue_position", "failure_code")
_LATEST_KEY = tuple[str, JobKind]


def _concerned(column: ColumnElement[str]) -> ColumnElement[bool]:
    return column.in_((bindparam("one"), bindparam("other")))


def _columns(table: Table, *names: str) -> list[ColumnElement[Any]]:
    return [table.c[name] for name in (*names, *_STANDING, "failure_message")]


_SHOWN = select(*_columns(_images, "id", "ai_status")).where(_concerned(_images.c.id))
_LATEST = select(*_columns(_jobs, "image_id", "kind", "state")).where(
    _jobs.c.id.in_(
        select(func.max(_jobs.c.id))
        .where(_concerned(_jobs.c.image_id))
        .group_by(_jobs.c.image_id, _jobs.c.kind)
    )
)
_NEWEST_GENERATIONS = (
    select(func.max(_generations.c.id))
    .where(_concerned(_generations.c.image_id))
    .group_by(_generations.c.image_id)
)
# Of each variation its latest attempt counts.
_GENERATION_STATES = select(_jobs.c.source_image_id, _jobs.c.state).where(
    _jobs.c.id.in_(
        select(func.max(_jobs.c.id))
        .where(_jobs.c.generation_id.in_(_NEWEST_GENERATIONS))
        .group_by(_jobs.c.generation_id, _jobs.c.image_id)
    )
)
_AT_WORK = (
    select(_jobs.c.source_image_id)
    .where(_concerned(_jobs.c.source_image_id), _jobs.c.state.in_(LIVE))
    .distinct()
)

_SHOWN_RECORDING = select(*_columns(_recordings, "ai_status")).where(
    _recordings.c.id == bindparam("the_recording")
)
_LATEST_OF_RECORDING = (
    select(*_columns(_jobs, "kind", "state"))
    .where(_jobs.c.recording_id == bindparam("the_recording"))
    .order_by(_jobs.c.id.desc())
    .limit(1)
)


async def news(connection: AsyncConnection, one: str, other: str) -> dict[str, Standing]:
    """Tell which of two images, or of one named twice, stand otherwise than shown, and how."""
    both = {"one": one, "other": other}
    shown = {row.id: standing_of(row) for row in await connection.execute(_SHOWN, both)}
    now = await _standings(connection, both)
    # In the order asked for: a child before its parent, everywhere the same.
    return {
        image_id: now[image_id]
        for image_id in dict.fromkeys((one, other))
        if image_id in shown and now[image_id] != shown[image_id]
    }


async def _standings(connection: AsyncConnection, both: dict[str, str]) -> dict[str, Standing]:
    latest = {
        (row.image_id, row.kind): job_view_of(row)
        for row in await connection.execute(_LATEST, both)
    }
    states: dict[str, list[JobState]] = {}
    at_work: set[str] = set()
    # A job of the image itself that is live is all there is to show.
    if not all(_is_live(latest, image_id) for image_id in both.values()):
        for row in await connection.execute(_GENERATION_STATES, both):
            states.setdefault(row.source_image_id, []).append(row.state)
        at_work = set((await connection.execute(_AT_WORK, both)).scalars())
    return {
        image_id: project(
            analysis=latest.get((image_id, JobKind.ANALYSIS)),
            own=latest.get((image_id, JobKind.VARIATION)),
            generation=states.get(image_id, []),
            older_live=image_id in at_work,
        )
        for image_id in both.values()
    }


async def news_of_recording(connection: AsyncConnection, recording_id: str) -> Standing | None:
    """Tell how a recording stands by its latest job; None when that is what is shown."""
    asked = {"the_recording": recording_id}
    shown = (await connection.execute(_SHOWN_RECORDING, asked)).one()
    latest = (await connection.execute(_LATEST_OF_RECORDING, asked)).one()
    now = project(analysis=None, own=job_view_of(latest), generation=[])
    return now if now != standing_of(shown) else None


def _is_live(latest: dict[_LATEST_KEY, JobView], image_id: str) -> bool:
    return any((view := latest.get((image_id, kind))) and view.state in LIVE for kind in JobKind)
