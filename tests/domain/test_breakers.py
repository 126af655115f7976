"""When a breaker opens, who may try, and when it closes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.breakers import (
    FIRST_PAUSE,
    FORGOTTEN_AFTER,
    JITTER,
    LONGEST_PAUSE,
    STREAK,
    THRESHOLD,
    TRIAL_FOR,
    Breaker,
    News,
    Part,
    Sign,
    hear,
    pause,
    signs_of_making,
    signs_of_sending,
)
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.outages import ProviderOutage

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
AWAY, KEY = JobErrorCode.PROVIDER_UNAVAILABLE, JobErrorCode.PROVIDER_CREDENTIALS
SIGNS = {Sign.WORKS: None, Sign.SILENT: None, Sign.FAILS: AWAY, Sign.BARRED: KEY}
luck = st.floats(0, 1)


def news(sign: Sign, at: datetime = NOON, job_id: str = "job_a") -> News:
    return News(sign, job_id, at, SIGNS[sign])


def after(*signs: Sign, every: timedelta = timedelta(seconds=1)) -> Breaker | None:
    """Tell how a breaker stands that has heard all this, one after the other."""
    breaker: Breaker | None = None
    for number, sign in enumerate(signs):
        breaker = hear(breaker, news(sign, NOON + number * every), 0)
    return breaker


def opened() -> Breaker:
    breaker = after(*[Sign.FAILS] * THRESHOLD)
    assert breaker is not None
    assert breaker.retry_at is not None
    return breaker


def test_failures_in_a_row_open_it_and_fewer_do_not() -> None:
    fewer = after(*[Sign.FAILS] * (THRESHOLD - 1))
    assert fewer is not None
    assert not fewer.is_open(NOON)
    breaker = opened()
    assert breaker.since == NOON
    assert breaker.retry_at == breaker.struck_at + FIRST_PAUSE[Sign.FAILS]


@given(st.lists(st.sampled_from((Sign.FAILS, Sign.WORKS, Sign.SILENT)), max_size=40))
def test_it_opens_by_nothing_else_than_failures_in_a_row(signs: list[Sign]) -> None:
    row = 0
    breaker: Breaker | None = None
    for sign in signs:
        row = {Sign.FAILS: row + 1, Sign.WORKS: 0, Sign.SILENT: row}[sign]
        breaker = hear(breaker, news(sign), 0)
        assert (breaker is not None and breaker.is_open(NOON)) is (row >= THRESHOLD)
        if row >= THRESHOLD:
            return


def test_failures_that_are_far_apart_are_no_row() -> None:
    many = [Sign.FAILS] * (3 * THRESHOLD)
    breaker = after(*many, every=STREAK + timedelta(seconds=1))
    assert breaker is not None
    assert breaker.strikes == 1


def test_a_key_that_is_refused_opens_it_at_once() -> None:
    breaker = after(Sign.BARRED)
    assert breaker is not None
    assert breaker.holds_until("job_b", NOON) == NOON + FIRST_PAUSE[Sign.BARRED]
    assert breaker.code is KEY


@given(st.integers(1, 10_000), luck, st.sampled_from((Sign.FAILS, Sign.BARRED)))
def test_pauses_double_up_to_a_few_minutes_and_jitter_only_shortens(
    number: int, luck: float, sign: Sign
) -> None:
    whole = pause(sign, number, 0)
    assert whole == min(LONGEST_PAUSE, FIRST_PAUSE[sign] * 2 ** min(number - 1, 20))
    assert whole * (1 - JITTER) <= pause(sign, number, luck) <= whole


def test_a_trial_is_one_job_and_the_others_wait_for_it() -> None:
    breaker = opened()
    over = breaker.retry_at
    assert over is not None
    assert breaker.holds_until("job_b", over - timedelta(seconds=1)) == over
    assert breaker.holds_until("job_b", over) is None
    trying = breaker.tried_with("job_b", over)
    assert trying.holds_until("job_b", over) is None
    assert trying.holds_until("job_c", over) == over + TRIAL_FOR
    assert trying.holds_until("job_c", over + TRIAL_FOR) is None


@given(st.sampled_from(list(Sign)), st.floats(0, 0.99), luck)
def test_during_a_pause_what_was_sent_before_changes_nothing(
    sign: Sign, share: float, luck: float
) -> None:
    breaker = opened()
    assert breaker.retry_at is not None
    at = breaker.struck_at + share * (breaker.retry_at - breaker.struck_at)
    assert hear(breaker, news(sign, at, "job_z"), luck) == breaker
    trying = breaker.tried_with("job_b", breaker.retry_at)
    assert hear(trying, news(sign, breaker.retry_at, "job_z"), luck) == trying


def test_a_trial_that_works_closes_it_and_one_that_fails_doubles_the_pause() -> None:
    breaker = opened()
    pauses = []
    for _ in range(9):
        assert breaker.retry_at is not None
        at = breaker.retry_at
        breaker = breaker.tried_with("job_b", at)
        assert hear(breaker, news(Sign.WORKS, at, "job_b"), 0) is None
        failed = hear(breaker, news(Sign.FAILS, at, "job_b"), 0)
        assert failed is not None
        assert failed.retry_at is not None
        pauses.append((failed.retry_at - at).total_seconds())
        assert failed.since == NOON
        breaker = failed
    assert pauses == [10, 20, 40, 80, 160, 300, 300, 300, 300]


def test_a_trial_that_tells_nothing_lets_the_next_one_try() -> None:
    breaker = opened()
    assert breaker.retry_at is not None
    trying = breaker.tried_with("job_b", breaker.retry_at)
    at = breaker.retry_at + timedelta(seconds=2)
    silent = hear(trying, news(Sign.SILENT, at, "job_b"), 0)
    assert silent is not None
    assert silent.trial is None
    assert silent.holds_until("job_c", at) is None
    assert silent.pauses == breaker.pauses


def test_an_open_one_is_forgotten_when_nobody_has_tried_for_long() -> None:
    breaker = opened()
    assert breaker.retry_at is not None
    later = breaker.retry_at + FORGOTTEN_AFTER
    assert not breaker.is_open(later)
    assert hear(breaker, news(Sign.FAILS, later), 0) == Breaker(AWAY, later, later)
    assert hear(breaker, news(Sign.WORKS, later), 0) is None


@dataclass
class Sending:
    """A provider, and everybody who wants to send to it."""

    breaker: Breaker | None = None
    now: datetime = NOON
    number: int = 0


@given(
    st.lists(
        st.tuples(st.sampled_from(list(Sign)), st.floats(0, 400), luck), min_size=1, max_size=60
    )
)
def test_between_its_opening_and_its_closing_never_two_are_sent_at_once(
    tries: list[tuple[Sign, float, float]],
) -> None:
    it = Sending()
    for sign, seconds, luck in tries:
        it.now += timedelta(seconds=seconds)
        it.number += 1
        job_id = f"job_{it.number}"
        if it.breaker and it.breaker.is_open(it.now):
            if until := it.breaker.holds_until(job_id, it.now):
                assert it.now < until <= it.now + max(LONGEST_PAUSE, TRIAL_FOR)
                continue
            it.breaker = it.breaker.tried_with(job_id, it.now)
            assert it.breaker.holds_until("job_other", it.now)
        it.breaker = hear(it.breaker, news(sign, it.now, job_id), luck)
        if sign is Sign.WORKS:
            assert it.breaker is None


NOT_ITS_FAULT = (
    "ANALYSIS_FAILED", "CANCELLED", "INTERNAL", "INVALID_INPUT", "RESULT_LOST", "SOURCE_MISSING",
    "SOURCE_UNREACHABLE", "PICTURE_MISSING",
)  # fmt: skip


@pytest.mark.parametrize("code", NOT_ITS_FAULT)
def test_what_is_not_the_providers_fault_tells_nothing(code: str) -> None:
    assert set(signs_of_sending(JobErrorCode(code)).values()) == {Sign.SILENT}
    assert set(signs_of_making(JobErrorCode(code)).values()) == {Sign.SILENT}


SENDING = {
    "CONTENT_POLICY": (Sign.WORKS, Sign.SILENT),
    "RATE_LIMITED": (Sign.WORKS, Sign.SILENT),
    "PROVIDER_UNAVAILABLE": (Sign.FAILS, Sign.SILENT),
    "SUBMIT_UNKNOWN": (Sign.FAILS, Sign.SILENT),
    "PROVIDER_CREDENTIALS": (Sign.BARRED, Sign.SILENT),
    "INSUFFICIENT_BALANCE": (Sign.BARRED, Sign.SILENT),
    "PROVIDER_FAILED": (Sign.SILENT, Sign.FAILS),
    "INVALID_OUTPUT": (Sign.SILENT, Sign.FAILS),
    "TIMED_OUT": (Sign.SILENT, Sign.FAILS),
}
MAKING = {
    "CONTENT_POLICY": (None, Sign.WORKS),
    "RATE_LIMITED": (None, Sign.SILENT),
    "PROVIDER_UNAVAILABLE": (None, Sign.FAILS),
    "SUBMIT_UNKNOWN": (None, Sign.SILENT),
    "PROVIDER_CREDENTIALS": (Sign.BARRED, Sign.SILENT),
    "INSUFFICIENT_BALANCE": (Sign.BARRED, Sign.SILENT),
    "PROVIDER_FAILED": (None, Sign.FAILS),
    "INVALID_OUTPUT": (None, Sign.FAILS),
    # The caller chose how long it may wait to be started.
    "TIMED_OUT": (None, Sign.SILENT),
}


def test_every_other_failure_tells_of_the_provider_or_of_its_model() -> None:
    told = {*NOT_ITS_FAULT, *SENDING}
    assert told == set(JobErrorCode)
    for name, (provider, model) in SENDING.items():
        assert signs_of_sending(JobErrorCode(name)) == {Part.PROVIDER: provider, Part.MODEL: model}
    for name, (part, made) in MAKING.items():
        signs = signs_of_making(JobErrorCode(name))
        assert (signs.get(Part.PROVIDER), signs[Part.MODEL]) == (part, made)


def test_success_tells_of_what_has_succeeded() -> None:
    assert signs_of_sending(None) == {Part.PROVIDER: Sign.WORKS}
    assert signs_of_making(None) == {Part.MODEL: Sign.WORKS}


def test_a_doubt_about_one_request_reads_as_a_provider_that_is_away() -> None:
    doubt = News(Sign.FAILS, "job_a", NOON, JobErrorCode.SUBMIT_UNKNOWN)
    breaker = hear(None, doubt, 0)
    assert breaker is not None
    assert breaker.code is AWAY


@pytest.mark.parametrize("code", sorted({*SENDING} - {"CONTENT_POLICY", "RATE_LIMITED"}))
def test_an_outage_says_what_is_wrong_and_when_it_is_tried(code: str) -> None:
    breaker = Breaker(JobErrorCode(code), NOON, NOON, retry_at=NOON + timedelta(seconds=5))
    outage = ProviderOutage("fal", "fal-ai/one", breaker)
    assert "fal" in outage.failure.message
    assert outage.failure.message.endswith(".")
    assert outage.stage_message.endswith("12:00:05 UTC")
    trying = ProviderOutage("fal", None, breaker.tried_with("job_a", NOON))
    assert "trying it now" in trying.stage_message
