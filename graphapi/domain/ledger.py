"""The rules of the ledger: every job reserves its price once, and is settled or released once.

A job is settled as soon as there is something to pay for, also when saving it fails later.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from graphapi.domain.jobs import TERMINAL, Billed, JobState
from graphapi.domain.money import MICROS, MOST_MICROS, Exactness, Price

# Amounts are whole millionths, so two of the same may differ by one.
_ROUNDING = 1


class Entry(StrEnum):
    """What a line of the ledger says of a job's price."""

    RESERVE = "RESERVE"
    SETTLE = "SETTLE"
    RELEASE = "RELEASE"


@dataclass(frozen=True, slots=True)
class Bill:
    """What is known of the money when a job moves.

    `charged_micros` is the provider's own figure for the whole; `units` how many units it
    charges for, each at `unit_micros`, the price without options. None is unknown. `source` says
    whose figure it is, where that is more than the provider's own.
    """

    billed: Billed
    charged_micros: int | None = None
    units: float | None = None
    unit_micros: int | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """How a reservation is closed. A settlement with `billed` UNKNOWN may never be charged."""

    entry: Entry
    price: Price
    billed: Billed


def closes(state: JobState) -> bool:
    """Tell whether a job's price is settled, or released, by the time it is in this state."""
    return state is JobState.RESULT_READY or state in TERMINAL


def close(reserved: Price, state: JobState, bill: Bill) -> Closing:
    """Decide what becomes of a reservation, when its job enters a state that closes it.

    A result is always paid for. Without one, a job that was surely not charged is released; one
    that may have been is settled by what it would have cost, and says so.
    """
    if state is JobState.RESULT_READY or state is JobState.SUCCEEDED or bill.billed is Billed.YES:
        return Closing(Entry.SETTLE, _billed(reserved, bill), Billed.YES)
    # Of what is free, nothing can have been charged.
    if bill.billed is Billed.NO or reserved.is_free:
        return Closing(Entry.RELEASE, reserved, Billed.NO)
    return Closing(Entry.SETTLE, _guessed(reserved), Billed.UNKNOWN)


def known_since(charged_micros: int | None, source: str) -> Closing:
    """Make what takes the place of an uncertain sum; None: nothing was charged."""
    if charged_micros is None:
        return Closing(Entry.RELEASE, Price(0, Exactness.EXACT, source), Billed.NO)
    return Closing(Entry.SETTLE, Price(charged_micros, Exactness.EXACT, source), Billed.YES)


def _billed(reserved: Price, bill: Bill) -> Price:
    """Take the provider's own figure, else its units, else what was reserved."""
    charged = bill.charged_micros
    if charged is not None and 0 <= charged <= MOST_MICROS:
        source = bill.source or "the charge the provider named in its answer"
        return Price(charged, Exactness.EXACT, source)
    if bill.units is None:
        return _unseen(reserved)
    if reserved.micros is None or bill.unit_micros is None:
        return reserved
    amount = bill.units * bill.unit_micros
    if not math.isfinite(amount) or not 0 <= round(amount) <= MOST_MICROS:
        return _unseen(reserved)
    units = "1 unit" if bill.units == 1 else f"{bill.units:g} units"
    source = f"{units} billed, at {bill.unit_micros / MICROS:g} USD each"
    if abs(round(amount) - reserved.micros) <= _ROUNDING:
        return Price(reserved.micros, reserved.exactness, source, reserved.as_of)
    source += f", where {reserved.micros / MICROS:g} USD were planned"
    micros, exactness = _counted(round(amount), reserved.micros, reserved.exactness, bill)
    return Price(micros, exactness, source, reserved.as_of)


def _counted(counted: int, planned: int, exactness: Exactness, bill: Bill) -> tuple[int, Exactness]:
    """Decide between what a provider's units come to and another amount that was planned.

    What options add to a price need not be in the units: a picture in 4K may count as two or as
    one that costs double, a search beside it as part of a unit or as none. So what was planned
    exactly, with options, is never settled by less, unless nothing at all is billed, and what it
    comes to is no more than an estimate.
    """
    with_options = planned != bill.unit_micros
    if exactness is not Exactness.EXACT or not with_options:
        return counted, exactness
    return (max(counted, planned) if bill.units else 0), Exactness.ESTIMATE


def _unseen(reserved: Price) -> Price:
    """Take what was planned, without claiming that it is what was charged."""
    if reserved.micros is None or reserved.is_free:
        return reserved
    source = "as planned; the provider's bill was not seen"
    return Price(reserved.micros, Exactness.ESTIMATE, source, reserved.as_of)


def _guessed(reserved: Price) -> Price:
    if reserved.micros is None:
        return reserved
    return Price(reserved.micros, Exactness.ESTIMATE, reserved.source, reserved.as_of)
