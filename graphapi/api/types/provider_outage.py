"""A provider that keeps failing, as the schema shows it."""

from datetime import datetime
from typing import Self

import strawberry

from graphapi.domain import outages
from graphapi.domain.failures import JobErrorCode


@strawberry.type(
    description="A provider, or one of its models, that keeps failing and is left alone until it "
    "works again: after a pause one request is let through, and its success lets all through."
)
class ProviderOutage:
    """One outage."""

    since: datetime = strawberry.field(description="When the first of its failures came.")
    code: JobErrorCode = strawberry.field(
        description="The kind of failure: the latest request's, which stands for them all."
    )
    message: str = strawberry.field(
        description="One sentence for a person that says what is wrong, and who must act if "
        "somebody must."
    )
    retry_at: datetime = strawberry.field(
        description="When the next request is let through to try. While one is trying, when "
        "another may, should nothing be heard of it. A moment in the past: the next request tries."
    )
    who_acts: str = strawberry.field(
        description="Who can do something about it: `the operator of this server` for a key or an "
        "account that is refused, else `the provider`, or `nobody`, when waiting is all it takes."
    )

    @classmethod
    def of(cls, outage: outages.ProviderOutage) -> Self:
        """Show an outage."""
        failure = outage.failure
        return cls(
            since=outage.breaker.since,
            code=failure.code,
            message=failure.message,
            retry_at=outage.retry_at,
            who_acts=failure.remedy.who_acts.value,
        )
