"""The rules of the ledger: every job reserves its price once, and is settled or released once.

A job is settled as soon as there is something to pay for, also when saving it fails later.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from graphapi.domain.jobs import TERMINAL, Billed, JobState
from graphapi.domain.money import MICROS, MOST_MICROS, Exactness, Price


class Entry(StrEnum):
    """What a line of the ledger says of a job's price."""

    RESERVE = "RESERVE"
    SETTLE = "SETTLE"
    RELEASE = "RELEASE"


@dataclass(frozen=True, slots=True)
class Bill:
    """What is known of the money when a job moves.

    `charged_micros` is the provider's own figure for the whole; `units` how many units it
    charges for, each at `unit_micros`. None is unknown.
    """

    billed: Billed
    charged_micros: int | None = None
    units: float | None = None
    unit_micros: int | None = None


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


def _billed(reserved: Price, bill: Bill) -> Price:
    """Take the provider's own figure, else its units, else what was reserved."""
    charged = bill.charged_micros
    if charged is not None and 0 <= charged <= MOST_MICROS:
        return Price(charged, Exactness.EXACT, "the charge the provider named in its answer")
    if reserved.micros is None or bill.units is None or bill.unit_micros is None:
        return reserved
    amount = bill.units * bill.unit_micros
    if math.isfinite(amount):
        micros = round(amount)
        if 0 <= micros <= MOST_MICROS:
            source = f"{bill.units:g} units billed, at {bill.unit_micros / MICROS:g} USD each"
            return Price(micros, reserved.exactness, source, reserved.as_of)
    return reserved


def _guessed(reserved: Price) -> Price:
    if reserved.micros is None:
        return reserved
    return Price(reserved.micros, Exactness.ESTIMATE, reserved.source, reserved.as_of)
