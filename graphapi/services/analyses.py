"""Asking for a smart analysis, with variations to follow it or without."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from graphapi.domain.analysis import AnalysisContext, Overrides
from graphapi.domain.images import AspectRatio, Author
from graphapi.domain.jobs import JobKind
from graphapi.domain.library import Image
from graphapi.domain.models import Model, ModelKind
from graphapi.domain.prompts import plan
from graphapi.domain.users import User
from graphapi.domain.variations import MAX_VARIATIONS, ModificationMode
from graphapi.domain.words import check_words
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.persistence import images, pictures
from graphapi.persistence.database import Database
from graphapi.persistence.transition import add_jobs, change_image, lock_owner
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.ports.clock import Clock
from graphapi.ports.doorbell import Bell, Step
from graphapi.services.models import Models
from graphapi.services.once import Once
from graphapi.services.requests import AnalysisWanted, VariationsWanted
from graphapi.services.scheduling import Order, new_job, picture_of, schedule_variations
from graphapi.services.uploads import Uploads
from graphapi.services.variations import planning_request

SaidT = TypeVar("SaidT", AnalysisContext, Overrides)


class Analyses:
    """Schedules analyses."""

    def __init__(
        self,
        database: Database,
        uploads: Uploads,
        models: Models,
        clock: Clock,
        deadline: timedelta,
    ) -> None:
        self._database = database
        self._uploads = uploads
        self._models = models
        self._clock = clock
        self._deadline = deadline

    async def request(
        self, owner: User, image_id: str, wanted: AnalysisWanted, key: str | None = None
    ) -> Image | None:
        """Schedule an analysis of an image, and answer the image as it now stands.

        What the caller says of group, project, moodboard, source and style reference is a
        person's word, kept at once. Variations that are to follow exist from now on, waiting
        for the analysis. Under an idempotency key that was used before, only answer the image;
        None when it was deleted since. Raises NotFound or Refused; then nothing has changed.
        """
        context, overrides = _tidied(wanted.context), _tidied(wanted.overrides)
        wanted = replace(wanted, context=context, overrides=overrides)
        once = Once.of(key, "rerunSmartAnalysis", image_id, wanted)
        known = await once.known_already(self._database, owner.id)
        if known is not None:
            return await self._now(owner, image_id)
        fetched = await self._fetched(owner, image_id, wanted)
        async with self._database.write() as unit:
            await lock_owner(unit, owner.id)
            known = await once.known(unit, owner.id)
            image = await images.get(unit.connection, owner.id, image_id)
            if known is not None:
                return image
            if image is None:
                raise NotFound("image", ("imageId",))
            picture_id = fetched or await self._chosen(unit, image, wanted)
            image = await self._keep_words(unit, image, wanted)
            job_id = await self.schedule(unit, image, picture_id, wanted)
            await once.remember(unit, owner.id, {"image": image_id}, self._clock.now())
            if wanted.variation_count:
                await self._follow(unit, image, picture_id, wanted, job_id)
            return (await images.get_many(unit.connection, owner.id, [image_id]))[image_id]

    async def schedule(
        self, unit: UnitOfWork, image: Image, picture_id: str, wanted: AnalysisWanted
    ) -> str:
        """Write the job of an analysis and ring for it; answers the job's id."""
        now = self._clock.now()
        job = new_job(JobKind.ANALYSIS, self._model(), now, now + self._deadline) | {
            "image_id": image.id,
            "source_image_id": image.id,
            "picture_id": picture_id,
            "prepared_at": now,
            "context": {
                "context": asdict(wanted.context),
                "overrides": asdict(wanted.overrides),
                "overwrite_edits": wanted.overwrite_edits,
            },
        }
        await add_jobs(unit, image.owner_id, [job])
        unit.ring([Bell(Step.ANALYSE, job["id"])])
        return str(job["id"])

    async def _now(self, owner: User, image_id: str) -> Image | None:
        async with self._database.read() as connection:
            return await images.get(connection, owner.id, image_id)

    async def _fetched(self, owner: User, image_id: str, wanted: AnalysisWanted) -> str | None:
        _check(await self._now(owner, image_id), wanted)
        if wanted.storage_id is not None or wanted.image_url is None:
            return None
        return await self._uploads.fetch(owner, wanted.image_url, ("imageUrl",))

    async def _chosen(self, unit: UnitOfWork, image: Image, wanted: AnalysisWanted) -> str:
        if wanted.storage_id is None:
            return picture_of(image)
        picture = await pictures.get(unit.connection, image.owner_id, wanted.storage_id)
        if picture is None:
            raise NotFound("uploaded picture", ("storageId",))
        return wanted.storage_id

    async def _keep_words(self, unit: UnitOfWork, image: Image, wanted: AnalysisWanted) -> Image:
        words = {name: value for name, value in asdict(wanted.overrides).items() if value}
        if not words:
            return image
        authors = {name: author.value for name, author in image.authors.items()}
        authors |= dict.fromkeys(words, Author.PERSON.value)
        now = self._clock.now()
        await change_image(unit, image.owner_id, image.id, **words, authors=authors, updated_at=now)
        return (await images.get_many(unit.connection, image.owner_id, [image.id]))[image.id]

    async def _follow(
        self, unit: UnitOfWork, image: Image, picture_id: str, wanted: AnalysisWanted, job_id: str
    ) -> None:
        variations = VariationsWanted(
            wanted.mode or image.modification_mode or ModificationMode.SHOT_VARIATION,
            wanted.variation_count,
            image.variation_detail,
        )
        start = await images.position(unit.connection, image.owner_id, image.id)
        now: datetime = self._clock.now()
        order = Order(
            source=image,
            wanted=variations,
            plan=plan(planning_request(variations, image.group, image.description, start)),
            start=start,
            model=self._models.edit_model(None, AspectRatio.RATIO_16_9),
            picture_id=picture_id,
            now=now,
            deadline_at=now + self._deadline,
        )
        await schedule_variations(unit, order, waits_for=job_id)

    def _model(self) -> Model:
        return next(model for model in self._models.all if model.kind is ModelKind.ANALYSIS)


def _check(image: Image | None, wanted: AnalysisWanted) -> None:
    """Refuse what can be refused before anything is fetched."""
    if image is None:
        raise NotFound("image", ("imageId",))
    if not 0 <= wanted.variation_count <= MAX_VARIATIONS:
        message = f"variationCount is {wanted.variation_count}. Ask for 0 to {MAX_VARIATIONS}."
        raise Refused(UserErrorCode.COUNT_OUT_OF_RANGE, message, ("variationCount",))
    if wanted.storage_id is None and wanted.image_url is None:
        picture_of(image)


def _tidied(said: SaidT) -> SaidT:
    """Hold what a person says in passing to the rules of what they say at leisure."""
    words: dict[str, Any] = check_words(asdict(said), ())
    return replace(said, **words)
