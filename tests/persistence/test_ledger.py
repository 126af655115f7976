"""The ledger always balances: reserved once, then settled or released once, with the move."""

import re
from datetime import date, timedelta
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from graphapi.domain.jobs import MOVES, TERMINAL, Billed, JobKind, JobState, Mover
from graphapi.domain.ledger import Entry, known_since
from graphapi.domain.money import Exactness
from graphapi.persistence import corrections
from graphapi.persistence.tables import LedgerRow
from graphapi.persistence.transition import add_jobs, change_image, lock_owner, transition
from graphapi.services.scheduling import new_job
from tests.persistence.books import BROKE, LOCAL, PRICED, closing, lines, spent
from tests.persistence.library import FAILED, FAL, READY, SENT, Library, dump
from tests.rules.sources import ROOT


async def test_what_is_asked_for_is_reserved_with_what_is_known_of_its_price(
    library: Library,
) -> None:
    async with library.written() as unit:
        await change_image(unit, library.owner.id, library.image_id, project_name="Nightfall")
    for job_id in await library.ask(3, model=PRICED):
        (reserved,) = await lines(library, job_id)
        assert (reserved.entry, reserved.closes) == (Entry.RESERVE, False)
        assert (reserved.amount_micros, reserved.unit_micros) == (150_000, 150_000)
        assert (reserved.exactness, reserved.price_source) == (Exactness.EXACT, "a page")
        assert reserved.price_as_of == date(2026, 11, 20)
        assert (reserved.provider, reserved.model) == ("fal", "some/model")
        assert (reserved.owner_id, reserved.project_name) == (library.owner.id, "Nightfall")
        assert reserved.created_at == library.clock.now()
        assert (await library.job(job_id)).estimated_micros == 150_000
    assert await spent(library) == 450_000


async def test_an_unknown_price_is_reserved_and_settled_as_unknown(library: Library) -> None:
    (job_id,) = await library.ask(1, model=FAL)
    await library.move(job_id, *READY, billed=Billed.YES, billable_units=1.0)
    for line in await lines(library, job_id):
        assert (line.amount_micros, line.exactness) == (None, Exactness.UNKNOWN)


async def test_what_is_made_here_costs_exactly_nothing(library: Library) -> None:
    (job_id,) = await library.ask(1, model=LOCAL)
    await library.move(job_id, *READY, billed=Billed.YES)
    for line in await lines(library, job_id):
        assert (line.amount_micros, line.exactness) == (0, Exactness.EXACT)


async def test_a_result_is_settled_by_its_units_when_it_is_there(library: Library) -> None:
    (job_id,) = await library.ask(1, model=PRICED)
    await library.move(job_id, *READY, billed=Billed.YES, billable_units=2.0)
    settled = await closing(library, job_id)
    assert (settled.entry, settled.billed) == (Entry.SETTLE, Billed.YES)
    assert (settled.amount_micros, settled.exactness) == (300_000, Exactness.EXACT)
    assert "2 units" in settled.price_source
    assert await spent(library) == 300_000


@pytest.mark.parametrize("end", [JobState.SUCCEEDED, JobState.FAILED])
async def test_what_was_billed_stays_so_however_saving_it_ends(
    library: Library, end: JobState
) -> None:
    (job_id,) = await library.ask(1, model=PRICED)
    await library.move(job_id, *READY, billed=Billed.YES)
    before = await lines(library, job_id)
    values = BROKE if end is JobState.FAILED else {}
    await library.move(job_id, (end, Mover.FINALISER), billed=Billed.NO, **values)
    assert await lines(library, job_id) == before


async def test_a_charge_that_the_provider_names_replaces_everything(library: Library) -> None:
    job_id = await library.analyse()
    await library.move(
        job_id,
        (JobState.SUBMITTING, Mover.SUBMITTER),
        (JobState.RESULT_READY, Mover.SUBMITTER),
        billed=Billed.YES,
        charged_micros=412,
        model="another/model",
    )
    settled = await closing(library, job_id)
    assert (settled.amount_micros, settled.exactness) == (412, Exactness.EXACT)
    assert settled.model == "another/model"


@pytest.mark.parametrize(
    ("path", "billed", "entry", "exactness"),
    [
        (((JobState.FAILED, Mover.PREPARE),), Billed.NO, Entry.RELEASE, Exactness.EXACT),
        (((JobState.CANCELLED, Mover.API),), Billed.NO, Entry.RELEASE, Exactness.EXACT),
        (
            (SENT[0], (JobState.FAILED, Mover.SUBMITTER)),
            Billed.NO,
            Entry.RELEASE,
            Exactness.EXACT,
        ),
        (
            (SENT[0], (JobState.FAILED, Mover.SUBMITTER)),
            Billed.UNKNOWN,
            Entry.SETTLE,
            Exactness.ESTIMATE,
        ),
        (
            (
                SENT[0],
                (JobState.SUBMIT_UNKNOWN, Mover.SUBMITTER),
                (JobState.FAILED, Mover.RECONCILER),
            ),
            Billed.UNKNOWN,
            Entry.SETTLE,
            Exactness.ESTIMATE,
        ),
        (FAILED, Billed.UNKNOWN, Entry.SETTLE, Exactness.ESTIMATE),
        (FAILED, Billed.NO, Entry.RELEASE, Exactness.EXACT),
        (
            (*SENT, (JobState.CANCELLED, Mover.POLLER)),
            Billed.NO,
            Entry.RELEASE,
            Exactness.EXACT,
        ),
    ],
)
async def test_an_end_without_a_result_is_released_or_settled_as_a_doubt(
    library: Library,
    path: tuple[tuple[JobState, Mover], ...],
    billed: Billed,
    entry: Entry,
    exactness: Exactness,
) -> None:
    (job_id,) = await library.ask(1, model=PRICED)
    await library.move(job_id, *path, billed=billed, **BROKE)
    closed = await closing(library, job_id)
    assert (closed.entry, closed.billed, closed.exactness) == (entry, billed, exactness)
    assert closed.amount_micros == 150_000
    assert await spent(library) == (0 if entry is Entry.RELEASE else 150_000)


async def test_a_try_that_was_not_sent_keeps_its_reservation(library: Library) -> None:
    (job_id,) = await library.ask(1, model=PRICED)
    await library.move(job_id, SENT[0], (JobState.QUEUED, Mover.SUBMITTER))
    assert len(await lines(library, job_id)) == 1


async def test_variations_that_an_analysis_takes_with_it_are_released(library: Library) -> None:
    analysis = await library.analyse()
    waiting = await library.ask(2, waits_for=analysis, model=PRICED)
    await library.move(analysis, (JobState.FAILED, Mover.SWEEPER), **BROKE)
    for job_id in waiting:
        assert (await closing(library, job_id)).entry is Entry.RELEASE
    assert await spent(library) == 0


async def test_a_move_that_is_rolled_back_leaves_no_line(library: Library) -> None:
    (job_id,) = await library.ask(1, model=PRICED)
    before = await dump(library.database)

    async def break_off() -> None:
        async with library.database.write() as unit:
            await transition(unit, job_id, JobState.CANCELLED, by=Mover.API)
            raise RuntimeError("the power is gone")

    with pytest.raises(RuntimeError, match="power"):
        await break_off()
    assert await dump(library.database) == before


async def test_no_job_can_have_a_third_line(library: Library) -> None:
    (job_id,) = await library.ask(1, model=PRICED)
    await library.move(job_id, *READY, billed=Billed.YES)
    _, settled = await lines(library, job_id)
    again = dict(settled._mapping) | {"entry": Entry.RELEASE}
    with pytest.raises(IntegrityError):
        await library.execute(insert(LedgerRow).values(again))


def test_nobody_but_the_one_who_moves_jobs_writes_into_the_ledger() -> None:
    writers = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "graphapi").rglob("*.py")
        if any(call in path.read_text() for call in ("ledger.reserve(", "ledger.settle("))
        or re.search(r"(insert|update)\((table_of\()?LedgerRow", path.read_text())
    }
    assert writers == {"graphapi/persistence/ledger.py", "graphapi/persistence/transition.py"}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_whatever_way_jobs_take_through_the_law_the_ledger_balances(
    library: Library, data: st.DataObject
) -> None:
    before = await spent(library)
    job_ids = [*await library.ask(2, model=PRICED), *await library.ask(1, model=FAL)]
    states = dict.fromkeys(job_ids, JobState.QUEUED)
    async with library.written() as unit:
        for _ in range(data.draw(st.integers(0, 16))):
            job_id = data.draw(st.sampled_from(job_ids))
            ways = [way for way in MOVES if way[0] is states[job_id]]
            if not ways:
                continue
            way = data.draw(st.sampled_from(ways))
            assert await transition(
                unit,
                job_id,
                way[1],
                by=data.draw(st.sampled_from(sorted(MOVES[way]))),
                billed=data.draw(st.sampled_from(Billed)),
                billable_units=data.draw(st.sampled_from([None, 0.0, 1.0, 2.5])),
            )
            states[job_id] = way[1]
    owed = 0
    for job_id in job_ids:
        job, (reserved, *closed) = await library.job(job_id), await lines(library, job_id)
        assert reserved.entry is Entry.RESERVE
        decided = job.state is JobState.RESULT_READY or job.state in TERMINAL
        assert len(closed) == decided
        for line in closed:
            assert line.entry in {Entry.SETTLE, Entry.RELEASE}
            assert (line.entry is Entry.RELEASE) is (line.billed is Billed.NO)
            assert (line.amount_micros is None) is (reserved.amount_micros is None)
            assert (line.exactness is Exactness.UNKNOWN) is (line.amount_micros is None)
            if line.entry is Entry.RELEASE:
                assert line.amount_micros == reserved.amount_micros
        last = closed[0] if closed else reserved
        owed += 0 if last.entry is Entry.RELEASE else last.amount_micros or 0
    assert await spent(library) == before + owed


async def adopt(library: Library, job_id: str, state: JobState, **values: Any) -> str:
    """Take in what an ended attempt brought late, as an attempt of its own; answers its id."""
    ended = await library.job(job_id)
    now = library.clock.now()
    job = new_job(JobKind.VARIATION, PRICED, now, now + timedelta(hours=1)) | values
    same = ("image_id", "source_image_id", "generation_id", "picture_id")
    job |= {name: getattr(ended, name) for name in same} | {"adopts": job_id}
    async with library.written() as unit:
        await add_jobs(unit, library.owner.id, [job], state)
    return cast("str", job["id"])


@pytest.mark.parametrize("billed", [Billed.UNKNOWN, Billed.NO])
@pytest.mark.parametrize("start", [JobState.RESULT_READY, JobState.SUBMITTED])
async def test_a_late_result_turns_the_doubt_about_its_attempt_into_a_bill(
    library: Library, billed: Billed, start: JobState
) -> None:
    (lost,) = await library.ask(1, model=PRICED)
    await library.move(lost, *FAILED, billed=billed, **BROKE)
    library.database.daily_cap = 0  # what was spent long ago cannot be refused now
    bill = {"billed": Billed.YES, "billable_units": 2.0}
    if start is JobState.RESULT_READY:
        adopting = await adopt(library, lost, start, **bill)
    else:
        adopting = await adopt(library, lost, start)
        assert (await closing(library, lost)).billed is billed
        await library.move(adopting, (JobState.RESULT_READY, Mover.POLLER), **bill)
    resolved, taken = await closing(library, lost), await closing(library, adopting)
    assert (resolved.entry, resolved.billed) == (Entry.SETTLE, Billed.YES)
    assert (resolved.amount_micros, resolved.exactness) == (300_000, Exactness.EXACT)
    assert (taken.entry, taken.amount_micros, taken.exactness) == (
        Entry.SETTLE,
        0,
        Exactness.EXACT,
    )
    assert await spent(library) == 300_000


async def test_a_result_that_was_billed_before_is_not_billed_again(library: Library) -> None:
    (lost,) = await library.ask(1, model=PRICED)
    await library.move(lost, *READY, billed=Billed.YES, billable_units=1.0)
    await library.move(lost, (JobState.FAILED, Mover.FINALISER), **BROKE)
    before = await closing(library, lost)
    await adopt(library, lost, JobState.RESULT_READY, billed=Billed.YES, billable_units=2.0)
    assert await closing(library, lost) == before
    assert await spent(library) == 150_000


@pytest.mark.parametrize(("said", "counts"), [(None, 300_000), (120_000, 120_000)])
async def test_a_late_result_corrects_who_saw_no_charge_and_leaves_who_saw_one(
    library: Library, said: int | None, counts: int
) -> None:
    (lost,) = await library.ask(1, model=PRICED)
    await library.move(lost, *FAILED, billed=Billed.UNKNOWN, **BROKE)
    job = await library.job(lost)
    async with library.written() as unit:
        await lock_owner(unit, job.owner_id)
        closing = known_since(said, "a person")
        assert await corrections.correct(unit, job, closing, Mover.API, "Seen")
    assert await spent(library) == (said or 0)
    await adopt(library, lost, JobState.RESULT_READY, billed=Billed.YES, billable_units=2.0)
    assert (await library.job(lost)).billed is Billed.YES
    assert await spent(library) == counts


async def test_a_doubt_that_brings_nothing_stays_a_doubt(library: Library) -> None:
    (lost,) = await library.ask(1, model=PRICED)
    await library.move(lost, *FAILED, billed=Billed.UNKNOWN, **BROKE)
    before = await closing(library, lost)
    adopting = await adopt(library, lost, JobState.SUBMITTED)
    await library.move(adopting, (JobState.FAILED, Mover.POLLER), billed=Billed.UNKNOWN, **BROKE)
    assert await closing(library, lost) == before
    assert (await closing(library, adopting)).entry is Entry.RELEASE
    assert await spent(library) == 150_000
