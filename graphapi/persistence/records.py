"""From rows to the domain's values and back; nothing else knows both shapes."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row

from graphapi.domain.attempts import Attempt
from graphapi.domain.failures import Failure
from graphapi.domain.images import Author, Picture, ProviderMetadata, Size
from graphapi.domain.jobs import Billed
from graphapi.domain.library import Image
from graphapi.domain.options import Handling, Normalisation
from graphapi.domain.quality import QualityFlag, QualityFlagKind
from graphapi.domain.standing import JobView, Standing
from graphapi.domain.variations import ModificationMode, Position

AnyRow = Row[*tuple[Any, ...]]

# Columns of an image that bear the same name in the domain.
_SAME_NAME = (
    "id", "owner_id", "version", "changed_seq", "created_at", "updated_at", "source_type",
    "status", "parent_image_id", "generation_id", "storage_id", "source_url", "title",
    "description", "category", "group", "genre", "style", "shot", "project_name",
    "moodboard_name", "source", "sref", "prompt", "provider", "model", "shot_type",
    "aspect_ratio", "modification_mode", "variation_count", "variation_detail",
)  # fmt: skip


def image_of(row: AnyRow) -> Image:
    """Make an image from a row of images joined with its picture (columns `picture_*`)."""
    values = row._mapping  # noqa: SLF001 - the documented way to read a row by name
    metadata = values["provider_metadata"]
    return Image(
        **{name: values[name] for name in _SAME_NAME},
        standing=standing_of(row),
        picture=_joined_picture(row) if values["picture_key"] else None,
        tags=tuple(values["tags"]),
        colors=tuple(values["colors"]),
        provider_metadata=ProviderMetadata(**metadata) if metadata else None,
        quality_flags=_flags(values["quality_flags"]),
        authors={name: Author(author) for name, author in values["authors"].items()},
        deleted=values["deleted_at"] is not None,
    )


def standing_of(row: AnyRow) -> Standing:
    """Make a standing from a row of images."""
    return Standing(
        row.ai_status,
        row.stage,
        row.stage_message,
        row.progress,
        row.queue_position,
        failure_of(row),
    )


def standing_values(standing: Standing) -> dict[str, Any]:
    """Make an image's standing columns."""
    failure = standing.failure
    return {
        "ai_status": standing.ai_status,
        "stage": standing.stage,
        "stage_message": standing.stage_message,
        "progress": standing.progress,
        "queue_position": standing.queue_position,
        "failure_code": failure.code if failure else None,
        "failure_message": failure.message if failure else None,
    }


def failure_of(row: AnyRow) -> Failure | None:
    """Make the failure of a job or an image, if there is one."""
    if row.failure_code is None:
        return None
    return Failure(row.failure_code, row.failure_message or "")


def job_view_of(row: AnyRow) -> JobView:
    """Make what the projection needs of a row of jobs."""
    return JobView(
        row.kind,
        row.state,
        row.stage,
        row.stage_message,
        row.progress,
        row.queue_position,
        failure_of(row),
    )


def attempt_of(row: AnyRow, number: int) -> Attempt:
    """Make an attempt from a row of jobs; `number` counts an image's attempts from 1."""
    return Attempt(
        number=number,
        state=row.state,
        # What is adopted was billed with the attempt that it adopts.
        billed=Billed.NO if row.adopts else row.billed,
        provider=row.provider,
        model=row.model,
        started_at=row.created_at,
        sent_at=row.intended_at,
        ended_at=row.finished_at,
        cancel_requested_at=row.cancel_requested_at,
        seed=row.seed,
        request_id=row.request_id,
        failure=failure_of(row),
    )


def normalisation_of(value: Mapping[str, Any]) -> Normalisation:
    """Make what became of a parameter from what `normalisation_values` wrote."""
    return Normalisation(**{**value, "handling": Handling(value["handling"])})


def normalisation_values(note: Normalisation) -> dict[str, Any]:
    """Write down what became of a parameter, as JSON."""
    return asdict(note) | {"handling": note.handling.value}


def position_of(row: AnyRow) -> Position:
    """Make where an image left off from its row."""
    beats = {ModificationMode(mode): used for mode, used in row.beats_used.items()}
    return Position(row.shots_used, beats)


def position_values(position: Position) -> dict[str, Any]:
    """Make the columns of where an image left off."""
    beats = {mode.value: used for mode, used in position.beats.items()}
    return {"shots_used": position.shots, "beats_used": beats}


def picture_of(row: AnyRow) -> Picture:
    """Make a picture from its own row."""
    return _picture(row._mapping, "")  # noqa: SLF001 - the documented way to read a row by name


def picture_values(picture: Picture) -> dict[str, Any]:
    """Make a picture's columns."""
    values = asdict(picture)
    values["colors"] = list(picture.colors)
    values["derivatives"] = {size.value: key for size, key in picture.derivatives.items()}
    return values


def _flags(kept: list[dict[str, str]] | None) -> tuple[QualityFlag, ...]:
    return tuple(QualityFlag(QualityFlagKind(flag["kind"]), flag["message"]) for flag in kept or ())


def _joined_picture(row: AnyRow) -> Picture:
    return _picture(row._mapping, "picture_")  # noqa: SLF001 - the documented way to read a row by name


def _picture(values: Any, prefix: str) -> Picture:
    derivatives = values[f"{prefix}derivatives"]
    return Picture(
        key=values[f"{prefix}key"],
        content_type=values[f"{prefix}content_type"],
        width=values[f"{prefix}width"],
        height=values[f"{prefix}height"],
        byte_count=values[f"{prefix}byte_count"],
        sha256=values[f"{prefix}sha256"],
        placeholder=values[f"{prefix}placeholder"],
        colors=tuple(values[f"{prefix}colors"]),
        derivatives={Size(size): key for size, key in derivatives.items()},
    )
