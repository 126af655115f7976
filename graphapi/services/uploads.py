"""Taking pictures in, from a person's disk or from an address."""

from functools import partial

from graphapi.domain.ids import Noun, new_id
from graphapi.domain.keys import upload_key
from graphapi.domain.users import User
from graphapi.errors import Refused
from graphapi.persistence import pictures as picture_rows
from graphapi.persistence.database import Database
from graphapi.ports.clock import Clock
from graphapi.ports.pictures import Fetcher
from graphapi.ports.storage import MediaLinks, UploadTicket
from graphapi.services.keeping import Shelf


class Uploads:
    """Hands out upload addresses and keeps what arrives."""

    def __init__(
        self,
        database: Database,
        shelf: Shelf,
        fetcher: Fetcher,
        links: MediaLinks,
        clock: Clock,
    ) -> None:
        self._database = database
        self._shelf = shelf
        self._fetcher = fetcher
        self._links = links
        self._clock = clock

    def ticket(self, owner: User) -> UploadTicket:
        """Make an address that takes one picture for this person."""
        return self._links.upload_ticket(owner.id)

    async def receive(self, owner_id: str, content: bytes) -> str:
        """Keep an uploaded picture; answers its `storageId`. Raises PictureRefused."""
        picture_id = new_id(Noun.PICTURE)
        picture, _ = await self._shelf.keep(content, partial(upload_key, picture_id))
        async with self._database.write() as unit:
            await picture_rows.add(unit, owner_id, picture_id, picture, self._clock.now())
        return picture_id

    async def fetch(self, owner: User, url: str, field: tuple[str, ...]) -> str:
        """Fetch and keep the picture behind an address; answers its `storageId`.

        Raises Refused, naming `field` as the argument at fault.
        """
        try:
            return await self.receive(owner.id, await self._fetcher.fetch(url))
        except Refused as refusal:
            raise Refused(refusal.code, refusal.message, field) from refusal
