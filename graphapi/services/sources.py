"""By which route a job's sources get to its provider: inside the request, or at an address."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from graphapi.domain.images import Picture
from graphapi.domain.jobs import OF_SOUND, Stage
from graphapi.domain.recordings import Audio
from graphapi.domain.sources import SourceLimits, inside
from graphapi.errors import ProviderError
from graphapi.persistence import inputs, pictures, recordings
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import report
from graphapi.ports.editing import Editor, SourceRoute
from graphapi.ports.sound import SoundModel
from graphapi.ports.storage import MediaLinks
from graphapi.services.breakers import Breakers
from graphapi.services.keeping import Shelf

# How many sources of one request are sent at once: each is in memory meanwhile.
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class _Sendable:
    """What is sent of a source: itself, or a copy, whose bytes are then at hand."""

    key: str
    content_type: str
    byte_count: int
    sha256: str
    content: bytes | None = None


class Sources:
    """Finds, or makes, what a provider is told of the sources of a job."""

    def __init__(
        self, database: Database, shelf: Shelf, links: MediaLinks, breakers: Breakers
    ) -> None:
        self._database = database
        self._shelf = shelf
        self._links = links
        self._breakers = breakers

    async def addresses(
        self, job: AnyRow, asked: Editor | SoundModel, limits: SourceLimits
    ) -> list[str]:
        """Find or make the addresses of what is sent of each source, in order.

        A source that is too large for the model is copied first, once and for all. Small ones, and
        copies for a provider that takes bytes, are written down as `domain.sources.inside` has it;
        nothing is written down where the stored pictures themselves travel inside the request.
        Raises FileNotFoundError, StorageFailed and ProviderError.
        """
        if job.kind in OF_SOUND:
            async with self._database.read() as connection:
                heard = await recordings.audio_of(connection, job)
            return await self._addresses(job, asked, [_whole(heard)])
        async with self._database.read() as connection:
            found = await inputs.pictures_of(connection, job)
        sent = [await self._sendable(picture, limits) for picture in found]
        if asked.source_route is SourceRoute.BYTES:
            copied = any(each.content is not None for each in sent)
            return [inside(each.key) for each in sent] if copied else []
        if sum(each.byte_count for each in sent) <= limits.inline_bytes:
            return [inside(each.key) for each in sent]
        return await self._addresses(job, asked, sent)

    async def _sendable(self, picture: Picture, limits: SourceLimits) -> _Sendable:
        if limits.admits(picture.width, picture.height, picture.byte_count):
            return _whole(picture)
        copy = await self._shelf.copy_within(picture, limits)
        digest = hashlib.sha256(copy.content).hexdigest()
        return _Sendable(copy.key, copy.content_type, len(copy.content), digest, copy.content)

    async def _addresses(
        self, job: AnyRow, asked: Editor | SoundModel, sources: Sequence[_Sendable]
    ) -> list[str]:
        """Find or make addresses side by side, each of the same bytes once.

        After a failure no other is begun, but what was begun is brought to its end, so that its
        address is known the next time.
        """
        places, failures = asyncio.Semaphore(_AT_ONCE), list[Exception]()

        async def address(source: _Sendable) -> str:
            async with places:
                try:
                    return "" if failures else await self._address(job, asked, source)
                except Exception as error:  # noqa: BLE001 - raised below, when all have ended
                    failures.append(error)
                    return ""

        each_once = {source.sha256: source for source in sources}
        tasks = [asyncio.create_task(address(source)) for source in each_once.values()]
        try:
            found = dict(zip(each_once, await asyncio.gather(*tasks), strict=True))
        finally:
            for task in tasks:
                task.cancel()
        if failures:
            if isinstance(failures[0], ProviderError):
                await self._breakers.source_refused(job, failures[0].code)
            raise failures[0]
        return [found[source.sha256] for source in sources]

    async def _address(self, job: AnyRow, asked: Editor | SoundModel, source: _Sendable) -> str:
        """Find or make the address that a provider fetches one source from."""
        public = self._links.provider_url(source.key, job.deadline_at)
        if public is not None:
            return public
        async with self._database.read() as connection:
            hosted = await pictures.hosted(connection, source.sha256, job.provider, job.deadline_at)
        return hosted or await self._upload(job, asked, source)

    async def _upload(self, job: AnyRow, asked: Editor | SoundModel, source: _Sendable) -> str:
        async with self._database.write() as unit:
            what = "recording" if job.kind in OF_SOUND else "source picture"
            message = f"Sending the {what} to the provider"
            await report(unit, job.id, job.version, stage=Stage.PREPARING, stage_message=message)
        content = source.content or await self._shelf.load(source)
        hosted = await asked.host(content, source.content_type)
        async with self._database.write() as unit:
            await pictures.remember_hosted(unit, source.sha256, job.provider, hosted)
        return hosted.url


def _whole(source: Picture | Audio) -> _Sendable:
    return _Sendable(source.key, source.content_type, source.byte_count, source.sha256)
