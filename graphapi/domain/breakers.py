"""When a provider keeps failing: what opens its breaker, who may try it again, and when.

While a breaker is open nothing is sent: what waits goes on waiting, unspent. After a pause one
job, the trial, is let through. If it succeeds the breaker closes; if it fails the next pause is
twice as long. A provider has a breaker, and so has each of its models.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from graphapi.domain.failures import JobErrorCode


class Part(StrEnum):
    """Whose breaker it is."""

    PROVIDER = "PROVIDER"
    MODEL = "MODEL"


class Sign(StrEnum):
    """What one request tells: BARRED, that every further one would fail in the same way."""

    WORKS = "WORKS"
    FAILS = "FAILS"
    BARRED = "BARRED"
    SILENT = "SILENT"


Signs = Mapping[Part, Sign]

# Failures in a row that open a breaker, none of them longer than this after the one before it.
THRESHOLD = 5
STREAK = timedelta(minutes=10)
FIRST_PAUSE = {Sign.FAILS: timedelta(seconds=5), Sign.BARRED: timedelta(seconds=30)}
LONGEST_PAUSE = timedelta(minutes=5)
# Pauses are shortened by up to this share, so that servers do not come back in step.
JITTER = 0.2
# How long the others wait to hear of a trial, which may be lost: longer than any sending takes.
TRIAL_FOR = timedelta(minutes=3)
# An open breaker of which nobody has heard for so long says nothing about today.
FORGOTTEN_AFTER = timedelta(hours=1)

_PROVIDER_WORKS = {Part.PROVIDER: Sign.WORKS}
_PROVIDER_FAILS = {Part.PROVIDER: Sign.FAILS}
_PROVIDER_BARRED = {Part.PROVIDER: Sign.BARRED}
_MODEL_FAILS = {Part.MODEL: Sign.FAILS}
_SENDING: Mapping[JobErrorCode, Signs] = {
    # Only a provider that is there refuses so; other refusals may be an adapter's own.
    JobErrorCode.CONTENT_POLICY: _PROVIDER_WORKS,
    JobErrorCode.RATE_LIMITED: _PROVIDER_WORKS,
    JobErrorCode.PROVIDER_UNAVAILABLE: _PROVIDER_FAILS,
    JobErrorCode.SUBMIT_UNKNOWN: _PROVIDER_FAILS,
    JobErrorCode.PROVIDER_CREDENTIALS: _PROVIDER_BARRED,
    JobErrorCode.INSUFFICIENT_BALANCE: _PROVIDER_BARRED,
    JobErrorCode.PROVIDER_FAILED: _MODEL_FAILS,
    JobErrorCode.INVALID_OUTPUT: _MODEL_FAILS,
    JobErrorCode.TIMED_OUT: _MODEL_FAILS,
}
# TIMED_OUT is not here: how long an accepted request may wait is the caller's own choice.
_MAKING: Mapping[JobErrorCode, Signs] = {
    JobErrorCode.CONTENT_POLICY: {Part.MODEL: Sign.WORKS},
    JobErrorCode.PROVIDER_UNAVAILABLE: _MODEL_FAILS,
    JobErrorCode.PROVIDER_FAILED: _MODEL_FAILS,
    JobErrorCode.INVALID_OUTPUT: _MODEL_FAILS,
    JobErrorCode.PROVIDER_CREDENTIALS: _PROVIDER_BARRED,
    JobErrorCode.INSUFFICIENT_BALANCE: _PROVIDER_BARRED,
}


def signs_of_sending(code: JobErrorCode | None) -> Signs:
    """Tell what sending a request tells of each part; `code` is None when it was accepted.

    That it was accepted says nothing of its model yet, and so that part is left out.
    """
    if code is None:
        return _PROVIDER_WORKS
    return dict.fromkeys(Part, Sign.SILENT) | dict(_SENDING.get(code, {}))


def signs_of_making(code: JobErrorCode | None) -> Signs:
    """Tell what the end of an accepted request tells; `code` is None when it brought its result."""
    if code is None:
        return {Part.MODEL: Sign.WORKS}
    return {Part.MODEL: Sign.SILENT} | dict(_MAKING.get(code, {}))


@dataclass(frozen=True, slots=True)
class News:
    """What one request of a job has told. `code` is that of its failure."""

    sign: Sign
    job_id: str
    at: datetime
    code: JobErrorCode | None = None


@dataclass(frozen=True, slots=True)
class Breaker:
    """A run of failures, the first of them at `since`; open when `retry_at` is set.

    From `retry_at` on one job may try. Once it does it is the `trial`, and `retry_at` is when it
    counts as lost. `pauses` is how often the breaker has opened since it was last closed.
    """

    code: JobErrorCode
    since: datetime
    struck_at: datetime
    strikes: int = 1
    pauses: int = 0
    retry_at: datetime | None = None
    trial: str | None = None

    def is_open(self, now: datetime) -> bool:
        """Tell whether nothing may be sent but a trial."""
        return self.retry_at is not None and now < self.retry_at + FORGOTTEN_AFTER

    def holds_until(self, job_id: str, now: datetime) -> datetime | None:
        """Tell until when a job has to wait; None when it may be sent now."""
        if self.retry_at is None or now >= self.retry_at or job_id == self.trial:
            return None
        return self.retry_at

    def tried_with(self, job_id: str, now: datetime) -> "Breaker":
        """Let a job through as the trial."""
        return replace(self, trial=job_id, retry_at=now + TRIAL_FOR)


def hear(breaker: Breaker | None, news: News, luck: float) -> Breaker | None:
    """Tell how a breaker stands after some news; None is one that has nothing against it.

    During a pause only the trial's news counts: what was sent before it opened tells nothing of
    whether it has recovered. `luck`, from 0 to 1, shortens the pause.
    """
    if breaker is None or not _still_counts(breaker, news.at):
        return _struck(None, news, luck)
    if breaker.retry_at is not None:
        return _heard_while_open(breaker, breaker.retry_at, news, luck)
    return None if news.sign is Sign.WORKS else _struck(breaker, news, luck)


def pause(sign: Sign, pauses: int, luck: float) -> timedelta:
    """Tell how long the pause of this number is, counted from 1."""
    doubled = FIRST_PAUSE[sign] * (1 << min(pauses - 1, 16))
    return min(LONGEST_PAUSE, doubled) * (1 - JITTER * luck)


def _still_counts(breaker: Breaker, now: datetime) -> bool:
    return breaker.is_open(now) or (breaker.retry_at is None and now <= breaker.struck_at + STREAK)


def _heard_while_open(
    breaker: Breaker, retry_at: datetime, news: News, luck: float
) -> Breaker | None:
    is_trial = news.job_id == breaker.trial
    if news.sign is Sign.SILENT:
        # The trial has told nothing: let the next one try.
        return replace(breaker, trial=None, retry_at=news.at) if is_trial else breaker
    if not is_trial and news.at < retry_at:
        return breaker
    return None if news.sign is Sign.WORKS else _opened(breaker, news, luck)


def _struck(breaker: Breaker | None, news: News, luck: float) -> Breaker | None:
    if news.sign not in FIRST_PAUSE or news.code is None:
        return breaker
    if breaker is None:
        struck = Breaker(_shown(news.code), news.at, news.at)
    else:
        strikes = breaker.strikes + 1
        struck = replace(breaker, code=_shown(news.code), struck_at=news.at, strikes=strikes)
    if news.sign is Sign.BARRED or struck.strikes >= THRESHOLD:
        return _opened(struck, news, luck)
    return struck


def _opened(breaker: Breaker, news: News, luck: float) -> Breaker:
    pauses = breaker.pauses + 1
    return replace(
        breaker,
        code=breaker.code if news.code is None else _shown(news.code),
        struck_at=news.at,
        pauses=pauses,
        retry_at=news.at + pause(news.sign, pauses, luck),
        trial=None,
    )


def _shown(code: JobErrorCode) -> JobErrorCode:
    # That one request is in doubt is its owner's matter; to all others the provider is away.
    away = JobErrorCode.PROVIDER_UNAVAILABLE
    return away if code is JobErrorCode.SUBMIT_UNKNOWN else code
