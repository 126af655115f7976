"""How a request that a provider accepted ends without a result, whoever brings the news."""

from datetime import datetime, timedelta
from typing import Any

from graphapi.domain.charges import Charge
from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.jobs import OF_SOUND, Billed, JobKind, JobState
from graphapi.persistence.transition import failed

# How long after a doubt has come up evidence is first looked for.
FIRST_LOOK = timedelta(seconds=30)


def ending(failure: Failure, now: datetime) -> tuple[JobState, dict[str, Any]]:
    """Tell where a failure takes a job that its provider had accepted, and the columns of that.

    A provider may charge for what it then fails, unless it is known not to, and for what it began
    before it was stopped.
    """
    stopped = failure.code is JobErrorCode.CANCELLED
    shown = _stopped(failure.charge.billed) if stopped else failure
    values = failed(shown) | charge_values(failure.charge) | {"finished_at": now}
    return (JobState.CANCELLED if stopped else JobState.FAILED), values


def charge_values(charge: Charge) -> dict[str, Any]:
    """Make the columns that say what a provider charges for what it failed.

    Nothing leaves no bill behind: whatever is told of a picture that comes after all is news.
    """
    known = charge.billed is Billed.YES
    return {
        "billed": charge.billed,
        "billable_units": charge.units if known else None,
        "charged_micros": charge.micros if known else None,
    }


def doubted(now: datetime) -> dict[str, Any]:
    """Make the columns of a job of which it is not known whether its provider took it.

    Histories list what has ended, so there is nothing to be seen at once.
    """
    return {"billed": Billed.UNKNOWN, "next_at": now + FIRST_LOOK}


def cancelled_there(*, unspent: bool = False) -> Failure:
    """Make the failure of a job that was stopped at its provider."""
    message = "Stopped at the provider. It may have charged for what it had begun."
    if unspent:
        message = "Taken out of the provider's queue before it was begun; nothing was spent."
    return Failure(JobErrorCode.CANCELLED, message)


def _stopped(billed: Billed) -> Failure:
    told = {
        Billed.NO: "Stopped at the provider, which charges nothing for it.",
        Billed.YES: "Stopped at the provider, which charges for what it had begun.",
    }
    known = told.get(billed)
    return Failure(JobErrorCode.CANCELLED, known) if known else cancelled_there()


def recovery_of(kind: JobKind) -> str:
    """Name what looks for the late result of a job of this kind, for a person to call."""
    return "recoverRecording" if kind in OF_SOUND else "recoverVariation"
