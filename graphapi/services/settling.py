"""Closing by hand what nobody could know: whether an attempt was charged for.

A person who has looked at the provider's own books says so, once; what was counted before stays in
the ledger and in the job's history.
"""

from graphapi.domain.jobs import Mover
from graphapi.domain.ledger import known_since
from graphapi.domain.money import dollars_of
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.persistence import corrections, jobs
from graphapi.persistence.database import Database
from graphapi.persistence.transition import lock_owner

_BY_HAND = "a person who looked at the provider's own books"
_CERTAIN = (
    "It is not uncertain whether this was charged for, so there is nothing to settle. "
    "`graphapi jobs explain` tells what is known."
)


class Settling:
    """Settles uncertain sums, whoever owns them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def settle(self, job_id: str, charged_micros: int | None) -> None:
        """Write down what an attempt was charged, None for nothing at all.

        Raises NotFound, and Refused where it is known, or was said before.
        """
        message = "The provider's own books show no charge for it"
        if charged_micros is not None:
            message = f"The provider's own books show {dollars_of(charged_micros)} USD for it"
        async with self._database.write() as unit:
            job = await jobs.get(unit.connection, job_id)
            if job is None:
                raise NotFound("job")
            await lock_owner(unit, job.owner_id)
            closing = known_since(charged_micros, _BY_HAND)
            if not await corrections.correct(unit, job, closing, Mover.API, message):
                raise Refused(UserErrorCode.INVALID_INPUT, _CERTAIN)
