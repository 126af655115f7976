"""Removing media that nobody needs any more: of what was deleted, and uploads never used."""

from datetime import timedelta

from graphapi.persistence import leftovers
from graphapi.persistence.database import Database
from graphapi.persistence.transition import lock_owner
from graphapi.ports.clock import Clock
from graphapi.ports.storage import Storage

_AT_ONCE = 100


class Tidying:
    """Removes media once `retention` has passed since it was last of use."""

    def __init__(
        self, database: Database, storage: Storage, clock: Clock, retention: timedelta
    ) -> None:
        self._database = database
        self._storage = storage
        self._clock = clock
        self._retention = retention

    async def tidy(self) -> int:
        """Remove what is due; answers of how many pictures and recordings. Safe to repeat."""
        await self._give_up()
        removed = 0
        while found := await self._next():
            for each in found:
                await self._storage.remove_folder(each.folder)
            async with self._database.write() as unit:
                await leftovers.forget_bytes(unit, found)
            removed += len(found)
        return removed

    async def _give_up(self) -> None:
        now = self._clock.now()
        before = now - self._retention
        async with self._database.read() as connection:
            owners = await leftovers.owners(connection, before)
        for owner_id in owners:
            async with self._database.write() as unit:
                await lock_owner(unit, owner_id)
                await leftovers.give_up(unit, owner_id, before, now)

    async def _next(self) -> list[leftovers.Leftover]:
        async with self._database.read() as connection:
            return list(await leftovers.to_be_removed(connection, _AT_ONCE))
