"""What an image takes over from its analysis, and the variations that waited for it."""

from typing import Any

from graphapi.domain.analysis import AnalysedFields, Merged, Overrides, fields_of, merge
from graphapi.domain.colors import color_families
from graphapi.domain.jobs import JobState, Mover
from graphapi.domain.library import Image
from graphapi.domain.prompts import plan
from graphapi.domain.variations import ShotType, VariationRequest
from graphapi.persistence import generations, images, jobs, pictures
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow, position_of
from graphapi.persistence.transition import Guard, change_image, transition
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.ports.clock import Clock
from graphapi.ports.doorbell import Bell, Step


class Concluding:
    """Writes finished analyses into their images."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def conclude(self, job: AnyRow) -> None:
        """Write an analysis into its image, and settle the prompts that waited for it."""
        async with self._database.write() as unit:
            moved = await transition(
                unit,
                job.id,
                JobState.SUCCEEDED,
                by=Mover.FINALISER,
                guard=Guard(fence=job.fence),
                finished_at=self._clock.now(),
            )
            image = await images.get(unit.connection, job.owner_id, job.image_id)
            if moved is None or image is None:
                # An image deleted meanwhile has nothing to take over, and nobody waits for it.
                return
            described = await self._describe(unit, job, image)
            await self._settle_prompts(unit, job, described)

    async def _describe(self, unit: UnitOfWork, job: AnyRow, image: Image) -> Image:
        picture = await pictures.get(unit.connection, job.owner_id, job.picture_id)
        merged = merge(
            fields_of(image),
            image.authors,
            said=_said(job),
            colors=picture.colors if picture else (),
            overrides=Overrides(**job.context["overrides"]),
            overwrite_edits=job.context["overwrite_edits"],
        )
        values = _columns(merged) | {"updated_at": self._clock.now()}
        await change_image(unit, job.owner_id, image.id, **values)
        return (await images.get_many(unit.connection, job.owner_id, [image.id]))[image.id]

    async def _settle_prompts(self, unit: UnitOfWork, job: AnyRow, image: Image) -> None:
        """Plan again, from where the image stood, with what is now known of it."""
        waiting = await jobs.waiting_for(unit.connection, job.id)
        if not waiting:
            return
        generation = await generations.get(unit.connection, waiting[0].generation_id)
        planned = plan(_request(generation, image)).variations
        for variation, item in zip(waiting, planned, strict=True):
            if variation.state is not JobState.QUEUED:
                continue
            await jobs.set_request(unit, variation.id, prompt=item.prompt, waits_for=None)
            await change_image(unit, job.owner_id, variation.image_id, prompt=item.prompt)
        unit.ring([Bell(Step.PREPARE, waiting[0].id)])


def _said(job: AnyRow) -> AnalysedFields:
    kept = dict(job.result["fields"])
    return AnalysedFields(**kept | {"tags": tuple(kept["tags"])})


def _columns(merged: Merged) -> dict[str, Any]:
    columns: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in merged.values.items()
    }
    if "colors" in columns:
        columns["color_families"] = color_families(columns["colors"])
    return columns | {"authors": {name: author.value for name, author in merged.authors.items()}}


def _request(generation: AnyRow, image: Image) -> VariationRequest:
    return VariationRequest(
        mode=generation.mode,
        count=generation.variation_count,
        detail=generation.detail,
        group=image.group,
        shot_types=tuple(ShotType(shot) for shot in generation.shot_types) or None,
        description=image.description,
        position=position_of(generation),
    )
