"""Recordings: never another owner's."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.jobs import JobKind
from graphapi.domain.normalisation import Normalisation
from graphapi.domain.pages import Page, RecordingFilter, Window
from graphapi.domain.recordings import Audio, Recording, Segment
from graphapi.persistence import keysets
from graphapi.persistence.records import AnyRow, normalisation_of, standing_of
from graphapi.persistence.tables import JobRow, RecordingRow

_PLACE = (RecordingRow.created_at, RecordingRow.id)


def owned(owner_id: str) -> Select[RecordingRow]:
    """Select the recordings an owner can see."""
    return select(RecordingRow).where(
        RecordingRow.owner_id == owner_id, RecordingRow.deleted_at.is_(None)
    )


async def get(connection: AsyncConnection, owner_id: str, recording_id: str) -> Recording | None:
    """Read an owner's recording; None when it is missing, deleted or somebody else's."""
    return (await get_many(connection, owner_id, [recording_id])).get(recording_id)


async def get_many(
    connection: AsyncConnection, owner_id: str, recording_ids: Collection[str]
) -> dict[str, Recording]:
    """Read an owner's recordings of these ids; those that are not there are left out."""
    statement = owned(owner_id).where(RecordingRow.id.in_(recording_ids))
    return {row.id: recording_of(row) for row in await connection.execute(statement)}


async def followed(
    connection: AsyncConnection, owner_id: str, recording_ids: Collection[str]
) -> dict[str, Recording]:
    """Read an owner's recordings of these ids, deleted ones too, for who follows them."""
    statement = select(RecordingRow).where(
        RecordingRow.id.in_(recording_ids), RecordingRow.owner_id == owner_id
    )
    return {row.id: recording_of(row) for row in await connection.execute(statement)}


async def page(
    connection: AsyncConnection,
    owner_id: str,
    window: Window,
    chosen: RecordingFilter,
    search: str | None,
) -> Page[Recording]:
    """Read one page of what an owner had heard or said; uploads are not among it."""
    made = RecordingRow.model.is_not(None)
    words = [RecordingRow.text.icontains(each, autoescape=True) for each in (search or "").split()]
    matching = owned(owner_id).where(made, *_conditions(chosen), *words)
    return await keysets.page(connection, matching, _PLACE, window, recording_of)


def _conditions(chosen: RecordingFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if chosen.kind is not None:
        # Every attempt at a recording is of the same kind.
        attempt = JobRow.recording_id == RecordingRow.id
        conditions.append(exists().where(attempt, JobRow.kind == JobKind(chosen.kind)))
    if chosen.ai_status is not None:
        conditions.append(RecordingRow.ai_status == chosen.ai_status)
    return conditions


async def audio_of(connection: AsyncConnection, job: AnyRow) -> Audio:
    """Read the sound that a job is to hear; raises FileNotFoundError."""
    recording = await get(connection, job.owner_id, job.recording_id)
    if recording is None or recording.audio is None:
        raise FileNotFoundError(job.recording_id)
    return recording.audio


async def normalised(
    connection: AsyncConnection, owner_id: str, recording_id: str
) -> tuple[Normalisation, ...]:
    """Read what became of the parameters that a recording was asked with."""
    statement = select(RecordingRow.normalised).where(
        RecordingRow.id == recording_id, RecordingRow.owner_id == owner_id
    )
    return _notes((await connection.execute(statement)).scalar_one())


def recording_of(row: AnyRow) -> Recording:
    """Make a recording from its row."""
    return Recording(
        id=row.id,
        owner_id=row.owner_id,
        version=row.version,
        changed_seq=row.changed_seq,
        created_at=row.created_at,
        standing=standing_of(row),
        audio=_audio_of(row),
        text=row.text,
        segments=tuple(Segment(**segment) for segment in row.segments),
        language=row.language,
        provider=row.provider,
        model=row.model,
        metadata=row.provider_metadata,
        seconds=row.seconds,
        normalised=_notes(row.normalised),
        deleted=row.deleted_at is not None,
    )


def audio_values(audio: Audio) -> dict[str, Any]:
    """Make the columns of a sound."""
    return asdict(audio)


def segment_values(segments: Collection[Segment]) -> list[Mapping[str, Any]]:
    """Write segments down, as JSON."""
    return [asdict(segment) for segment in segments]


def _notes(kept: list[Any]) -> tuple[Normalisation, ...]:
    return tuple(normalisation_of(note) for note in kept)


def _audio_of(row: AnyRow) -> Audio | None:
    if row.key is None:
        return None
    return Audio(row.key, row.content_type, row.byte_count, row.sha256)
