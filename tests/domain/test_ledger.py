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
READY, FAILED = JobState.RESULT_READY, JobState.FAILED


def test_only_a_result_or_an_end_closes() -> None:
    assert {state for state in JobState if closes(state)} == {JobState.RESULT_READY, *TERMINAL}


@pytest.mark.parametrize(
    ("reserved", "bill", "micros", "exactness"),
    [
        (LISTED, Bill(Billed.YES), 150_000, Exactness.EXACT),
        (LISTED, Bill(Billed.YES, units=2.0, unit_micros=150_000), 300_000, Exactness.EXACT),
        (LISTED, Bill(Billed.YES, units=0.0, unit_micros=150_000), 0, Exactness.EXACT),
        (GUESS, Bill(Billed.YES, units=1.5, unit_micros=20_000), 30_000, Exactness.ESTIMATE),
        (GUESS, Bill(Billed.YES, charged_micros=412), 412, Exactness.EXACT),
        (GUESS, Bill(Billed.YES, 412, 9.0, 20_000), 412, Exactness.EXACT),
        (GUESS, Bill(Billed.YES, charged_micros=0), 0, Exactness.EXACT),
        (UNKNOWN_PRICE, Bill(Billed.YES, charged_micros=412), 412, Exactness.EXACT),
        (UNKNOWN_PRICE, Bill(Billed.YES, units=2.0), None, Exactness.UNKNOWN),
        (FREE, Bill(Billed.YES), 0, Exactness.EXACT),
        # Numbers that can be no bill: what was reserved stands.
        (LISTED, Bill(Billed.YES, charged_micros=-1), 150_000, Exactness.EXACT),
        (LISTED, Bill(Billed.YES, charged_micros=2**60), 150_000, Exactness.EXACT),
        (LISTED, Bill(Billed.YES, units=-1.0, unit_micros=150_000), 150_000, Exactness.EXACT),
        (LISTED, Bill(Billed.YES, units=1e300, unit_micros=150_000), 150_000, Exactness.EXACT),
        (LISTED, Bill(Billed.YES, units=1e308, unit_micros=150_000), 150_000, Exactness.EXACT),
        (LISTED, Bill(Billed.YES, units=float("nan"), unit_micros=1), 150_000, Exactness.EXACT),
    ],
)
def test_a_result_is_settled_by_its_bill_else_by_what_was_reserved(
    reserved: Price, bill: Bill, micros: int | None, exactness: Exactness
) -> None:
    closing = close(reserved, READY, bill)
    assert (closing.entry, closing.billed) == (Entry.SETTLE, Billed.YES)
    assert (closing.price.micros, closing.price.exactness) == (micros, exactness)


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
