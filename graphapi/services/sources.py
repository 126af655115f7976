"""By which route a job's sources get to its provider: inside the request, or at an address."""

import hashlib
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
            return [await self._address(job, asked, _whole(heard))]
        async with self._database.read() as connection:
            found = await inputs.pictures_of(connection, job)
        sent = [await self._sendable(picture, limits) for picture in found]
        if asked.source_route is SourceRoute.BYTES:
            copied = any(each.content is not None for each in sent)
            return [inside(each.key) for each in sent] if copied else []
        if sum(each.byte_count for each in sent) <= limits.inline_bytes:
            return [inside(each.key) for each in sent]
        return [await self._address(job, asked, each) for each in sent]

    async def _sendable(self, picture: Picture, limits: SourceLimits) -> _Sendable:
        if limits.admits(picture.width, picture.height, picture.byte_count):
            return _whole(picture)
        copy = await self._shelf.copy_within(picture, limits)
        digest = hashlib.sha256(copy.content).hexdigest()
        return _Sendable(copy.key, copy.content_type, len(copy.content), digest, copy.content)

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
        try:
            hosted = await asked.host(content, source.content_type)
        except ProviderError as error:
            await self._breakers.source_refused(job, error.code)
            raise
        async with self._database.write() as unit:
            await pictures.remember_hosted(unit, source.sha256, job.provider, hosted)
        return hosted.url


def _whole(source: Picture | Audio) -> _Sendable:
    return _Sendable(source.key, source.content_type, source.byte_count, source.sha256)
