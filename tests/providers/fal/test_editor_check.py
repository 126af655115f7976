"""What is final about an accepted request, and what is only a bad moment to ask."""

import httpx
import pytest

from graphapi.domain.failures import JobErrorCode
from graphapi.errors import Rejected, Throttled
from graphapi.ports.editing import EditResult
from tests.emulators.fal import Fault, Operation, Outcome, model_failure, platform_failure
from tests.providers.fal.conftest import Fal

NGINX = "<html><center>nginx</center></html>"


async def test_a_failed_job_is_final_with_its_reason(fal: Fal) -> None:
    fal.emulator.plan(0, model_failure("content_policy_violation", message="It is flagged."))
    with pytest.raises(Rejected) as error:
        await fal.settled(await fal.editor.submit(fal.request()))
    assert error.value.code is JobErrorCode.CONTENT_POLICY
    assert error.value.message.endswith("It says: prompt: It is flagged.")


@pytest.mark.parametrize("hidden", [Fault(503, NGINX), Fault(404, {"status": "NOT_FOUND"})])
async def test_a_failure_announced_in_the_status_counts_though_its_details_are_gone(
    fal: Fal, hidden: Fault
) -> None:
    fal.emulator.plan(0, platform_failure("generation_timeout", 504, "Took too long"))
    fal.emulator.disturb_always(Operation.RESULT, hidden)
    with pytest.raises(Rejected, match="Took too long") as error:
        await fal.settled(await fal.editor.submit(fal.request()))
    assert error.value.code is JobErrorCode.TIMED_OUT


async def test_a_source_that_fal_cannot_load_is_named_without_its_address(fal: Fal) -> None:
    secret = "https://us.example/media/1?signature=hush"
    failure = model_failure("file_download_error", message=f"Failed to get {secret}")
    fal.emulator.plan(0, failure)
    with pytest.raises(Rejected) as error:
        await fal.settled(await fal.editor.submit(fal.request(source=secret)))
    assert error.value.code is JobErrorCode.SOURCE_UNREACHABLE
    assert "hush" not in error.value.message


async def test_a_job_started_too_late_times_out(fal: Fal) -> None:
    fal.emulator.limit = 1
    fal.emulator.seconds = 60
    await fal.editor.submit(fal.request())
    late = await fal.editor.submit(fal.request(start_seconds=0.5))
    assert fal.emulator.ledger.posts[1].headers["x-fal-request-timeout"] == "2.0"
    with pytest.raises(Rejected) as error:
        await fal.settled(late)
    assert error.value.code is JobErrorCode.TIMED_OUT


async def test_a_finished_edit_without_a_picture_is_no_result(fal: Fal) -> None:
    fal.emulator.plan(0, Outcome(images=0, extra={"description": "I cannot draw that."}))
    with pytest.raises(Rejected, match="I cannot draw that") as error:
        await fal.settled(await fal.editor.submit(fal.request()))
    assert error.value.code is JobErrorCode.INVALID_OUTPUT


@pytest.mark.parametrize("operation", [Operation.STATUS, Operation.RESULT])
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(429, {"detail": "slow down"}), "RATE_LIMITED"),
        (Fault(408), "RATE_LIMITED"),
        (Fault(502, NGINX), "PROVIDER_UNAVAILABLE"),
        (Fault(500, NGINX), "PROVIDER_UNAVAILABLE"),
        (Fault(404, NGINX), "PROVIDER_UNAVAILABLE"),
        (Fault(503, {"detail": "Service Unavailable"}), "PROVIDER_UNAVAILABLE"),
        (Fault(500, {"detail": "Internal Server Error"}), "PROVIDER_UNAVAILABLE"),
        (Fault(401, {"detail": "No user found for Key ID and Secret"}), "PROVIDER_CREDENTIALS"),
        (Fault(403, {"detail": "Exhausted balance"}), "INSUFFICIENT_BALANCE"),
        (Fault(drop=True), "PROVIDER_UNAVAILABLE"),
        (Fault(cut=True), "PROVIDER_UNAVAILABLE"),
        (Fault(delay=1.2), "PROVIDER_UNAVAILABLE"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value.status or "fault"),
)
async def test_a_look_that_tells_nothing_about_the_job_is_repeated_later(
    fal: Fal, operation: Operation, fault: Fault, code: str
) -> None:
    ticket = await fal.editor.submit(fal.request())
    await fal.settled(ticket)
    fal.emulator.disturb(operation, fault)
    with pytest.raises(Throttled) as error:
        await fal.editor.check(ticket)
    assert error.value.code == code
    assert isinstance(await fal.editor.check(ticket), EditResult)


@pytest.mark.parametrize("body", [NGINX, {"status": "PAUSED"}, {}, [], None])
async def test_a_status_that_makes_no_sense_is_looked_at_again_later(
    fal: Fal, body: object
) -> None:
    ticket = await fal.editor.submit(fal.request())
    fal.emulator.disturb(Operation.STATUS, Fault(200, body))
    with pytest.raises(Throttled):
        await fal.editor.check(ticket)


async def test_a_page_in_place_of_the_result_is_looked_at_again_later(fal: Fal) -> None:
    ticket = await fal.editor.submit(fal.request())
    await fal.settled(ticket)
    fal.emulator.disturb(Operation.RESULT, Fault(200, NGINX))
    with pytest.raises(Throttled):
        await fal.editor.check(ticket)


async def test_a_request_that_fal_has_forgotten_is_lost(fal: Fal) -> None:
    ticket = await fal.editor.submit(fal.request())
    fal.emulator.forget(ticket.request_id)
    with pytest.raises(Rejected) as error:
        await fal.editor.check(ticket)
    assert error.value.code is JobErrorCode.RESULT_LOST


async def test_a_result_that_has_expired_is_lost(fal: Fal) -> None:
    ticket = await fal.editor.submit(fal.request())
    await fal.settled(ticket)
    fal.emulator.disturb(Operation.RESULT, Fault(404, {"status": "NOT_FOUND"}))
    with pytest.raises(Rejected) as error:
        await fal.editor.check(ticket)
    assert error.value.code is JobErrorCode.RESULT_LOST


async def test_a_request_cancelled_at_fal_says_so(fal: Fal) -> None:
    fal.emulator.seconds = 60
    ticket = await fal.editor.submit(fal.request())
    headers = {"Authorization": f"Key {fal.emulator.key}"}
    async with httpx.AsyncClient(headers=headers) as client:
        assert (await client.put(ticket.cancel_url or "")).status_code == 202
    with pytest.raises(Rejected) as error:
        await fal.settled(ticket)
    assert error.value.code is JobErrorCode.CANCELLED
