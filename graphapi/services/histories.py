"""The life of a job, for an operator: as a line, as columns, and in plain words."""

from collections.abc import Collection, Sequence
from typing import Any

from graphapi.domain.jobs import TERMINAL, Billed, JobKind, JobState, Mover
from graphapi.domain.ledger import Entry
from graphapi.domain.money import dollars_of
from graphapi.errors import NotFound
from graphapi.persistence import corrections, histories, job_events
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow, failure_of
from graphapi.services.results import can_be_had

# Hashes of secrets, and what came back whole: of no use to a reader.
_HIDDEN = {"attempt_token_hash", "request_hash", "result", "context"}

_WHO = {
    Mover.API: "a person",
    Mover.PREPARE: "preparing",
    Mover.SUBMITTER: "sending",
    Mover.POLLER: "asking the provider",
    Mover.WEBHOOK: "a webhook",
    Mover.SWEEPER: "the sweeper",
    Mover.RECONCILER: "the provider's history",
    Mover.FINALISER: "saving",
    Mover.CANCELLER: "cancelling",
}
_WHAT = {
    JobState.QUEUED: "waits",
    JobState.SUBMITTING: "is being sent",
    JobState.SUBMIT_UNKNOWN: "is in doubt",
    JobState.SUBMITTED: "is at the provider",
    JobState.RESULT_READY: "has its result",
    JobState.SUCCEEDED: "succeeded",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "was cancelled",
}
_BILLED = {
    Billed.NO: "Nothing was charged for it.",
    Billed.YES: "It was charged for.",
    Billed.UNKNOWN: "It may have been charged for: look at the provider's bill.",
}


class Histories:
    """Reads jobs, whoever owns them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(
        self, states: Collection[JobState], user: str | None, limit: int
    ) -> Sequence[AnyRow]:
        """List the newest jobs in these states; each row also has `user_name`."""
        async with self._database.read() as connection:
            return await histories.newest(connection, states or tuple(JobState), user, limit)

    async def columns(self, job_id: str) -> dict[str, Any]:
        """Read what is stored of a job, but for secrets; raises NotFound."""
        async with self._database.read() as connection:
            job = await _get(connection, job_id)
        stored = dict(job._mapping)  # noqa: SLF001 - the documented way to read a row by name
        return {name: value for name, value in stored.items() if name not in _HIDDEN}

    async def explain(self, job_id: str) -> list[str]:
        """Tell the whole history of a job in plain words, line by line; raises NotFound."""
        async with self._database.read() as connection:
            job = await _get(connection, job_id)
            attempts = await histories.attempts_of(connection, job)
            events = await job_events.of_job(connection, job_id)
            lines = await histories.lines_of(connection, job_id)
            correction = await corrections.of_job(connection, job_id)
        told = [_who_it_is(job, list(attempts).index(job.id) + 1, len(attempts)), ""]
        told += map(_happened, events, [None, *events])
        if len(events) == 1 and job.version > 1:
            told.append("  (What happened next was not kept: the job is older than the history.)")
        told += ["", *_now(job), *[_money(line) for line in lines]]
        if correction is not None and any(line.billed is Billed.UNKNOWN for line in lines):
            told.append(_corrected(correction))
        return [*told, _bill(job, lines)]


async def _get(connection: Any, job_id: str) -> AnyRow:
    job = await histories.one(connection, job_id)
    if job is None:
        raise NotFound("job")
    return job


def _who_it_is(job: AnyRow, number: int, count: int) -> str:
    attempt = f", attempt {number} of {count}" if count > 1 else ""
    who = f"{job.id} is {_what_it_is(job)}, asked for by {job.user_name}{attempt}."
    adopted = (
        f" It takes in what {job.adopts} brought late, and costs nothing." if job.adopts else ""
    )
    return f"{who} It goes to {job.provider}, model {job.model}.{_with_whom(job)}{adopted}"


def _with_whom(job: AnyRow) -> str:
    if job.pictures == 1:
        return ""
    leader = f", sent with {job.rides_with}" if job.rides_with else ""
    return f" It is number {job.place + 1} of {job.pictures} pictures of one request{leader}."


def _what_it_is(job: AnyRow) -> str:
    if job.kind is JobKind.ANALYSIS:
        return f"an analysis of {job.source_image_id}"
    if job.recording_id is not None:
        made = "written down" if job.kind is JobKind.TRANSCRIPTION else "spoken"
        return f"the recording {job.recording_id}, to be {made}"
    if job.picture_id is None:
        return f"the image {job.image_id} from words alone"
    return f"{'a variation' if job.mode else 'an edit'} of {job.source_image_id}"


def _happened(event: AnyRow, before: AnyRow | None) -> str:
    what = f"It {_WHAT[event.state]}, by {_WHO[event.mover]}"
    if event.version == 1:
        what = "It was asked for"
    elif before is not None and before.state is event.state:
        what = f"News of it, by {_WHO[event.mover]}"
    return f"  {event.at:%Y-%m-%d %H:%M:%S}  {what}. {event.message}"


def _now(job: AnyRow) -> list[str]:
    told = [f"Now it {_WHAT[job.state]}. {job.failure_message or job.stage_message}"]
    if job.request_id:
        told.append(f"The provider calls it {job.request_id}.")
    if job.state in TERMINAL - {JobState.SUCCEEDED} and job.result is not None:
        told += _late(job)
    if job.cancel_requested_at and job.state not in TERMINAL:
        told.append(f"A person cancelled it at {job.cancel_requested_at:%Y-%m-%d %H:%M:%S}.")
    if job.state not in TERMINAL:
        told.append(f"It ends by {job.deadline_at:%Y-%m-%d %H:%M:%S} at the latest.")
    failure = failure_of(job)
    if failure:
        again = "can help" if failure.remedy.retryable else "does not help by itself"
        told.append(f"{failure.code}: asking again {again}; {failure.remedy.who_acts} must act.")
    return told


def _late(job: AnyRow) -> list[str]:
    """Tell where that is which came without being taken in."""
    if not can_be_had(job.result, job.place):
        return []
    kept = job.result["images"][job.place] if "images" in job.result else job.result
    place = f"in the storage as {kept['key']}" if kept.get("key") else kept.get("url")
    return [f"What it made came all the same; it is {place or 'kept with the job'}."]


def _bill(job: AnyRow, lines: Sequence[AnyRow]) -> str:
    settled = [line.amount_micros for line in lines if line.entry is Entry.SETTLE]
    # A free provider counts as billed once it has done its work; it asked for nothing.
    return _BILLED[Billed.NO if settled == [0] else job.billed]


def _corrected(correction: AnyRow) -> str:
    amount = f"{dollars_of(correction.amount_micros)} USD"
    return f"Corrected on {correction.created_at:%Y-%m-%d} to {amount}: {correction.price_source}."


def _money(line: AnyRow) -> str:
    words = {Entry.RESERVE: "Reserved", Entry.SETTLE: "Settled", Entry.RELEASE: "Released"}
    amount = "an unknown amount"
    if line.amount_micros is not None:
        amount = f"{dollars_of(line.amount_micros)} USD ({line.exactness.lower()})"
    if line.billed is Billed.UNKNOWN:
        return f"Uncertain: {amount} may have been charged."
    return f"{words[line.entry]} {amount}."
