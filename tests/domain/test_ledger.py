"""What becomes of a reservation when its job ends, or has something to be paid for."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.jobs import TERMINAL, Billed, JobState
from graphapi.domain.ledger import Bill, Entry, close, closes
from graphapi.domain.money import FREE, UNKNOWN_PRICE, Exactness, Price

DAY = date(2026, 11, 20)
LISTED = Price(150_000, Exactness.EXACT, "the page", DAY)
GUESS = Price(20_000, Exactness.ESTIMATE, "hearsay", DAY)
# One picture at 0.08, with a search beside it for 0.015; and one in 4K, for twice 0.15.
SEARCHED = Price(95_000, Exactness.EXACT, "the page", DAY)
LARGE = Price(300_000, Exactness.EXACT, "the page", DAY)
READY, FAILED = JobState.RESULT_READY, JobState.FAILED


def test_only_a_result_or_an_end_closes() -> None:
    assert {state for state in JobState if closes(state)} == {JobState.RESULT_READY, *TERMINAL}


@pytest.mark.parametrize(
    ("reserved", "bill", "micros", "exactness"),
    [
        (LISTED, Bill(Billed.YES), 150_000, Exactness.ESTIMATE),
        (LISTED, Bill(Billed.YES, units=2.0, unit_micros=150_000), 300_000, Exactness.EXACT),
        (LISTED, Bill(Billed.YES, units=0.0, unit_micros=150_000), 0, Exactness.EXACT),
        (GUESS, Bill(Billed.YES, units=1.5, unit_micros=20_000), 30_000, Exactness.ESTIMATE),
        (GUESS, Bill(Billed.YES, charged_micros=412), 412, Exactness.EXACT),
        (GUESS, Bill(Billed.YES, 412, 9.0, 20_000), 412, Exactness.EXACT),
        (GUESS, Bill(Billed.YES, charged_micros=0), 0, Exactness.EXACT),
        (UNKNOWN_PRICE, Bill(Billed.YES, charged_micros=412), 412, Exactness.EXACT),
        (UNKNOWN_PRICE, Bill(Billed.YES, units=2.0), None, Exactness.UNKNOWN),
        (FREE, Bill(Billed.YES), 0, Exactness.EXACT),
        # Numbers that can be no bill: what was reserved stands, as an estimate.
        (LISTED, Bill(Billed.YES, charged_micros=-1), 150_000, Exactness.ESTIMATE),
        (LISTED, Bill(Billed.YES, charged_micros=2**60), 150_000, Exactness.ESTIMATE),
        (LISTED, Bill(Billed.YES, units=-1.0, unit_micros=150_000), 150_000, Exactness.ESTIMATE),
        (LISTED, Bill(Billed.YES, units=1e300, unit_micros=150_000), 150_000, Exactness.ESTIMATE),
        (LISTED, Bill(Billed.YES, units=1e308, unit_micros=150_000), 150_000, Exactness.ESTIMATE),
        (LISTED, Bill(Billed.YES, units=float("nan"), unit_micros=1), 150_000, Exactness.ESTIMATE),
    ],
)
def test_a_result_is_settled_by_its_bill_else_by_what_was_reserved(
    reserved: Price, bill: Bill, micros: int | None, exactness: Exactness
) -> None:
    closing = close(reserved, READY, bill)
    assert (closing.entry, closing.billed) == (Entry.SETTLE, Billed.YES)
    assert (closing.price.micros, closing.price.exactness) == (micros, exactness)


def test_a_bill_that_was_not_seen_is_not_claimed_to_be_as_planned() -> None:
    settled = close(LISTED, READY, Bill(Billed.YES)).price
    assert settled.source == "as planned; the provider's bill was not seen"
    assert settled.as_of == DAY


@pytest.mark.parametrize(
    ("planned", "units", "unit", "micros", "exactness"),
    [
        (SEARCHED, 1.0, 80_000, 95_000, Exactness.ESTIMATE),
        (SEARCHED, 1.1875, 80_000, 95_000, Exactness.EXACT),
        (SEARCHED, 2.0, 80_000, 160_000, Exactness.ESTIMATE),
        (SEARCHED, 0.0, 80_000, 0, Exactness.ESTIMATE),
        (LARGE, 1.0, 150_000, 300_000, Exactness.ESTIMATE),
        (LARGE, 2.0, 150_000, 300_000, Exactness.EXACT),
        (LARGE, 4.0, 150_000, 600_000, Exactness.ESTIMATE),
        (LISTED, 0.75, 150_000, 112_500, Exactness.EXACT),
        (GUESS, 0.25, 20_000, 5_000, Exactness.ESTIMATE),
    ],
)
def test_units_never_make_an_exact_bill_of_less_than_options_were_planned_to_cost(
    planned: Price, units: float, unit: int, micros: int, exactness: Exactness
) -> None:
    closing = close(planned, READY, Bill(Billed.YES, units=units, unit_micros=unit))
    assert (closing.price.micros, closing.price.exactness) == (micros, exactness)


def test_units_that_come_to_another_amount_than_planned_say_so() -> None:
    told = close(SEARCHED, READY, Bill(Billed.YES, units=1.0, unit_micros=80_000)).price.source
    assert told == "1 unit billed, at 0.08 USD each, where 0.095 USD were planned"
    told = close(LARGE, READY, Bill(Billed.YES, units=2.0, unit_micros=150_000)).price.source
    assert told == "2 units billed, at 0.15 USD each"


@given(planned=st.integers(0, 10**6), units=st.floats(0.01, 100), unit=st.integers(0, 10**6))
def test_no_exact_price_with_options_is_settled_exactly_by_another_amount(
    planned: int, units: float, unit: int
) -> None:
    reserved = Price(planned, Exactness.EXACT, "the page", DAY)
    settled = close(reserved, READY, Bill(Billed.YES, units=units, unit_micros=unit)).price
    if planned != unit:
        assert settled.micros is not None
        assert settled.micros >= planned
        assert settled.exactness is Exactness.ESTIMATE or settled.micros == planned


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED])
@pytest.mark.parametrize("reserved", [LISTED, GUESS, UNKNOWN_PRICE, FREE])
def test_what_was_surely_not_charged_is_released(reserved: Price, state: JobState) -> None:
    closing = close(reserved, state, Bill(Billed.NO, units=1.0, unit_micros=150_000))
    assert (closing.entry, closing.price, closing.billed) == (Entry.RELEASE, reserved, Billed.NO)


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED])
def test_what_may_have_been_charged_is_settled_by_the_estimate_and_says_so(state: JobState) -> None:
    closing = close(LISTED, state, Bill(Billed.UNKNOWN))
    assert (closing.entry, closing.billed) == (Entry.SETTLE, Billed.UNKNOWN)
    assert (closing.price.micros, closing.price.exactness) == (150_000, Exactness.ESTIMATE)


def test_an_unknown_price_stays_unknown_in_doubt() -> None:
    closing = close(UNKNOWN_PRICE, FAILED, Bill(Billed.UNKNOWN))
    assert closing.price == UNKNOWN_PRICE
    assert closing.entry is Entry.SETTLE


def test_of_what_is_free_nothing_can_have_been_charged() -> None:
    assert close(FREE, FAILED, Bill(Billed.UNKNOWN)).entry is Entry.RELEASE


def test_a_failure_that_was_billed_is_settled_by_its_bill() -> None:
    closing = close(LISTED, FAILED, Bill(Billed.YES, units=2.0, unit_micros=150_000))
    assert (closing.entry, closing.price.micros) == (Entry.SETTLE, 300_000)


@given(
    reserved=st.sampled_from([LISTED, GUESS, UNKNOWN_PRICE, FREE]),
    state=st.sampled_from([READY, *sorted(TERMINAL)]),
    bill=st.builds(
        Bill,
        st.sampled_from(Billed),
        st.none() | st.integers(),
        st.none() | st.floats(),
        st.none() | st.integers(0, 10**9),
    ),
)
def test_whatever_a_provider_says_unknown_never_becomes_nothing(
    reserved: Price, state: JobState, bill: Bill
) -> None:
    closing = close(reserved, state, bill)
    assert closing.entry is not Entry.RESERVE
    if reserved.micros is None and closing.price.micros is not None:
        assert closing.price.micros == bill.charged_micros
    if closing.entry is Entry.RELEASE:
        assert closing.price == reserved
