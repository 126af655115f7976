"""Whose turn it is when a provider has a slot free: users take turns, each with the oldest first.

A person with a hundred jobs in line makes nobody wait for more than one of them.
"""

from sqlalchemy import ColumnElement, Subquery, bindparam, func, select

from graphapi.domain.jobs import JobState
from graphapi.persistence.tables import JobRow

# While a job is in one of these it takes one of its provider's slots, with all that ride with it.
# A doubt takes none: it may last until the deadline, and a few of them would stop everything else.
HOLDS_SLOT = frozenset({JobState.SUBMITTING, JobState.SUBMITTED})

# How many slots of a provider each person has now; made once, asked with every move.
_HELD = (
    select(JobRow.provider, JobRow.owner_id, func.count().label("count"))
    .where(JobRow.state.in_(HOLDS_SLOT), JobRow.rides_with.is_(None))
    .group_by(JobRow.provider, JobRow.owner_id)
    .subquery()
)
_IN_SAME_LINE = (_HELD.c.provider == JobRow.provider) & (_HELD.c.owner_id == JobRow.owner_id)
_HELD_NOW = func.coalesce(_HELD.c.count, 0)


# The job to ring for a free slot of `the_provider`: the oldest of the person with the fewest in
# flight. One that waits beyond `now` for another try stands behind those that are ready.
NEXT_IN_LINE = (
    select(JobRow.id, JobRow.kind)
    .outerjoin(_HELD, _IN_SAME_LINE)
    .where(
        JobRow.provider == bindparam("the_provider"),
        JobRow.state == JobState.QUEUED,
        JobRow.prepared_at.is_not(None),
        JobRow.waits_for.is_(None),
        JobRow.rides_with.is_(None),
    )
    .order_by(JobRow.next_at > bindparam("now"), _HELD_NOW, JobRow.next_at, JobRow.id)
    .limit(1)
)


def with_turns(*conditions: ColumnElement[bool]) -> Subquery:
    """Select jobs with the round in which each has its turn, counting what its owner has now."""
    place = func.row_number().over(
        partition_by=(JobRow.provider, JobRow.state, JobRow.owner_id),
        order_by=(JobRow.next_at, JobRow.id),
    )
    turn = (_HELD_NOW + place).label("turn")
    return select(JobRow, turn).outerjoin(_HELD, _IN_SAME_LINE).where(*conditions).subquery()
