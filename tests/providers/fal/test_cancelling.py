"""What becomes of a request that is told to stop."""

import uuid

import pytest

from graphapi.domain.failures import JobErrorCode
from graphapi.errors import Rejected, Throttled
from graphapi.ports.editing import Cancelled, Ticket, Waiting
from tests.emulators.fal import Fault, Operation, Outcome
from tests.providers.fal.conftest import MODEL, Fal

NGINX = "<html><center>nginx</center></html>"


async def _until_running(fal: Fal, ticket: Ticket) -> None:
    while await fal.editor.check(ticket) != Waiting(running=True):
        pass


async def _ended_as(fal: Fal, ticket: Ticket) -> JobErrorCode:
    with pytest.raises(Rejected) as error:
        await fal.settled(ticket)
    return error.value.code


async def test_a_waiting_request_is_stopped(fal: Fal) -> None:
    fal.emulator.says_ok_to_cancel = True
    fal.emulator.limit, fal.emulator.seconds = 1, 60
    await fal.editor.submit(fal.request())
    ticket = await fal.editor.submit(fal.request())
    assert await fal.editor.cancel(ticket) is Cancelled.STOPPED
    assert await _ended_as(fal, ticket) is JobErrorCode.CANCELLED
    assert fal.emulator.ledger.cancels == [(ticket.request_id, "removed")]


GONE = Fault(404, {"status": "NOT_FOUND"})


async def _one_waiting(fal: Fal) -> Ticket:
    fal.emulator.limit, fal.emulator.seconds = 1, 60
    await fal.editor.submit(fal.request())
    return await fal.editor.submit(fal.request())


@pytest.mark.parametrize("after", [None, GONE])
async def test_a_request_that_waited_and_is_gone_then_is_stopped(
    fal: Fal, after: Fault | None
) -> None:
    ticket = await _one_waiting(fal)
    fal.emulator.disturb(Operation.STATUS, None, after)
    assert await fal.editor.cancel(ticket) is Cancelled.STOPPED
    assert fal.emulator.ledger.cancels == [(ticket.request_id, "removed")]


async def test_a_request_that_is_slow_to_leave_the_queue_is_looked_at_again(fal: Fal) -> None:
    ticket = await _one_waiting(fal)
    waits = Fault(202, {"status": "IN_QUEUE", "queue_position": 0})
    fal.emulator.disturb(Operation.STATUS, None, waits, waits, None)
    assert await fal.editor.cancel(ticket) is Cancelled.STOPPED


def _ended(seconds: float | None, kind: str | None = "client_cancelled") -> Fault:
    body = {"status": "COMPLETED", "metrics": {"inference_time": seconds}, "error_type": kind}
    return Fault(200, body)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # It was not seen to wait when it was told to stop.
        (Fault(202, {"status": "IN_PROGRESS"}), None),
        (Fault(503, {"detail": "down"}), None),
        (Fault(drop=True), None),
        (Fault(200, NGINX), None),
        # It is not seen to have gone unbegun.
        (None, Fault(202, {"status": "IN_PROGRESS"})),
        (None, _ended(0.4)),
        # It may have begun between the look and the order to stop.
        (None, _ended(None)),
        (None, _ended(None, "request_timeout")),
        (None, _ended(None, None)),
        (None, Fault(404, NGINX)),
        (None, Fault(404, {"detail": "Not Found"})),
        (None, Fault(503, {"detail": "down"})),
        (None, Fault(drop=True)),
    ],
)
async def test_without_a_sight_of_it_before_and_after_a_request_may_have_begun(
    fal: Fal, before: Fault | None, after: Fault | None
) -> None:
    ticket = await _one_waiting(fal)
    fal.emulator.disturb(Operation.STATUS, before, after)
    assert await fal.editor.cancel(ticket) is Cancelled.REQUESTED


async def test_a_request_that_stays_in_the_queue_is_not_known_to_be_stopped(fal: Fal) -> None:
    ticket = await _one_waiting(fal)
    waits = Fault(202, {"status": "IN_QUEUE", "queue_position": 0})
    fal.emulator.disturb_always(Operation.STATUS, waits)
    assert await fal.editor.cancel(ticket) is Cancelled.REQUESTED


async def test_a_running_request_is_asked_to_stop_and_then_reads_cancelled(fal: Fal) -> None:
    fal.emulator.plan_all(Outcome(seconds=60, cancel_seconds=1.0))
    ticket = await fal.editor.submit(fal.request())
    await _until_running(fal, ticket)
    assert await fal.editor.cancel(ticket) is Cancelled.REQUESTED
    assert await fal.editor.check(ticket) == Waiting(running=True)
    assert await fal.editor.cancel(ticket) is Cancelled.REQUESTED
    assert await _ended_as(fal, ticket) is JobErrorCode.CANCELLED
    assert fal.emulator.ledger.ended == {ticket.request_id: 499}


async def test_a_running_request_may_finish_all_the_same_and_its_result_is_kept(fal: Fal) -> None:
    fal.emulator.plan(0, Outcome(seconds=0.3, ignores_cancel=True))
    ticket = await fal.editor.submit(fal.request())
    await _until_running(fal, ticket)
    assert await fal.editor.cancel(ticket) is Cancelled.REQUESTED
    assert (await fal.settled(ticket)).images
    assert fal.emulator.ledger.ended == {ticket.request_id: 200}


async def test_a_finished_request_cannot_be_stopped(fal: Fal) -> None:
    ticket = await fal.editor.submit(fal.request())
    result = await fal.settled(ticket)
    assert await fal.editor.cancel(ticket) is Cancelled.TOO_LATE
    assert await fal.settled(ticket) == result


async def test_a_request_that_fal_does_not_know_cannot_be_stopped(fal: Fal) -> None:
    ticket = fal.editor.ticket(MODEL, str(uuid.uuid4()))
    assert await fal.editor.cancel(ticket) is Cancelled.UNKNOWN


@pytest.mark.parametrize(
    "fault",
    [
        Fault(200, {"success": True}),
        Fault(202, {"status": "OK"}),
        Fault(202, {"status": "CANCELLATION_REQUESTED"}),
        Fault(200, None),
        Fault(200, NGINX),
        Fault(204, ""),
    ],
    ids=lambda fault: f"{fault.status} {fault.body}",
)
async def test_any_other_success_only_means_that_fal_has_heard(fal: Fal, fault: Fault) -> None:
    ticket = await fal.editor.submit(fal.request())
    fal.emulator.disturb(Operation.CANCEL, fault)
    assert await fal.editor.cancel(ticket) is Cancelled.REQUESTED


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(400, {"detail": "Bad request"}), "PROVIDER_UNAVAILABLE"),
        (Fault(404, NGINX), "PROVIDER_UNAVAILABLE"),
        (Fault(502, NGINX), "PROVIDER_UNAVAILABLE"),
        (Fault(429, {}), "RATE_LIMITED"),
        (Fault(401, {"detail": "No user found for Key ID and Secret"}), "PROVIDER_CREDENTIALS"),
        (Fault(drop=True), "PROVIDER_UNAVAILABLE"),
        (Fault(cut=True), "PROVIDER_UNAVAILABLE"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value.status or "fault"),
)
async def test_what_tells_nothing_about_the_request_is_asked_again_later(
    fal: Fal, fault: Fault, code: str
) -> None:
    fal.emulator.plan_all(Outcome(seconds=60, ignores_cancel=True))
    ticket = await fal.editor.submit(fal.request())
    fal.emulator.disturb(Operation.CANCEL, fault)
    with pytest.raises(Throttled) as error:
        await fal.editor.cancel(ticket)
    assert error.value.code == code
    assert await fal.editor.cancel(ticket) is Cancelled.REQUESTED


async def test_a_cancellation_goes_to_no_other_host(fal: Fal) -> None:
    for url in (None, "https://elsewhere.example/cancel"):
        with pytest.raises(Throttled, match="GRAPHAPI_FAL_QUEUE_URL"):
            await fal.editor.cancel(Ticket("r-1", cancel_url=url))
    assert fal.emulator.ledger.cancels == []


@pytest.mark.parametrize("body", [{"detail": "Cancelled"}, {}, NGINX, None])
async def test_a_cancelled_end_counts_however_little_it_says(fal: Fal, body: object) -> None:
    ticket = await fal.editor.submit(fal.request())
    await fal.settled(ticket)
    fal.emulator.disturb(Operation.RESULT, Fault(499, body))
    assert await _ended_as(fal, ticket) is JobErrorCode.CANCELLED


async def test_a_ticket_made_from_an_id_is_as_good_as_the_one_fal_gave(fal: Fal) -> None:
    given = await fal.editor.submit(fal.request())
    made = fal.editor.ticket(MODEL, given.request_id)
    assert (made.status_url, made.response_url, made.cancel_url) == (
        given.status_url,
        given.response_url,
        given.cancel_url,
    )
    assert (await fal.settled(made)).images


@pytest.mark.parametrize("request_id", ["", "../../etc", "a b", "x" * 129, "é"])
async def test_no_ticket_is_made_from_what_is_no_request_id(fal: Fal, request_id: str) -> None:
    with pytest.raises(Rejected, match="no request id"):
        fal.editor.ticket(MODEL, request_id)
