"""What you spent."""

from datetime import datetime
from typing import Annotated

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import query
from graphapi.api.types.spend import Spend


@strawberry.type
class SpendingQueries:
    """Reads of the ledger."""

    @query("What you spent in a period, in all and by day, by project and by model.")
    async def spend(
        self,
        info: Info,
        *,
        start: Annotated[
            datetime | None,
            strawberry.argument(
                name="from",
                description="The first moment; without it, the start of the month (UTC) that `to` "
                "is in.",
            ),
        ] = None,
        end: Annotated[
            datetime | None,
            strawberry.argument(
                name="to",
                description="The moment at which the period is over; without it, now.",
            ),
        ] = None,
    ) -> Spend:
        """Sum up the ledger."""
        context = info.context
        return Spend.of(await context.services.spendings.of_period(context.user, start, end))
