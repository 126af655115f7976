"""Telling people what they spent."""

from collections.abc import Collection
from datetime import UTC, datetime

from graphapi.domain.money import Price
from graphapi.domain.spending import Spending, by_day, by_model, by_project, sums
from graphapi.domain.users import User
from graphapi.errors import Refused, UserErrorCode
from graphapi.persistence import ledger, spending
from graphapi.persistence.database import Database
from graphapi.ports.clock import Clock


class Spendings:
    """Reads the ledger for its owner."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of_period(
        self, owner: User, start: datetime | None, end: datetime | None
    ) -> Spending:
        """Sum up what somebody's requests of a period cost.

        Without `start` from the beginning of the month that `end` is in (UTC); without `end` up
        to now. Raises Refused when the period ends before it begins.
        """
        now = self._clock.now()
        end = end or now
        start = start or end.astimezone(UTC).replace(
            day=1, hour=0, minute=0, second=0, microsecond=0
        )
        if end < start:
            message = "The period ends before it begins. Let `from` be the earlier moment."
            raise Refused(UserErrorCode.INVALID_INPUT, message, ("from",))
        cap = self._database.daily_cap
        async with self._database.read() as connection:
            spent = await spending.of_period(connection, owner.id, start, end)
            today = await ledger.committed(connection, owner.id, now)
        return Spending(
            start=start,
            end=end,
            total=sums(spent),
            days=by_day(spent),
            projects=by_project(spent),
            models=by_model(spent),
            cap=cap,
            left=None if cap is None else max(0, cap - today),
        )

    async def of_recordings(self, owner: User, recording_ids: Collection[str]) -> dict[str, Price]:
        """Read what recordings cost or have reserved; uploads are left out."""
        async with self._database.read() as connection:
            return await spending.of_recordings(connection, owner.id, recording_ids)

    async def of_images(self, owner: User, image_ids: Collection[str]) -> dict[str, Price]:
        """Read what variations cost or have reserved; other images are left out."""
        async with self._database.read() as connection:
            return await spending.of_images(connection, owner.id, image_ids)
