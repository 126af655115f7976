"""What each answer of Lumenfall to a paid request, and each lack of one, says about money."""

import asyncio
from dataclasses import replace

import pytest
from starlette.applications import Starlette

from graphapi.domain.failures import JobErrorCode
from graphapi.errors import InDoubt, NotSent, Rejected, Throttled
from graphapi.ports.editing import Source
from graphapi.providers.lumenfall import LumenfallEditor
from tests.emulators.lumenfall import KEY, Fault, Refusal
from tests.emulators.serving import serve
from tests.providers.lumenfall.conftest import FROM_WORDS, Lumenfall

NGINX = "<html><center>nginx</center></html>"
POLICY = Refusal(400, "CONTENT_POLICY_VIOLATION")
EXHAUSTED = Refusal(502, "ALL_PROVIDERS_EXHAUSTED")


async def test_a_complete_refusal_is_final_and_nothing_was_made(lumenfall: Lumenfall) -> None:
    lumenfall.emulator.balance = 0.01
    with pytest.raises(Rejected) as error:
        await lumenfall.editor.submit(lumenfall.request())
    assert error.value.code is JobErrorCode.INSUFFICIENT_BALANCE
    lumenfall.emulator.balance = None
    for model, code in (
        ("gemini-0", JobErrorCode.INVALID_INPUT),
        ("gemini-1-image", JobErrorCode.INVALID_INPUT),
    ):
        with pytest.raises(Rejected) as error:
            await lumenfall.editor.submit(lumenfall.request(model=model))
        assert error.value.code is code
    lumenfall.emulator.disturb(Fault(POLICY.status, POLICY.body))
    with pytest.raises(Rejected) as error:
        await lumenfall.editor.submit(lumenfall.request())
    assert error.value.code is JobErrorCode.CONTENT_POLICY
    assert lumenfall.emulator.made == []


async def test_a_provider_may_be_forced_by_a_prefix_of_the_model(lumenfall: Lumenfall) -> None:
    await lumenfall.editor.submit(lumenfall.request(model="vertex/gemini-3-pro-image"))
    assert lumenfall.emulator.made[0].fields["model"] == "vertex/gemini-3-pro-image"


async def test_no_option_takes_the_place_of_the_model_or_the_prompt(lumenfall: Lumenfall) -> None:
    asked = lumenfall.request()
    await lumenfall.editor.submit(
        replace(asked, options={**asked.options, "model": "dear", "prompt": "Another."})
    )
    fields = lumenfall.emulator.made[0].fields
    assert (fields["model"], fields["prompt"]) == (asked.model, asked.prompt)


async def test_too_many_requests_may_be_sent_again_after_the_wait_asked_for(
    lumenfall: Lumenfall,
) -> None:
    refusal = Refusal(429, "RATE_LIMITED")
    lumenfall.emulator.disturb(Fault(429, refusal.body, {"Retry-After": "7"}))
    with pytest.raises(Throttled) as error:
        await lumenfall.editor.submit(lumenfall.request())
    assert error.value.retry_after is not None
    assert error.value.retry_after.total_seconds() == 7


async def test_a_failure_in_its_own_words_is_final_and_may_have_been_charged_for(
    lumenfall: Lumenfall,
) -> None:
    lumenfall.emulator.disturb(Fault(502, EXHAUSTED.body, accept=True))
    with pytest.raises(Rejected) as error:
        await lumenfall.editor.submit(lumenfall.request())
    assert (error.value.code, error.value.perhaps_billed) == (
        JobErrorCode.PROVIDER_UNAVAILABLE,
        True,
    )


@pytest.mark.parametrize("accept", [True, False])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(408, {"error": {"code": "TIMEOUT"}}),
        Fault(500, {"error": {"code": "UPSTREAM_ERROR"}}),
        Fault(502, {"error": {"code": "ALL_PROVIDERS_EXHAUSTED"}}),
        Fault(503, NGINX),
        Fault(504, NGINX),
        Fault(307, "", {"Location": "/elsewhere"}),
        Fault(200, NGINX),
        Fault(200, ["data"]),
        Fault(drop=True),
        Fault(delay=1.3, drop=True),
    ],
    ids=lambda fault: str(fault.status or "drop"),
)
async def test_an_answer_that_proves_nothing_is_in_doubt_and_nothing_is_sent_again(
    lumenfall: Lumenfall,
    fault: Fault,
    accept: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    lumenfall.emulator.disturb(replace(fault, accept=accept))
    with pytest.raises(InDoubt) as error:
        await lumenfall.editor.submit(lumenfall.request())
    await asyncio.sleep(0.05)
    assert error.value.code is JobErrorCode.SUBMIT_UNKNOWN
    assert len(lumenfall.emulator.posts) == int(accept)


@pytest.mark.parametrize("source", [None, FROM_WORDS], ids=["edit", "from words"])
async def test_a_cut_answer_is_in_doubt_though_the_picture_was_made(
    lumenfall: Lumenfall, source: Source | None
) -> None:
    lumenfall.emulator.disturb(Fault(cut=True))
    with pytest.raises(InDoubt):
        await lumenfall.editor.submit(lumenfall.request(source=source))
    assert len(lumenfall.emulator.made) == 1


async def test_an_answer_without_a_picture_may_have_been_charged_for(
    lumenfall: Lumenfall,
) -> None:
    lumenfall.emulator.disturb(Fault(200, {"created": 1, "data": []}, accept=True))
    with pytest.raises(Rejected) as error:
        await lumenfall.editor.submit(lumenfall.request())
    assert error.value.code is JobErrorCode.INVALID_OUTPUT


async def test_a_cancelled_submit_raises_its_cancellation(lumenfall: Lumenfall) -> None:
    lumenfall.emulator.disturb(Fault(delay=0.5))
    submit = asyncio.create_task(lumenfall.editor.submit(lumenfall.request()))
    while not lumenfall.emulator.made:  # noqa: ASYNC110 - a ledger rings no bell
        await asyncio.sleep(0.01)
    submit.cancel()
    with pytest.raises(asyncio.CancelledError):
        await submit
    assert len(lumenfall.emulator.made) == 1


async def test_a_submit_that_cannot_connect_is_not_sent(lumenfall: Lumenfall) -> None:
    async with serve(Starlette()) as gone:
        pass
    editor = LumenfallEditor(key=KEY, url=gone)
    with pytest.raises(NotSent):
        await editor.submit(lumenfall.request())
    await editor.close()
