"""Recordings: never another owner's."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.normalisation import Normalisation
from graphapi.domain.recordings import Audio, Recording, Segment
from graphapi.persistence.recording_rows import RecordingRow
from graphapi.persistence.records import AnyRow, normalisation_of, standing_of


async def get(connection: AsyncConnection, owner_id: str, recording_id: str) -> Recording | None:
    """Read an owner's recording; None when it is missing or somebody else's."""
    return (await get_many(connection, owner_id, [recording_id])).get(recording_id)


async def get_many(
    connection: AsyncConnection, owner_id: str, recording_ids: Collection[str]
) -> dict[str, Recording]:
    """Read an owner's recordings of these ids; those that are not there are left out."""
    statement = select(RecordingRow).where(
        RecordingRow.id.in_(recording_ids), RecordingRow.owner_id == owner_id
    )
    return {row.id: recording_of(row) for row in await connection.execute(statement)}


async def newest(
    connection: AsyncConnection, owner_id: str, *, limit: int, before: str | None = None
) -> list[Recording]:
    """Read what an owner had heard or said, newest first; uploads are not among it."""
    statement = select(RecordingRow).where(
        RecordingRow.owner_id == owner_id, RecordingRow.model.is_not(None)
    )
    if before is not None:
        statement = statement.where(RecordingRow.id < before)
    rows = await connection.execute(statement.order_by(RecordingRow.id.desc()).limit(limit))
    return [recording_of(row) for row in rows]


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
    notes = (await connection.execute(statement)).scalar_one()
    return tuple(normalisation_of(note) for note in notes)


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
    )


def audio_values(audio: Audio) -> dict[str, Any]:
    """Make the columns of a sound."""
    return asdict(audio)


def segment_values(segments: Collection[Segment]) -> list[Mapping[str, Any]]:
    """Write segments down, as JSON."""
    return [asdict(segment) for segment in segments]


def _audio_of(row: AnyRow) -> Audio | None:
    if row.key is None:
        return None
    return Audio(row.key, row.content_type, row.byte_count, row.sha256)
