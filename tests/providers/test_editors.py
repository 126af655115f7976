"""What holds for every editor, and for those that cost money: nothing is ever sent twice.

Those speak to their emulators over real HTTP; the one that works on this machine is asked itself.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from starlette.applications import Starlette

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.variations import ModificationMode, ShotType
from graphapi.errors import InDoubt, NotSent, ProviderError, Rejected, Throttled
from graphapi.ports.editing import (
    Cancelled,
    CannotKnow,
    Editor,
    EditRequest,
    EditResult,
    Found,
    Marker,
    NotSeen,
    Source,
    SourceRoute,
    Ticket,
    Waiting,
)
from graphapi.providers.fal import FalEditor
from graphapi.providers.local import LocalEditor
from graphapi.providers.lumenfall import LumenfallEditor
from tests.emulators.fal import Fault, Operation
from tests.emulators.serving import serve
from tests.providers.fal.conftest import Fal, TurnedClock, fal, png  # noqa: F401 - a fixture
from tests.providers.local.pictures import encoded, person
from tests.providers.lumenfall.conftest import Lumenfall, lumenfall  # noqa: F401 - a fixture

NGINX = "<html><center>nginx</center></html>"


@dataclass
class Asked:
    """Any editor, and a request that it can do; `posts` counts what went out for money."""

    editor: Editor
    request: EditRequest
    posts: Callable[[], int]


@dataclass
class Provider:
    """One provider that costs money: an editor that speaks to its emulator, and what that knows.

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


def _of_this_machine() -> Asked:
    request = EditRequest(
        job_id="job_1",
        model="local/reframe",
        prompt="A wide shot.",
        aspect_ratio="4:3",
        source=Source(content=encoded(person())),
        mode=ModificationMode.SHOT_VARIATION,
        shot_type=ShotType.WS,
        beat=None,
        seed=7,
        attempt_token="attempt-1",
        start_seconds=600.0,
    )
    return Asked(LocalEditor(), request, lambda: 0)


@pytest.fixture(params=[*MAKERS, "local"])
def asked(request: pytest.FixtureRequest) -> Asked:
    if request.param == "local":
        return _of_this_machine()
    paid = MAKERS[request.param](request.getfixturevalue(request.param))
    return Asked(paid.editor, paid.request, paid.arrived)


async def _ended(editor: Editor, answer: Ticket | EditResult) -> EditResult:
    """Wait for the result of an answer."""
    while not isinstance(answer, EditResult):
        standing = await editor.check(answer)
        answer = answer if isinstance(standing, Waiting) else standing
    return answer


async def test_a_request_ends_with_a_picture_that_can_be_had(asked: Asked) -> None:
    result = await _ended(asked.editor, await asked.editor.submit(asked.request))
    (image,) = result.images
    assert (image.url is None) is not (image.content is None)


async def test_only_what_is_free_may_be_repeated_and_is_then_the_same(asked: Asked) -> None:
    first = await asked.editor.submit(asked.request)
    assert asked.editor.repeatable is (asked.posts() == 0)
    if asked.editor.repeatable:
        assert await asked.editor.submit(asked.request) == first


async def test_a_source_comes_by_the_route_that_is_named(asked: Asked) -> None:
    if asked.editor.source_route is SourceRoute.URL:
        hosted = await asked.editor.host(png(), "image/png")
        request = replace(asked.request, source=Source(url=hosted.url))
        await _ended(asked.editor, await asked.editor.submit(request))
    else:
        with pytest.raises(Rejected):
            await asked.editor.host(png(), "image/png")
    assert asked.posts() <= 1


async def test_a_request_without_its_source_is_refused_before_it_costs(asked: Asked) -> None:
    with pytest.raises(Rejected) as refusal:
        await asked.editor.submit(replace(asked.request, source=Source()))
    assert refusal.value.code is JobErrorCode.SOURCE_MISSING
    assert asked.posts() == 0


async def test_stopping_what_is_not_there_always_answers(asked: Asked) -> None:
    try:
        ticket = asked.editor.ticket(asked.request.model, "8a1cf2d0-0000-4000-8000-000000000000")
    except Rejected:
        ticket = Ticket("8a1cf2d0-0000-4000-8000-000000000000")
    assert await asked.editor.cancel(ticket) in {Cancelled.UNKNOWN, Cancelled.TOO_LATE}
    with pytest.raises(Rejected) as refusal:
        await asked.editor.check(ticket)
    assert refusal.value.code is JobErrorCode.RESULT_LOST


async def test_looking_for_a_lost_request_always_answers(asked: Asked) -> None:
    now = TurnedClock().now()
    request = asked.request
    marker = Marker(request.model, request.prompt, request.seed, now, now)
    assert isinstance(await asked.editor.find(marker), Found | NotSeen | CannotKnow)
    assert asked.posts() == 0


@pytest.mark.parametrize("request_id", ["", "../../etc", "a?b=c"])
async def test_what_is_no_request_id_makes_no_ticket(asked: Asked, request_id: str) -> None:
    with pytest.raises(Rejected):
        asked.editor.ticket(asked.request.model, request_id)


def test_how_many_are_under_way_at_once_is_told(asked: Asked) -> None:
    # A request that keeps a connection or a core busy to its end always has a limit.
    assert asked.editor.slots is None or asked.editor.slots > 0
    assert asked.editor.source_route is SourceRoute.URL or asked.editor.slots is not None


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


@pytest.mark.parametrize("status", [401, 403, 413])
async def test_who_is_turned_away_at_the_door_is_refused_in_whatever_words(
    provider: Provider, status: int
) -> None:
    provider.disturb(Fault(status, NGINX))
    with pytest.raises(Rejected):
        await provider.editor.submit(provider.request)
    assert provider.made() == 0


@pytest.mark.parametrize("status", [400, 402, 404, 422])
async def test_a_refusal_in_a_gateways_words_is_a_doubt(provider: Provider, status: int) -> None:
    provider.disturb(Fault(status, NGINX))
    with pytest.raises(InDoubt):
        await provider.editor.submit(provider.request)


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
