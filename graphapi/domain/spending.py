"""What somebody spent, summed up by day, by project and by model."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from graphapi.domain.money import Exactness, least_known

KeyT = TypeVar("KeyT", bound=Hashable)


class Certainty(StrEnum):
    """How sure it is that a price is paid: surely, perhaps, or not yet decided."""

    SETTLED = "SETTLED"
    UNCERTAIN = "UNCERTAIN"
    RESERVED = "RESERVED"


@dataclass(frozen=True, slots=True)
class Spent:
    """Requests that are alike: how many, and what they cost together; None when unknown."""

    day: date
    project: str | None
    provider: str
    model: str
    certainty: Certainty
    exactness: Exactness
    count: int
    micros: int | None


@dataclass(frozen=True, slots=True)
class Sum:
    """An amount with what it leaves out: the `unknown` ones among `count` requests.

    `micros` adds up what is known; None when nothing of it is.
    """

    micros: int | None
    exactness: Exactness
    count: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Sums:
    """What was paid, what may have been, and what is reserved for work under way."""

    settled: Sum
    uncertain: Sum
    reserved: Sum


@dataclass(frozen=True, slots=True)
class Spending:
    """What was spent on what was asked for from `start` up to `end`.

    Days come in order, projects and models the dearest first. `cap` and `left` are in millionths.
    """

    start: datetime
    end: datetime
    total: Sums
    days: tuple[tuple[date, Sums], ...]
    projects: tuple[tuple[str | None, Sums], ...]
    models: tuple[tuple[tuple[str, str], Sums], ...]
    cap: int | None
    left: int | None


def sums(spent: Sequence[Spent]) -> Sums:
    """Sum up, each certainty by itself."""
    return Sums(
        *(
            _sum([each for each in spent if each.certainty is certainty])
            for certainty in (Certainty.SETTLED, Certainty.UNCERTAIN, Certainty.RESERVED)
        )
    )


def by_day(spent: Sequence[Spent]) -> tuple[tuple[date, Sums], ...]:
    """Sum up each day, the first one first."""
    return tuple(sorted(_grouped(spent, lambda each: each.day), key=lambda group: group[0]))


def by_project(spent: Sequence[Spent]) -> tuple[tuple[str | None, Sums], ...]:
    """Sum up each project, the dearest first; None is what belongs to none."""
    groups = _grouped(spent, lambda each: each.project)
    return tuple(sorted(groups, key=lambda group: (-_weight(group[1]), group[0] or "")))


def by_model(spent: Sequence[Spent]) -> tuple[tuple[tuple[str, str], Sums], ...]:
    """Sum up each provider's model, the dearest first."""
    groups = _grouped(spent, lambda each: (each.provider, each.model))
    return tuple(sorted(groups, key=lambda group: (-_weight(group[1]), group[0])))


def _grouped(spent: Sequence[Spent], key: Callable[[Spent], KeyT]) -> list[tuple[KeyT, Sums]]:
    groups: dict[KeyT, list[Spent]] = {}
    for each in spent:
        groups.setdefault(key(each), []).append(each)
    return [(name, sums(members)) for name, members in groups.items()]


def _sum(spent: Sequence[Spent]) -> Sum:
    known = [each.micros for each in spent if each.micros is not None]
    return Sum(
        sum(known) if known or not spent else None,
        least_known(each.exactness for each in spent),
        sum(each.count for each in spent),
        sum(each.count for each in spent if each.micros is None),
    )


def _weight(group: Sums) -> int:
    return sum(each.micros or 0 for each in (group.settled, group.uncertain, group.reserved))
