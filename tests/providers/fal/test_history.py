"""Finding a request again whose submit was never answered."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.errors import InDoubt
from graphapi.ports.editing import CannotKnow, EditResult, Found, Marker, NotSeen
from graphapi.providers.fal.history import PAGE
from tests.emulators.fal import Fault, Operation, Outcome, model_failure, platform_failure
from tests.providers.fal.conftest import MODEL, Fal

NOW = datetime.now(UTC)
MARKER = Marker(
    model=MODEL,
    prompt="A wide shot.",
    seed=20251120,
    since=NOW - timedelta(minutes=1),
    until=NOW + timedelta(minutes=10),
    token_hash=hashlib.sha256(b"attempt-1").hexdigest(),
)
NGINX = "<html><center>nginx</center></html>"


def _item(**other: Any) -> dict[str, Any]:
    asked = {"prompt": MARKER.prompt, "seed": MARKER.seed}
    made = {"images": [{"url": "https://v3.fal.media/a.png"}]}
    usual = {"request_id": "r-1", "status_code": 200, "json_input": asked, "json_output": made}
    return usual | other


def _page(*items: Any, **other: Any) -> Fault:
    return Fault(200, {"items": items, "next_cursor": None, "has_more": False} | other)


async def _until_listed(fal: Fal, count: int = 1) -> None:
    while len(fal.emulator.platform.history) < count:
        await fal.editor.probe()


async def test_a_request_whose_answer_was_lost_is_found_with_its_result(fal: Fal) -> None:
    fal.emulator.disturb(Operation.SUBMIT, Fault(drop=True, accept=True))
    with pytest.raises(InDoubt):
        await fal.editor.submit(fal.request())
    await fal.editor.submit(fal.request(seed=7))
    await fal.editor.submit(fal.request(prompt="A close shot."))
    await _until_listed(fal, 3)
    found = await fal.editor.find(MARKER)
    assert isinstance(found, Found)
    assert found.ticket.request_id == fal.emulator.ledger.accepted[0].request_id
    assert isinstance(found.outcome, EditResult)
    assert found.outcome.billable_units is None
    asked = await fal.settled(found.ticket)
    assert (asked.images, asked.billable_units) == (found.outcome.images, 1)


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (model_failure("content_policy_violation"), "CONTENT_POLICY"),
        (platform_failure("runner_disconnected", 503), "PROVIDER_UNAVAILABLE"),
        (Outcome(status=500, body={"detail": "Oh"}), "PROVIDER_FAILED"),
        (Outcome(status=422, body=None), "INVALID_INPUT"),
        (Outcome(images=0), "INVALID_OUTPUT"),
    ],
)
async def test_a_request_that_failed_is_found_with_its_reason(
    fal: Fal, outcome: Outcome, code: str
) -> None:
    fal.emulator.plan_all(outcome)
    await fal.editor.submit(fal.request())
    await _until_listed(fal)
    found = await fal.editor.find(MARKER)
    assert isinstance(found, Found)
    assert isinstance(found.outcome, Failure)
    assert found.outcome.code == code


async def test_a_request_that_still_runs_is_not_seen(fal: Fal) -> None:
    fal.emulator.seconds = 60
    await fal.editor.submit(fal.request())
    assert await fal.editor.find(MARKER) == NotSeen()


async def test_a_cancelled_request_is_found_as_such(fal: Fal) -> None:
    fal.emulator.seconds = 60
    await fal.editor.cancel(await fal.editor.submit(fal.request()))
    await _until_listed(fal)
    found = await fal.editor.find(MARKER)
    assert isinstance(found, Found)
    assert isinstance(found.outcome, Failure)
    assert found.outcome.code is JobErrorCode.CANCELLED


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 20251121},
        {"prompt": "A wide shot"},
        {"model": "fal-ai/nano-banana/edit"},
        {"since": NOW + timedelta(hours=1), "until": NOW + timedelta(hours=2)},
        {"since": NOW - timedelta(hours=2), "until": NOW - timedelta(hours=1)},
    ],
    ids=["seed", "prompt", "model", "before", "after"],
)
async def test_nobody_elses_request_is_taken_for_ours(fal: Fal, change: dict[str, Any]) -> None:
    await fal.editor.submit(fal.request())
    await _until_listed(fal)
    assert isinstance(await fal.editor.find(MARKER), Found)
    assert await fal.editor.find(replace(MARKER, **change)) == NotSeen()


async def test_clocks_that_disagree_by_minutes_do_not_hide_a_request(fal: Fal) -> None:
    await fal.editor.submit(fal.request())
    await _until_listed(fal)
    for turned in (timedelta(minutes=4), timedelta(minutes=-4)):
        moment = datetime.now(UTC) + turned
        marker = replace(MARKER, since=moment, until=moment)
        assert isinstance(await fal.editor.find(marker), Found)


async def test_a_request_that_another_attempt_is_known_by_is_passed_over(fal: Fal) -> None:
    fal.emulator.disturb(Operation.HISTORY, _page(_item(), _item(request_id="r-2")))
    found = await fal.editor.find(replace(MARKER, others=frozenset({"r-1"})))
    assert isinstance(found, Found)
    assert found.ticket == fal.editor.ticket(MODEL, "r-2")


async def test_where_tags_are_told_they_must_be_those_of_the_attempt(fal: Fal) -> None:
    strange, ours = (
        _item(tags={"attempt": "x"}),
        _item(request_id="r-2", tags={"attempt": "attempt-1"}),
    )
    fal.emulator.disturb(Operation.HISTORY, _page(strange, ours))
    found = await fal.editor.find(MARKER)
    assert isinstance(found, Found)
    assert found.ticket.request_id == "r-2"
    fal.emulator.disturb(Operation.HISTORY, _page(strange))
    assert await fal.editor.find(MARKER) == NotSeen()


async def test_every_page_is_looked_through(fal: Fal) -> None:
    fal.emulator.plan_all(Outcome(images=0))
    await fal.editor.submit(fal.request())
    for seed in range(PAGE + 1):
        await fal.editor.submit(fal.request(seed=seed))
    await _until_listed(fal, PAGE + 2)
    assert isinstance(await fal.editor.find(MARKER), Found)
    fal.emulator.disturb(Operation.HISTORY, None, Fault(503))
    assert isinstance(await fal.editor.find(MARKER), CannotKnow)
    assert await fal.editor.find(replace(MARKER, seed=-1)) == NotSeen()


async def test_a_history_without_end_is_not_read_for_ever(fal: Fal) -> None:
    fal.emulator.disturb_always(Operation.HISTORY, _page(has_more=True, next_cursor="Mg=="))
    answer = await fal.editor.find(MARKER)
    assert isinstance(answer, CannotKnow)
    assert "too many" in answer.reason


async def test_a_history_that_hides_what_was_asked_proves_nothing(fal: Fal) -> None:
    fal.emulator.platform.payloads = False
    await fal.editor.submit(fal.request())
    await _until_listed(fal)
    answer = await fal.editor.find(MARKER)
    assert isinstance(answer, CannotKnow)
    assert "X-Fal-Store-IO" in answer.reason


@pytest.mark.parametrize(
    "item",
    [
        _item(json_output=None),
        _item(json_output="data:..."),
        _item(status_code=None),
        _item(status_code="200"),
        _item(status_code=True),
    ],
)
async def test_what_the_history_does_not_tell_of_our_request_is_left_to_be_asked(
    fal: Fal, item: dict[str, Any]
) -> None:
    fal.emulator.disturb(Operation.HISTORY, _page(item))
    assert await fal.editor.find(MARKER) == Found(fal.editor.ticket(MODEL, "r-1"))


@pytest.mark.parametrize(
    "item",
    [None, "r-1", [], _item(request_id="../x"), _item(request_id=None), _item(json_input=None)],
)
async def test_a_line_that_cannot_be_read_may_be_ours(fal: Fal, item: object) -> None:
    fal.emulator.disturb(Operation.HISTORY, _page(item))
    assert isinstance(await fal.editor.find(MARKER), CannotKnow)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(200, NGINX), "something else"),
        (Fault(200, {"items": None}), "something else"),
        (Fault(200, []), "something else"),
        (_page(has_more=True), "something else"),
        (Fault(401, {"detail": "No user found for Key ID and Secret"}), "FAL_API_KEY"),
        (Fault(403, {"detail": "Forbidden"}), "FAL_API_KEY"),
        (Fault(404, {"detail": "Not found"}), "HTTP status 404"),
        (Fault(500), "HTTP status 500"),
        (Fault(drop=True), "could not be reached"),
        (Fault(delay=1.2), "could not be reached"),
    ],
)
async def test_a_history_that_cannot_be_read_says_so_and_nothing_more(
    fal: Fal, fault: Fault, said: str
) -> None:
    await fal.editor.submit(fal.request())
    await _until_listed(fal)
    fal.emulator.disturb(Operation.HISTORY, fault)
    answer = await fal.editor.find(MARKER)
    assert isinstance(answer, CannotKnow)
    assert said in answer.reason
    assert isinstance(await fal.editor.find(MARKER), Found)


async def test_a_busy_history_says_when_to_ask_again(fal: Fal) -> None:
    fal.emulator.disturb(Operation.HISTORY, Fault(429, {}, {"Retry-After": "9"}))
    answer = await fal.editor.find(MARKER)
    assert isinstance(answer, CannotKnow)
    assert answer.retry_after == timedelta(seconds=9)


async def test_looking_costs_nothing(fal: Fal) -> None:
    await fal.editor.find(MARKER)
    assert fal.emulator.ledger.posts == []
