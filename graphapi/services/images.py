"""A person's library: adding, listing, editing and removing images."""

from collections.abc import Collection, Mapping
from typing import Any

from graphapi.domain.attempts import Attempt
from graphapi.domain.colors import COLOR_FAMILIES, color_families, color_family
from graphapi.domain.ids import Noun, new_id
from graphapi.domain.images import Author, ReviewStatus, SourceType
from graphapi.domain.jobs import JobState, Mover, Stage
from graphapi.domain.library import Image
from graphapi.domain.options import Normalisation
from graphapi.domain.pages import ImageFilter, Page, Window, check_search
from graphapi.domain.standing import Generation, Input
from graphapi.domain.users import User
from graphapi.domain.vocabulary import CATEGORIES
from graphapi.domain.words import check_words
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.persistence import (
    attempts,
    generations,
    image_pages,
    images,
    inputs,
    jobs,
    pictures,
)
from graphapi.persistence.database import Database
from graphapi.persistence.records import attempt_of
from graphapi.persistence.transition import (
    add_images,
    cancelled_unsent,
    change_image,
    lock_owner,
    transition,
)
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.ports.clock import Clock
from graphapi.services.analyses import Analyses
from graphapi.services.once import Once
from graphapi.services.requests import AnalysisWanted, NewImage
from graphapi.services.uploads import Uploads


class Images:
    """Keeps the library of each person."""

    def __init__(
        self, database: Database, uploads: Uploads, analyses: Analyses, clock: Clock
    ) -> None:
        self._database = database
        self._uploads = uploads
        self._analyses = analyses
        self._clock = clock

    async def get_many(self, owner: User, image_ids: Collection[str]) -> dict[str, Image]:
        """Read images by id; missing and foreign ones are absent."""
        async with self._database.read() as connection:
            return await images.get_many(connection, owner.id, image_ids)

    async def variations_of(
        self, owner: User, image_ids: Collection[str]
    ) -> dict[str, list[Image]]:
        """Read the variations of each image, newest first."""
        async with self._database.read() as connection:
            return await images.variations_of(connection, owner.id, image_ids)

    async def in_flight(self, owner: User) -> list[Image]:
        """Read the images with work in flight, sources and variations alike, newest first."""
        async with self._database.read() as connection:
            return await images.in_flight(connection, owner.id)

    async def generations(
        self, owner: User, generation_ids: Collection[str]
    ) -> dict[str, Generation]:
        """Read generations by id; missing and foreign ones are absent."""
        async with self._database.read() as connection:
            return await generations.get_many(connection, owner.id, generation_ids)

    async def normalised(
        self, owner: User, image_ids: Collection[str]
    ) -> dict[str, tuple[Normalisation, ...]]:
        """Read what became of the parameters of variations; foreign ones are absent."""
        async with self._database.read() as connection:
            return await generations.normalised_of_images(connection, owner.id, image_ids)

    async def inputs_of(
        self, owner: User, generation_ids: Collection[str]
    ) -> dict[str, list[Input]]:
        """Read what generations work on, in order; foreign ones are absent."""
        async with self._database.read() as connection:
            return await inputs.of_generations(connection, owner.id, generation_ids)

    async def attempts_at(
        self, owner: User, image_ids: Collection[str]
    ) -> dict[str, list[Attempt]]:
        """Read the attempts at each of these variations, oldest first; a source has none."""
        async with self._database.read() as connection:
            found = await attempts.of_images(connection, owner.id, image_ids)
        return {
            image_id: [attempt_of(row, number) for number, row in enumerate(rows, 1)]
            for image_id, rows in found.items()
        }

    async def of_generations(
        self, owner: User, generation_ids: Collection[str]
    ) -> dict[str, list[Image]]:
        """Read the variations of each generation, in the order they were planned."""
        async with self._database.read() as connection:
            return await images.of_generations(connection, owner.id, generation_ids)

    async def page(
        self, owner: User, window: Window, chosen: ImageFilter, search: str | None
    ) -> Page[Image]:
        """Read one page of the library.

        Raises Refused for a colour nobody can name and for a search that is too long.
        """
        if chosen.color is not None and color_family(chosen.color) is None:
            message = f"Write a colour as #rrggbb, or name one of {', '.join(COLOR_FAMILIES)}."
            raise Refused(UserErrorCode.INVALID_INPUT, message, ("filter", "color"))
        check_search(search)
        async with self._database.read() as connection:
            return await image_pages.page(connection, owner.id, window, chosen, search)

    async def categories(self, owner: User | None) -> list[str]:
        """List the categories on offer, then those the person uses besides."""
        if owner is None:
            return list(CATEGORIES)
        async with self._database.read() as connection:
            used = await images.categories_in_use(connection, owner.id)
        return list(dict.fromkeys([*CATEGORIES, *used]))

    async def create(self, owner: User, new: NewImage, key: str | None = None) -> Image | None:
        """Put an image into the library, and have it analysed unless told not to.

        A picture given by address is fetched before anything is written. Under an idempotency key
        that was used before, nothing is fetched, and the image of then is answered; None when it
        was deleted since. Raises NotFound or Refused; then nothing has changed.
        """
        once = Once.of(key, "createImage", new)
        known = await once.known_already(self._database, owner.id)
        if known is not None:
            return (await self.get_many(owner, [known["image"]])).get(known["image"])
        words = check_words(new.words, ("input",))
        _check_source(new)
        picture_id = new.storage_id
        if picture_id is None:
            url = new.image_url or ""
            picture_id = await self._uploads.fetch(owner, url, ("input", "imageUrl"))
        async with self._database.write() as unit:
            await lock_owner(unit, owner.id)
            known = await once.known(unit, owner.id)
            if known is not None:
                return await images.get(unit.connection, owner.id, known["image"])
            row = await self._new_row(unit, owner, picture_id, new, words)
            await add_images(unit, owner.id, [row])
            await once.remember(unit, owner.id, {"image": row["id"]}, self._clock.now())
            image = await _read_back(unit, owner, row["id"])
            if not new.analyze:
                return image
            await self._analyses.schedule(unit, image, picture_id, AnalysisWanted())
            return await _read_back(unit, owner, image.id)

    async def update(self, owner: User, image_id: str, changes: Mapping[str, Any]) -> Image:
        """Change what a person says of an image; `status` is the review, the rest are words.

        A word set to null is cleared, and stays clear until an analysis may overwrite it.
        """
        words = check_words({k: v for k, v in changes.items() if k != "status"}, ("input",))
        if changes.get("status", ReviewStatus.DRAFT) is None:
            message = "An image always has a status: DRAFT, PENDING or ACTIVE."
            raise Refused(UserErrorCode.INVALID_INPUT, message, ("input", "status"))
        status = {"status": changes["status"]} if "status" in changes else {}
        async with self._database.write() as unit:
            await lock_owner(unit, owner.id)
            image = await images.get(unit.connection, owner.id, image_id)
            if image is None:
                raise NotFound("image", ("id",))
            if not changes:
                return await _read_back(unit, owner, image_id)
            authors = {name: author.value for name, author in image.authors.items()}
            authors |= dict.fromkeys(words, Author.PERSON.value)
            values = words | status | {"authors": authors, "updated_at": self._clock.now()}
            await change_image(unit, owner.id, image_id, **values)
            return await _read_back(unit, owner, image_id)

    async def delete(self, owner: User, image_ids: Collection[str]) -> list[str]:
        """Remove images; all of them or, when one is not there, none.

        What waits for its turn is cancelled unspent. What a provider is already working on goes
        on, and what it brings is kept.
        """
        wanted = list(dict.fromkeys(image_ids))
        async with self._database.write() as unit:
            await lock_owner(unit, owner.id)
            found = await images.get_many(unit.connection, owner.id, wanted)
            if len(found) < len(wanted):
                missing = next(each for each in wanted if each not in found)
                raise NotFound("image", ("ids", str(list(image_ids).index(missing))))
            for image_id in wanted:
                await self._delete(unit, owner, image_id)
        return wanted

    async def _delete(self, unit: UnitOfWork, owner: User, image_id: str) -> None:
        now = self._clock.now()
        for job_id in await jobs.queued_for(unit.connection, image_id):
            stopped = cancelled_unsent(now)
            await transition(unit, job_id, JobState.CANCELLED, by=Mover.API, **stopped)
        await change_image(unit, owner.id, image_id, deleted_at=now, updated_at=now)

    async def _new_row(
        self, unit: UnitOfWork, owner: User, picture_id: str, new: NewImage, words: dict[str, Any]
    ) -> dict[str, Any]:
        picture = await pictures.get(unit.connection, owner.id, picture_id)
        if picture is None:
            raise NotFound("uploaded picture", ("input", "storageId"))
        now = self._clock.now()
        given = {name: value for name, value in words.items() if value}
        return (
            {"tags": []}
            | given
            | {
                "id": new_id(Noun.IMAGE),
                "storage_id": picture_id,
                "source_type": SourceType.URL if new.image_url else SourceType.UPLOAD,
                "source_url": new.image_url if new.storage_id is None else None,
                "status": ReviewStatus.DRAFT,
                "created_at": now,
                "updated_at": now,
                "ai_status": None,
                "stage": Stage.DONE,
                "stage_message": "",
                "colors": list(picture.colors),
                "color_families": color_families(picture.colors),
                "authors": dict.fromkeys(given, Author.PERSON.value)
                | {"colors": Author.PIXELS.value},
                "beats_used": {},
            }
        )


def _check_source(new: NewImage) -> None:
    given = [source for source in (new.storage_id, new.image_url) if source is not None]
    if len(given) == 1:
        return
    code = UserErrorCode.INVALID_INPUT if given else UserErrorCode.SOURCE_MISSING
    which = ", not both." if given else "."
    message = f"Give either a `storageId` from an upload or an `imageUrl`{which}"
    raise Refused(code, message, ("input",))


async def _read_back(unit: UnitOfWork, owner: User, image_id: str) -> Image:
    return (await images.get_many(unit.connection, owner.id, [image_id]))[image_id]
