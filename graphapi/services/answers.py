"""Keeping what came inside an answer, before any row says that a result is there.

It was paid for, and a provider may forget it within minutes.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

from graphapi.domain.failures import Failure
from graphapi.domain.jobs import Billed
from graphapi.domain.keys import answer_key
from graphapi.persistence import riding
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.ports.editing import EditResult
from graphapi.ports.sound_result import SoundResult
from graphapi.ports.storage import Storage
from graphapi.services.results import Outcome, write_result


@dataclass(frozen=True, slots=True)
class Arrived:
    """A result of which nothing can be lost any more, and what a row is to hold of it."""

    result: EditResult | SoundResult
    kept: dict[str, Any]


# An end that somebody tells of; None does not say enough.
End: TypeAlias = Arrived | Failure | None


class Answers:
    """Stores the contents of answers under keys that derive from the jobs that they are for."""

    def __init__(self, database: Database, storage: Storage) -> None:
        self._database = database
        self._storage = storage

    async def keep(self, job: AnyRow, result: EditResult | SoundResult) -> Arrived:
        """Store what came inside an answer; doing it again writes the same keys.

        Each picture lies with the job that it is for, and what nobody asked for with the one that
        was asked about. Raises StorageFailed.
        """
        contents = _contents(result)
        if not contents:
            return Arrived(result, write_result(result, {}))
        async with self._database.read() as connection:
            party = await riding.party_of(connection, job)
        owners = {each.place: each.id for each in party}
        keys = {number: answer_key(owners.get(number, job.id), number) for number in contents}
        for number, content in contents.items():
            await self._storage.put(keys[number], content, "application/octet-stream")
        return Arrived(result, write_result(result, keys))

    async def take(self, job: AnyRow, told: Outcome) -> End:
        """Keep the result of which somebody tells, if it is one; raises StorageFailed."""
        return await self.keep(job, told) if isinstance(told, EditResult | SoundResult) else told


def ready_values(arrived: Arrived) -> dict[str, Any]:
    """Make the columns of a job whose result has come."""
    return {
        "result": arrived.kept,
        "billed": Billed.YES,
        "billable_units": arrived.result.billable_units,
        "charged_micros": arrived.result.charged_micros,
    }


def _contents(result: EditResult | SoundResult) -> dict[int, bytes]:
    """Tell the bytes that are in a result, by their place in it."""
    if isinstance(result, SoundResult):
        return {} if result.content is None else {0: result.content}
    return {
        number: image.content
        for number, image in enumerate(result.images)
        if image.content is not None
    }
