"""What was spent, as the schema shows it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Self

import strawberry

from graphapi.api.types.money import Exactness, amount_of
from graphapi.domain import spending
from graphapi.domain.money import CURRENCY


@strawberry.type(description="A sum of money that says what it leaves out.")
class SpendSum:
    """A sum of the domain."""

    amount: Decimal | None = strawberry.field(
        description="The known amounts together, in USD; null when none of them is known."
    )
    exactness: Exactness = strawberry.field(
        description="How well the sum is known: no better than the least known of its amounts. "
        "`UNKNOWN` means that it is at least `amount`."
    )
    count: int = strawberry.field(description="How many requests it is for.")
    unknown_count: int = strawberry.field(
        description="How many of them have an unknown price, which `amount` leaves out."
    )

    @classmethod
    def of(cls, each: spending.Sum) -> Self:
        """Show a sum."""
        return cls(
            amount=amount_of(each.micros),
            exactness=each.exactness,
            count=each.count,
            unknown_count=each.unknown,
        )


@strawberry.type
class SpendSums:
    """What the totals and every breakdown have in common; no type of the schema by itself."""

    settled: SpendSum = strawberry.field(
        description="What was charged: by the provider's bill where it sends one, else by the "
        "price that was reserved."
    )
    uncertain: SpendSum = strawberry.field(
        description="What may have been charged for requests that failed or were lost, by the "
        "price that was reserved. Look at the provider's own bill."
    )
    reserved: SpendSum = strawberry.field(
        description="What is set aside for requests under way; each is settled or released."
    )


@strawberry.type(description="What was spent on what was asked for on one day.")
class DaySpend(SpendSums):
    """One day."""

    day: date = strawberry.field(description="The day of the requests, by UTC.")


@strawberry.type(description="What was spent on one project.")
class ProjectSpend(SpendSums):
    """One project."""

    project_name: str | None = strawberry.field(
        description="The project that the source was filed under when it was asked for; null for "
        "none."
    )


@strawberry.type(description="What was spent on one model.")
class ModelSpend(SpendSums):
    """One model."""

    provider: str = strawberry.field(description="Who runs the model, such as `fal`.")
    model: str = strawberry.field(description="The model that was charged for.")


@strawberry.type(
    description="What you spent. Each request counts for the moment it was asked for, also when "
    "its bill comes later; what was released counts nowhere."
)
class Spend(SpendSums):
    """The spending of a period."""

    from_: datetime = strawberry.field(name="from", description="The period's first moment.")
    to: datetime = strawberry.field(description="The moment at which the period is over.")
    currency: str = strawberry.field(
        description="The currency of every amount, as ISO 4217 names it: always `USD`."
    )
    days: list[DaySpend] = strawberry.field(
        description="The same by day, the first one first; days without requests are left out."
    )
    projects: list[ProjectSpend] = strawberry.field(
        description="The same by project, the dearest first."
    )
    models: list[ModelSpend] = strawberry.field(description="The same by model, the dearest first.")
    daily_cap: Decimal | None = strawberry.field(
        description="Your limit for each day (UTC), in USD; null when there is none."
    )
    left_today: Decimal | None = strawberry.field(
        description="What you may still ask for today, in USD; null when there is no limit."
    )

    @classmethod
    def of(cls, spent: spending.Spending) -> Self:
        """Show the spending of a period."""
        return cls(
            from_=spent.start,
            to=spent.end,
            currency=CURRENCY,
            **_sums(spent.total),
            days=[DaySpend(day=day, **_sums(sums)) for day, sums in spent.days],
            projects=[
                ProjectSpend(project_name=name, **_sums(sums)) for name, sums in spent.projects
            ],
            models=[
                ModelSpend(provider=provider, model=model, **_sums(sums))
                for (provider, model), sums in spent.models
            ],
            daily_cap=amount_of(spent.cap),
            left_today=amount_of(spent.left),
        )


def _sums(sums: spending.Sums) -> dict[str, SpendSum]:
    return {
        "settled": SpendSum.of(sums.settled),
        "uncertain": SpendSum.of(sums.uncertain),
        "reserved": SpendSum.of(sums.reserved),
    }
