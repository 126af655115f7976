"""A library to watch: rows that change, and readers that are slow and sometimes fail."""

import asyncio
import random
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from graphapi.domain.images import AiStatus, ReviewStatus, SourceType
from graphapi.domain.library import Image, ImageStatus
from graphapi.domain.standing import Standing
from graphapi.ports.bus import Change
from graphapi.ports.watching import Snapshot, Watch

_THEN = datetime(2026, 1, 1, tzinfo=UTC)


def image(
    image_id: str,
    owner_id: str = "ann",
    *,
    version: int = 1,
    status: AiStatus | None = AiStatus.PROCESSING,
    parent: str | None = None,
    generation: str | None = None,
    deleted: bool = False,
) -> Image:
    return Image(
        id=image_id,
        owner_id=owner_id,
        version=version,
        changed_seq=version,
        standing=Standing(status),
        created_at=_THEN,
        updated_at=_THEN,
        source_type=SourceType.UPLOAD,
        status=ReviewStatus.DRAFT,
        parent_image_id=parent,
        generation_id=generation,
        deleted=deleted,
    )


class Library:
    """Rows, as a database would hold them: every read sees all that was committed before it."""

    def __init__(self, *images: Image, chance: random.Random | None = None) -> None:
        self.rows: dict[str, Image] = {row.id: row for row in images}
        self.reads: list[frozenset[str]] = []
        self.snapshots = 0
        self.failing = 0
        self.slowness = 0.0
        self.failure_rate = 0.0
        self._chance = chance or random.Random(1)

    def put(self, row: Image) -> Change:
        self.rows[row.id] = row
        flying = row.standing.ai_status in (AiStatus.QUEUED, AiStatus.PROCESSING)
        return Change(row.owner_id, row.id, row.version, in_flight=flying)

    def move(
        self, image_id: str, status: AiStatus | None = AiStatus.PROCESSING, *, deleted: bool = False
    ) -> Change:
        row = self.rows[image_id]
        return self.put(
            replace(
                row,
                version=row.version + 1,
                standing=Standing(status),
                deleted=row.deleted or deleted,
            )
        )

    async def read(self, image_ids: Collection[str]) -> Sequence[ImageStatus]:
        self.reads.append(frozenset(image_ids))
        return await self._answer([self.rows[each] for each in image_ids if each in self.rows])

    def snapshot(self, watch: Watch) -> Snapshot:
        async def read() -> Sequence[ImageStatus]:
            self.snapshots += 1
            statuses = (ImageStatus(row) for row in self.rows.values() if not row.deleted)
            return await self._answer([each.image for each in statuses if watch.matches(each)])

        return read

    async def _answer(self, rows: list[Image]) -> list[ImageStatus]:
        # The rows are chosen before the wait: what is answered may be old news by then.
        if self.slowness:
            await asyncio.sleep(self._chance.uniform(0, self.slowness))
        if self.failing or self._chance.random() < self.failure_rate:
            self.failing = max(0, self.failing - 1)
            raise ConnectionError("the database is away")
        return [ImageStatus(row) for row in rows]
