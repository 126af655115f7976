"""Edits by fal.ai, over real HTTP: what is sent, what is understood, and what each fault means."""

import asyncio
import uuid
from dataclasses import replace
from io import BytesIO

import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from graphapi.domain.failures import JobErrorCode
from graphapi.errors import ConfigurationError, InDoubt, NotSent, Rejected, Throttled
from graphapi.ports.editing import Editor, EditResult, Source, SourceRoute, Ticket, Waiting
from graphapi.providers.fal import FalEditor
from tests.emulators.fal import Fault, Operation, Outcome, model_failure, platform_failure
from tests.emulators.serving import serve
from tests.providers.fal.conftest import MODEL, Fal

STILL = {"detail": "Request is still in progress"}
NGINX = "<html><center>nginx</center></html>"


async def _waiting(fal: Fal, ticket: Ticket) -> Waiting:
    standing = await fal.editor.check(ticket)
    assert isinstance(standing, Waiting)
    return standing


async def test_an_edit_goes_out_once_with_every_choice_spelt_out(fal: Fal) -> None:
    ticket = await fal.editor.submit(fal.request())
    (post,) = fal.emulator.ledger.posts
    assert post.endpoint == MODEL
    assert post.query == {}
    assert post.input == {
        "prompt": "A wide shot.",
        "image_urls": [fal.source],
        "num_images": 1,
        "aspect_ratio": "4:3",
        "resolution": "1K",
        "output_format": "png",
        "seed": 20251120,
    }
    assert post.request_id == ticket.request_id
    assert post.attempt == "attempt-1"
    wanted = {
        "authorization": f"Key {fal.emulator.key}",
        "x-fal-request-timeout": "600.0",
        "x-fal-queue-priority": "normal",
        "x-app-fal-disable-fallback": "true",
    }
    assert wanted.items() <= post.headers.items()
    assert "x-fal-store-io" not in post.headers


async def test_a_ticket_carries_the_three_addresses_fal_gave(fal: Fal) -> None:
    ticket = await fal.editor.submit(fal.request())
    base = f"{fal.url}/fal-ai/nano-banana-pro/requests/{ticket.request_id}"
    assert ticket.response_url == base
    assert (ticket.status_url, ticket.cancel_url) == (f"{base}/status", f"{base}/cancel")
    assert ticket.queue_position == 0


async def test_a_finished_edit_brings_its_picture_and_what_fal_says_of_it(fal: Fal) -> None:
    extra = {
        "seed": 5,
        "has_nsfw_concepts": [False],
        "timings": {"inference": 1.5},
        "description": "A dog.",
    }
    fal.emulator.plan(0, Outcome(extra=extra))
    result = await fal.settled(await fal.editor.submit(fal.request()))
    (image,) = result.images
    assert image.url is not None
    async with httpx.AsyncClient() as client:
        content = (await client.get(image.url)).content
    with Image.open(BytesIO(content)) as picture:
        assert (picture.width, picture.height) == (150, 112)
    facts = result.metadata
    assert (facts.width, facts.height, facts.content_type) == (150, 112, "image/png")
    assert (facts.seed, facts.nsfw, facts.description) == (5, False, "A dog.")
    assert facts.timings == {"inference": 1.5}
    assert result.billable_units == 1
    assert result.raw["images"][0]["url"] == image.url


async def test_what_fal_does_not_say_stays_unknown(fal: Fal) -> None:
    result = await fal.settled(await fal.editor.submit(fal.request()))
    facts = result.metadata
    assert (facts.seed, facts.nsfw, facts.description, facts.timings) == (None, None, None, None)


async def test_queue_position_and_log_lines_are_told_while_it_waits(fal: Fal) -> None:
    fal.emulator.limit = 1
    fal.emulator.plan_all(Outcome(seconds=60, logs=("Loading", "Step\x1b[2K 1\n of 4", " \n")))
    tickets = [await fal.editor.submit(fal.request()) for _ in range(3)]
    assert await _waiting(fal, tickets[0]) == Waiting(running=True, message="Step [2K 1 of 4")
    assert await _waiting(fal, tickets[1]) == Waiting(running=False, queue_position=0)
    assert await _waiting(fal, tickets[2]) == Waiting(running=False, queue_position=1)


async def test_a_result_that_is_not_ready_yet_is_waited_for(fal: Fal) -> None:
    fal.emulator.disturb(Operation.RESULT, Fault(400, STILL))
    ticket = await fal.editor.submit(fal.request())
    standings = [await fal.editor.check(ticket)]
    while not isinstance(standings[-1], EditResult):
        standings.append(await fal.editor.check(ticket))
    assert Waiting(running=True) in standings


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(401, {"detail": "No user found for Key ID and Secret"}), "PROVIDER_CREDENTIALS"),
        (Fault(403, {"detail": "Reason: Exhausted balance."}), "INSUFFICIENT_BALANCE"),
        (Fault(403, {"detail": "Not yours"}), "PROVIDER_CREDENTIALS"),
        (Fault(404, {"detail": "Application not found"}), "INVALID_INPUT"),
        (Fault(400, {"detail": "Bad", "error_type": "bad_request"}), "INVALID_INPUT"),
        (Fault(413, NGINX), "INVALID_INPUT"),
        (Fault(422, {"detail": [{"type": "missing", "loc": ["body"]}]}), "INVALID_INPUT"),
        (Fault(422, {"detail": [{"type": "file_download_error"}]}), "SOURCE_UNREACHABLE"),
    ],
)
async def test_a_complete_refusal_is_final(fal: Fal, fault: Fault, code: str) -> None:
    fal.emulator.disturb(Operation.SUBMIT, fault)
    with pytest.raises(Rejected) as error:
        await fal.editor.submit(fal.request())
    assert error.value.code == code
    assert fal.emulator.ledger.posts == []


async def test_too_many_requests_may_be_sent_again_after_the_wait_asked_for(fal: Fal) -> None:
    body = {"detail": "Too many requests"}
    fal.emulator.disturb(Operation.SUBMIT, Fault(429, body, {"Retry-After": "7"}))
    with pytest.raises(Throttled) as error:
        await fal.editor.submit(fal.request())
    assert error.value.code is JobErrorCode.RATE_LIMITED
    assert error.value.retry_after is not None
    assert error.value.retry_after.total_seconds() == 7


@pytest.mark.parametrize("accept", [True, False])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(408, {"detail": "Request Timeout"}),
        Fault(500, {"detail": "Internal", "error_type": "internal_error"}),
        Fault(502, NGINX),
        Fault(503, NGINX),
        Fault(504, {"detail": "Gateway Timeout"}),
        Fault(307, "", {"Location": "/elsewhere"}),
        Fault(200, NGINX),
        Fault(200, {"status": "IN_QUEUE"}),
        Fault(200, {"request_id": "../../etc"}),
        Fault(200, ["request_id"]),
        Fault(drop=True),
        Fault(delay=1.3, drop=True),
    ],
    ids=lambda fault: str(fault.status or "drop"),
)
async def test_an_answer_that_proves_nothing_is_in_doubt_and_nothing_is_sent_again(
    fal: Fal,
    fault: Fault,
    accept: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    fal.emulator.disturb(Operation.SUBMIT, replace(fault, accept=accept))
    with pytest.raises(InDoubt) as error:
        await fal.editor.submit(fal.request())
    await asyncio.sleep(0.05)
    assert error.value.code is JobErrorCode.SUBMIT_UNKNOWN
    assert len(fal.emulator.ledger.posts) == int(accept)


async def test_a_cut_answer_is_in_doubt(fal: Fal) -> None:
    fal.emulator.disturb(Operation.SUBMIT, Fault(cut=True))
    with pytest.raises(InDoubt):
        await fal.editor.submit(fal.request())
    assert len(fal.emulator.ledger.accepted) == 1


async def test_a_cancelled_submit_raises_its_cancellation(fal: Fal) -> None:
    fal.emulator.disturb(Operation.SUBMIT, Fault(delay=0.5))
    submit = asyncio.create_task(fal.editor.submit(fal.request()))
    while not fal.emulator.ledger.posts:  # noqa: ASYNC110 - a ledger rings no bell
        await asyncio.sleep(0.01)
    submit.cancel()
    with pytest.raises(asyncio.CancelledError):
        await submit
    assert len(fal.emulator.ledger.accepted) == 1


async def test_a_submit_that_cannot_connect_is_not_sent(fal: Fal) -> None:
    async with serve(Starlette()) as gone:
        pass
    editor = FalEditor(key="a:b", queue_url=gone)
    with pytest.raises(NotSent):
        await editor.submit(fal.request())
    await editor.close()


@pytest.mark.parametrize(
    "model", ["nano-banana", "fal-ai/../x", "fal-ai//x", "fal-ai/x?y=1", "workflows/a", ""]
)
async def test_what_is_no_model_id_is_refused_before_anything_is_sent(fal: Fal, model: str) -> None:
    with pytest.raises(Rejected, match="model id: use one such as"):
        await fal.editor.submit(fal.request(model=model))
    assert fal.emulator.ledger.posts == []


async def test_a_request_without_a_source_address_is_refused_before_anything_is_sent(
    fal: Fal,
) -> None:
    request = fal.request()
    object.__setattr__(request, "source", Source(content=b"pixels"))
    with pytest.raises(Rejected) as error:
        await fal.editor.submit(request)
    assert error.value.code is JobErrorCode.SOURCE_MISSING
    assert fal.emulator.ledger.posts == []


async def test_a_failed_job_is_final_with_its_reason(fal: Fal) -> None:
    fal.emulator.plan(0, model_failure("content_policy_violation", message="It is flagged."))
    with pytest.raises(Rejected) as error:
        await fal.settled(await fal.editor.submit(fal.request()))
    assert error.value.code is JobErrorCode.CONTENT_POLICY
    assert error.value.message.endswith("It says: prompt: It is flagged.")


async def test_a_failure_announced_in_the_status_counts_though_a_proxy_hides_the_result(
    fal: Fal,
) -> None:
    fal.emulator.plan(0, platform_failure("generation_timeout", 504, "Took too long"))
    fal.emulator.disturb_always(Operation.RESULT, Fault(503, NGINX))
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


class Spy:
    """A stranger's server that writes down the headers it is sent."""

    def __init__(self) -> None:
        self.seen: list[dict[str, str]] = []
        self.app = Starlette(routes=[Route("/{path:path}", self._note, methods=["GET", "POST"])])

    async def _note(self, request: Request) -> Response:
        self.seen.append(dict(request.headers))
        return JSONResponse({"status": "COMPLETED"})


async def test_the_key_never_goes_to_another_host(fal: Fal) -> None:
    spy = Spy()
    async with serve(spy.app) as elsewhere:
        request_id = str(uuid.uuid4())
        stranger = f"{elsewhere}/requests/{request_id}"
        urls = dict.fromkeys(("status_url", "response_url", "cancel_url"), stranger)
        fal.emulator.disturb(Operation.SUBMIT, Fault(200, {"request_id": request_id, **urls}))
        ticket = await fal.editor.submit(fal.request())
        base = f"{fal.url}/fal-ai/nano-banana-pro/requests/{request_id}"
        assert ticket == Ticket(request_id, f"{base}/status", base, f"{base}/cancel")
        for url in (elsewhere, f"{fal.url}@{elsewhere.removeprefix('http://')}", None):
            with pytest.raises(Throttled, match="GRAPHAPI_FAL_QUEUE_URL"):
                await fal.editor.check(Ticket(request_id, status_url=url))
        fal.emulator.disturb(Operation.STATUS, Fault(307, "", {"Location": elsewhere}))
        fal.emulator.disturb(Operation.SUBMIT, Fault(307, "", {"Location": elsewhere}))
        with pytest.raises(Throttled):
            await fal.editor.check(ticket)
        with pytest.raises(InDoubt):
            await fal.editor.submit(fal.request())
    assert spy.seen == []


async def test_extra_headers_go_along_but_cannot_replace_the_key(fal: Fal) -> None:
    extra = {"X-Fal-Store-IO": "0", "x-fal-queue-priority": "low", "AUTHORIZATION": "Key x:y"}
    editor = FalEditor(key=fal.emulator.key, queue_url=f"{fal.url}/", headers=extra)
    await editor.check(await editor.submit(fal.request()))
    await editor.close()
    headers = fal.emulator.ledger.posts[0].headers
    assert headers["x-fal-store-io"] == "0"
    assert headers["x-fal-queue-priority"] == "low"
    assert headers["authorization"] == f"Key {fal.emulator.key}"


async def test_a_good_key_passes_the_probe_and_costs_nothing(fal: Fal) -> None:
    await fal.editor.probe()
    assert fal.emulator.ledger.posts == []


async def test_the_probe_says_what_is_wrong(fal: Fal) -> None:
    stranger = FalEditor(key="nobody:nothing", queue_url=fal.url)
    with pytest.raises(ConfigurationError, match="FAL_API_KEY") as error:
        await stranger.probe()
    await stranger.close()
    assert "nothing" not in str(error.value)
    for fault, said in [
        (Fault(403, {"detail": "User is locked. Reason: Exhausted balance."}), "balance"),
        (Fault(502, NGINX), "GRAPHAPI_FAL_QUEUE_URL"),
        (Fault(200, NGINX), "GRAPHAPI_FAL_QUEUE_URL"),
        (Fault(drop=True), "could not be reached"),
    ]:
        fal.emulator.disturb(Operation.STATUS, fault)
        with pytest.raises(ConfigurationError, match=said):
            await fal.editor.probe()


@pytest.mark.parametrize("key", ["", "a:b\nX-Evil: 1", "ключ:x"])
def test_a_key_that_cannot_be_sent_is_a_wrong_setting(key: str) -> None:
    with pytest.raises(ConfigurationError, match="FAL_API_KEY"):
        FalEditor(key=key)
    with pytest.raises(ConfigurationError, match="GRAPHAPI_FAL_HEADERS"):
        FalEditor(key="a:b", headers={"X-Note": f"{key}\n"})


async def test_the_editor_says_what_it_is() -> None:
    editor: Editor = FalEditor(key="a:b", slots=3)
    assert (editor.provider, editor.repeatable, editor.slots) == ("fal", False, 3)
    assert editor.source_route is SourceRoute.URL
    await editor.close()
