"""What holds for every editor that costs money, over real HTTP: nothing is ever sent twice."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from starlette.applications import Starlette

from graphapi.domain.failures import JobErrorCode
from graphapi.errors import InDoubt, NotSent, ProviderError, Rejected, Throttled
from graphapi.ports.editing import (
    CannotKnow,
    Editor,
    EditRequest,
    EditResult,
    Found,
    Marker,
    NotSeen,
    Ticket,
)
from graphapi.providers.fal import FalEditor
from graphapi.providers.lumenfall import LumenfallEditor
from tests.emulators.fal import Fault, Operation
from tests.emulators.serving import serve
from tests.providers.fal.conftest import Fal, TurnedClock, fal  # noqa: F401 - a fixture
from tests.providers.lumenfall.conftest import Lumenfall, lumenfall  # noqa: F401 - a fixture

NGINX = "<html><center>nginx</center></html>"


@dataclass
class Provider:
    """One provider: an editor that speaks to its emulator, and what the emulator knows.

    `elsewhere` makes an editor for another address; `arrived` and `made` count the requests that
    came and those that were worked on.
    """

    editor: Editor
    request: EditRequest
    key: str
    disturb: Callable[[Fault], None]
    arrived: Callable[[], int]
    made: Callable[[], int]
    elsewhere: Callable[[str], Editor]


def _of_fal(fal: Fal) -> Provider:  # noqa: F811 - the fixture above
    ledger = fal.emulator.ledger
    return Provider(
        fal.editor,
        fal.request(),
        fal.emulator.key,
        lambda fault: fal.emulator.disturb(Operation.SUBMIT, fault),
        lambda: len(ledger.posts),
        lambda: len(ledger.accepted),
        lambda url: FalEditor(key=fal.emulator.key, queue_url=url, rest_url=url, api_url=url),
    )


def _of_lumenfall(lumenfall: Lumenfall) -> Provider:  # noqa: F811 - the fixture above
    emulator = lumenfall.emulator
    return Provider(
        lumenfall.editor,
        lumenfall.request(),
        emulator.key,
        emulator.disturb,
        lambda: len(emulator.posts),
        lambda: len(emulator.made),
        lambda url: LumenfallEditor(key=emulator.key, url=url),
    )


MAKERS: dict[str, Callable[[Any], Provider]] = {"fal": _of_fal, "lumenfall": _of_lumenfall}


@pytest.fixture(params=MAKERS)
def provider(request: pytest.FixtureRequest) -> Provider:
    return MAKERS[request.param](request.getfixturevalue(request.param))


async def test_one_request_is_one_post_and_one_answer(provider: Provider) -> None:
    answer = await provider.editor.submit(provider.request)
    assert isinstance(answer, Ticket | EditResult)
    assert (provider.arrived(), provider.made()) == (1, 1)


@pytest.mark.parametrize("accept", [True, False])
@pytest.mark.parametrize(
    "fault",
    [Fault(500, NGINX), Fault(502, NGINX), Fault(408, NGINX), Fault(307, NGINX), Fault(drop=True)],
    ids=lambda fault: str(fault.status or "drop"),
)
async def test_a_lost_answer_is_a_doubt_and_nothing_is_sent_again(
    provider: Provider,
    fault: Fault,
    accept: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    provider.disturb(replace(fault, accept=accept))
    with pytest.raises(InDoubt) as error:
        await provider.editor.submit(provider.request)
    await asyncio.sleep(0.05)
    assert error.value.code is JobErrorCode.SUBMIT_UNKNOWN
    assert (provider.arrived(), provider.made()) == (int(accept), int(accept))


async def test_a_cut_answer_is_a_doubt_about_work_that_was_done(provider: Provider) -> None:
    provider.disturb(Fault(cut=True))
    with pytest.raises(InDoubt):
        await provider.editor.submit(provider.request)
    assert provider.made() == 1


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422])
async def test_a_complete_refusal_is_final(provider: Provider, status: int) -> None:
    provider.disturb(Fault(status, NGINX))
    with pytest.raises(Rejected):
        await provider.editor.submit(provider.request)
    assert provider.made() == 0


async def test_too_many_requests_may_be_sent_again_after_the_wait_asked_for(
    provider: Provider,
) -> None:
    provider.disturb(Fault(429, NGINX, {"Retry-After": "7"}))
    with pytest.raises(Throttled) as error:
        await provider.editor.submit(provider.request)
    assert error.value.retry_after is not None
    assert error.value.retry_after.total_seconds() == 7
    assert provider.made() == 0


async def test_what_never_left_may_be_sent_again(provider: Provider) -> None:
    async with serve(Starlette()) as gone:
        pass
    editor = provider.elsewhere(gone)
    with pytest.raises(NotSent):
        await editor.submit(provider.request)
    await editor.close()


async def test_no_error_repeats_the_key_or_an_address(provider: Provider) -> None:
    said = f"The key {provider.key} at https://us.example/still?sig=1 is wrong."
    for status in (400, 401, 500):
        body = {"detail": said, "error": {"message": said, "code": "INVALID_REQUEST"}}
        provider.disturb(Fault(status, body))
        with pytest.raises(ProviderError) as error:
            await provider.editor.submit(provider.request)
        assert provider.key not in error.value.message
        assert "us.example" not in error.value.message


async def test_looking_for_a_lost_request_always_answers(provider: Provider) -> None:
    now = TurnedClock().now()
    request = provider.request
    marker = Marker(request.model, request.prompt, request.seed, now, now)
    assert isinstance(await provider.editor.find(marker), Found | NotSeen | CannotKnow)
    assert provider.made() == 0


@pytest.mark.parametrize("request_id", ["", "../../etc", "a?b=c"])
async def test_what_is_no_request_id_makes_no_ticket(provider: Provider, request_id: str) -> None:
    with pytest.raises(Rejected):
        provider.editor.ticket(provider.request.model, request_id)
