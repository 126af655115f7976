"""What each answer to a submit, and each lack of one, says about money."""

import asyncio
from dataclasses import replace

import pytest
from starlette.applications import Starlette

from graphapi.domain.failures import JobErrorCode
from graphapi.errors import InDoubt, NotSent, Rejected, Throttled
from graphapi.ports.editing import Source
from graphapi.providers.fal import FalEditor
from tests.emulators.fal import Fault, Operation
from tests.emulators.serving import serve
from tests.providers.fal.conftest import Fal

NGINX = "<html><center>nginx</center></html>"


async def test_no_option_takes_the_place_of_the_prompt_or_the_pictures(fal: Fal) -> None:
    asked = fal.request()
    options = {**asked.options, "prompt": "Another.", "image_urls": []}
    await fal.editor.submit(replace(asked, options=options))
    body = fal.emulator.ledger.accepted[0].input or {}
    assert (body["prompt"], body["image_urls"]) == (asked.prompt, [asked.source.url])


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(401, {"detail": "No user found for Key ID and Secret"}), "PROVIDER_CREDENTIALS"),
        (Fault(403, {"detail": "Reason: Exhausted balance."}), "INSUFFICIENT_BALANCE"),
        (Fault(403, {"detail": "Not yours"}), "PROVIDER_CREDENTIALS"),
        (Fault(404, {"detail": "Application not found"}), "INVALID_INPUT"),
        (Fault(400, {"detail": "Bad", "error_type": "bad_request"}), "INVALID_INPUT"),
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
        Fault(404, NGINX),
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
