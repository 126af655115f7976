"""The backlog of the change bus, read from the rows."""

from graphapi.domain.jobs import JobState, Mover
from graphapi.persistence.changes import Changes
from graphapi.persistence.transition import change_image
from graphapi.ports.bus import Change
from tests.persistence.library import DONE, Heard, Library


async def test_what_changed_since_is_what_was_told(library: Library, heard: Heard) -> None:
    changes = Changes(library.database)
    mark = (await changes.watermarks())[library.owner.id]
    heard.forget()
    first, second = await library.ask(2)
    await library.move(first, *DONE)
    await library.move(second, (JobState.SUBMITTING, Mover.SUBMITTER))
    newest = {change.image_id: change for change in heard.changes}
    found = await changes.since(library.owner.id, mark)
    assert {change.image_id: change for change in found} == newest
    assert len(found) == 3


async def test_nothing_has_changed_since_the_watermark(library: Library) -> None:
    changes = Changes(library.database)
    await library.ask(2)
    mark = (await changes.watermarks())[library.owner.id]
    assert await changes.since(library.owner.id, mark) == []
    assert {change.seq for change in await changes.since(library.owner.id, mark - 1)} == {mark}


async def test_each_owner_is_numbered_alone(library: Library) -> None:
    bob = await Library.of(library.database, library.clock, "bob")
    changes = Changes(library.database)
    before = await changes.watermarks()
    await library.ask(1)
    after = await changes.watermarks()
    assert after[bob.owner.id] == before[bob.owner.id]
    assert after[library.owner.id] > before[library.owner.id]
    found = await changes.since(bob.owner.id, 0)
    assert [change.image_id for change in found] == [bob.image_id]


async def test_a_deletion_is_a_change_like_any_other(library: Library) -> None:
    changes = Changes(library.database)
    mark = (await changes.watermarks())[library.owner.id]
    async with library.written() as unit:
        now = library.clock.now()
        await change_image(unit, library.owner.id, library.image_id, deleted_at=now)
    found = await changes.since(library.owner.id, mark)
    assert found == [Change(library.owner.id, library.image_id, 2, mark + 1, in_flight=False)]


async def test_a_change_tells_whether_work_was_under_way(library: Library, heard: Heard) -> None:
    (job_id,) = await library.ask(1)
    child = (await library.child(job_id)).id
    heard.forget()
    await library.move(job_id, *DONE)
    told = [change.in_flight for change in heard.changes if change.image_id == child]
    assert told[-1] is False
    assert all(told[:-1])
