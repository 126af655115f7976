"""Edits by fal.ai, over real HTTP: what is sent, what comes back, and who may see the key."""

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

from graphapi.errors import ConfigurationError, InDoubt, Throttled
from graphapi.ports.editing import Editor, EditResult, Source, SourceRoute, Ticket, Waiting
from graphapi.providers.fal import FalEditor
from tests.emulators.fal import Fault, Operation, Outcome
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


async def test_several_pictures_go_out_in_order_and_none_for_words_alone(fal: Fal) -> None:
    several = replace(fal.request(), further=(Source(url="https://a/2"), Source(url="https://a/3")))
    words = fal.request(model="fal-ai/nano-banana-pro", ratio="21:9")
    await fal.editor.submit(several)
    await fal.editor.submit(replace(words, source=Source(), mode=None, image_field=None))
    first, second = (post.input or {} for post in fal.emulator.ledger.posts)
    assert first["image_urls"] == [fal.source, "https://a/2", "https://a/3"]
    assert second == {
        "prompt": "A wide shot.",
        "num_images": 1,
        "aspect_ratio": "21:9",
        "resolution": "1K",
        "output_format": "png",
        "seed": 20251120,
    }


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
