"""A person's library, filled through the same functions that the use cases call."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import select, update

from graphapi.domain.colors import color_families
from graphapi.domain.ids import Noun, new_id
from graphapi.domain.images import AspectRatio, Picture, ReviewStatus, SourceType
from graphapi.domain.jobs import JobKind, JobState, Mover, Stage
from graphapi.domain.library import Image
from graphapi.domain.models import Model, ModelKind
from graphapi.domain.prompts import plan
from graphapi.domain.standing import GenerationCounts
from graphapi.domain.users import User
from graphapi.domain.variations import ModificationMode
from graphapi.persistence import generations, images, jobs, pictures, users, workers
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.tables import Base, JobRow
from graphapi.persistence.transition import add_images, add_jobs, transition
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.ports.bus import Change, ChangeListener, GapListener
from graphapi.ports.doorbell import Bell
from graphapi.services.requests import VariationsWanted
from graphapi.services.scheduling import Order, new_job, schedule_variations
from graphapi.services.variations import planning_request

FAL = Model("fal-ai/nano-banana-pro/edit", "fal", ModelKind.EDIT, "Edits.", tuple(AspectRatio))
EYES = Model("some/model", "openrouter", ModelKind.ANALYSIS, "Sees.")
COLORS = ("#101010", "#d8623c", "#770d1a", "#a69a96", "#cbc5c4")
Dump = dict[str, list[tuple[Any, ...]]]


class TurnedClock:
    """A clock that moves only when it is turned."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC)

    def now(self) -> datetime:
        return self._now

    def turn(self, **by: float) -> None:
        self._now += timedelta(**by)


@dataclass
class Heard:
    """A doorbell and a change bus that remember what they were told."""

    bells: list[Bell] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    async def ring(self, bells: Sequence[Bell]) -> None:
        self.bells.extend(bells)

    async def publish(self, changes: Sequence[Change]) -> None:
        self.changes.extend(changes)

    def listen(self, on_change: ChangeListener, on_gap: GapListener) -> None:
        raise AssertionError(f"nobody listens here: {on_change}, {on_gap}")

    async def start(self) -> None:
        """Carry nothing."""

    async def stop(self) -> None:
        """Carry nothing."""

    def forget(self) -> None:
        self.bells.clear()
        self.changes.clear()


@dataclass
class Library:
    """One person, and an image of theirs that has a picture."""

    database: Database
    clock: TurnedClock
    owner: User
    picture_id: str
    image_id: str

    @classmethod
    async def of(cls, database: Database, clock: TurnedClock, name: str) -> "Library":
        async with database.write() as unit:
            owner = await users.ensure(unit, name, clock.now())
        library = cls(database, clock, owner, "", "")
        library.picture_id = await library.add_picture()
        library.image_id = await library.add_image(title="Source", storage_id=library.picture_id)
        return library

    @asynccontextmanager
    async def written(self) -> AsyncIterator[UnitOfWork]:
        """Write, and let everybody be told before going on."""
        async with self.database.write() as unit:
            yield unit
        await asyncio.sleep(0)

    async def add_picture(self) -> str:
        picture_id = new_id(Noun.PICTURE)
        key = f"uploads/{picture_id}/original.jpg"
        picture = Picture(key, "image/jpeg", 640, 360, 12_345, "0" * 64, "thumb", COLORS)
        async with self.written() as unit:
            await pictures.add(unit, self.owner.id, picture_id, picture, self.clock.now())
        return picture_id

    async def add_image(self, **words: Any) -> str:
        (image_id,) = await self.add_images([words])
        return image_id

    async def add_images(self, rows: Sequence[dict[str, Any]]) -> list[str]:
        # All at once; rows of one insert must name the same columns.
        named = {name for row in rows for name in row}
        made = [dict.fromkeys(named) | self._row() | row for row in rows]
        async with self.written() as unit:
            await add_images(unit, self.owner.id, made)
        return [str(row["id"]) for row in made]

    def _row(self) -> dict[str, Any]:
        now = self.clock.now()
        return {
            "id": new_id(Noun.IMAGE),
            "source_type": SourceType.UPLOAD,
            "status": ReviewStatus.DRAFT,
            "created_at": now,
            "updated_at": now,
            "ai_status": None,
            "stage": Stage.DONE,
            "stage_message": "",
            "tags": [],
            "colors": list(COLORS),
            "color_families": color_families(COLORS),
            "authors": {},
            "beats_used": {},
        }

    async def ask(self, count: int, waits_for: str | None = None, model: Model = FAL) -> list[str]:
        """Ask for variations of the image; answers the ids of their jobs, in order."""
        now = self.clock.now()
        wanted = VariationsWanted(ModificationMode.SHOT_VARIATION, count)
        async with self.written() as unit:
            image = await images.get(unit.connection, self.owner.id, self.image_id)
            start = await images.position(unit.connection, self.owner.id, self.image_id)
            assert image is not None
            order = Order(
                source=image,
                wanted=wanted,
                plan=plan(planning_request(wanted, image.group, image.description, start)),
                start=start,
                model=model,
                picture_id=self.picture_id,
                now=now,
                deadline_at=now + timedelta(hours=1),
            )
            _, job_ids = await schedule_variations(unit, order, waits_for)
        return job_ids

    async def ask_prepared(self, count: int) -> list[str]:
        job_ids = await self.ask(count)
        await self.set(job_ids, prepared_at=self.clock.now(), source_url="https://cdn/source.jpg")
        return job_ids

    async def analyse(self) -> str:
        """Ask for an analysis of the image; answers the id of its job."""
        now = self.clock.now()
        job = new_job(JobKind.ANALYSIS, EYES, now, now + timedelta(hours=1)) | {
            "image_id": self.image_id,
            "source_image_id": self.image_id,
            "picture_id": self.picture_id,
            "prepared_at": now,
        }
        async with self.written() as unit:
            await add_jobs(unit, self.owner.id, [job])
        return cast("str", job["id"])

    async def set(self, job_ids: Sequence[str], **values: Any) -> None:
        """Write columns of jobs, as if somebody had."""
        async with self.written() as unit:
            await unit.connection.execute(
                update(JobRow).where(JobRow.id.in_(job_ids)).values(**values)
            )

    async def move(self, job_id: str, *steps: tuple[JobState, Mover], **values: Any) -> None:
        """Take a job through these states; the last step writes `values` too."""
        for number, (state, mover) in enumerate(steps, 1):
            extra = values if number == len(steps) else {}
            async with self.written() as unit:
                assert await transition(unit, job_id, state, by=mover, **extra), (state, mover)

    async def job(self, job_id: str) -> AnyRow:
        async with self.database.read() as connection:
            row = await jobs.get(connection, job_id)
        assert row is not None
        return row

    async def image(self, image_id: str | None = None) -> Image:
        wanted = image_id or self.image_id
        async with self.database.read() as connection:
            image = await images.get(connection, self.owner.id, wanted)
        assert image is not None
        return image

    async def child(self, job_id: str) -> Image:
        return await self.image((await self.job(job_id)).image_id)

    async def counts(self, job_id: str) -> GenerationCounts:
        generation_id = (await self.job(job_id)).generation_id
        async with self.database.read() as connection:
            found = await generations.get_many(connection, self.owner.id, [generation_id])
        return found[generation_id].counts

    async def hire(self, worker_id: str) -> None:
        """Let a worker be heard of now."""
        async with self.written() as unit:
            await workers.beat(unit, worker_id, self.clock.now())

    async def execute(self, statement: Any) -> None:
        async with self.written() as unit:
            await unit.connection.execute(statement)


# The way a job takes when all goes well.
SENT = ((JobState.SUBMITTING, Mover.SUBMITTER), (JobState.SUBMITTED, Mover.SUBMITTER))
READY = (*SENT, (JobState.RESULT_READY, Mover.POLLER))
DONE = (*READY, (JobState.SUCCEEDED, Mover.FINALISER))
FAILED = (*SENT, (JobState.FAILED, Mover.POLLER))


async def dump(database: Database) -> Dump:
    """Read every row of every table but the heartbeats, to prove that nothing has changed."""
    tables = [table for table in Base.metadata.sorted_tables if table.name != "workers"]
    async with database.read() as connection:
        return {
            table.name: sorted(
                (tuple(row) for row in await connection.execute(select(table))), key=repr
            )
            for table in tables
        }
