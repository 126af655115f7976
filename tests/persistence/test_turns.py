"""Whose turn it is: users take turns, and nobody waits behind another's long line."""

from graphapi.domain.jobs import JobState, Mover
from graphapi.persistence import jobs
from graphapi.persistence.database import Database
from graphapi.ports.doorbell import Bell, Step
from tests.persistence.library import SENT, Heard, Library, TurnedClock

ENDED = (JobState.RESULT_READY, Mover.POLLER)


async def crowd(
    database: Database, clock: TurnedClock, **counts: int
) -> dict[str, tuple[Library, list[str]]]:
    """Let people ask one after another; answers the library and the jobs of each."""
    people = {}
    for name, count in counts.items():
        library = await Library.of(database, clock, name)
        people[name] = library, await library.ask_prepared(count)
        clock.turn(seconds=1)
    return people


async def test_a_free_slot_goes_to_whoever_has_the_fewest_in_flight(
    database: Database, clock: TurnedClock, heard: Heard
) -> None:
    people = await crowd(database, clock, ann=6, bob=2, eve=1)
    (ann, of_ann), (bob, of_bob), (_, of_eve) = people.values()
    await ann.move(of_ann[0], *SENT)
    await ann.move(of_ann[1], *SENT)

    heard.forget()
    await ann.move(of_ann[0], ENDED)
    assert heard.bells == [Bell(Step.SUBMIT, of_bob[0])]
    await bob.move(of_bob[0], *SENT)
    heard.forget()
    await ann.move(of_ann[1], ENDED)
    assert heard.bells == [Bell(Step.SUBMIT, of_ann[2])]
    await ann.move(of_ann[2], *SENT)
    heard.forget()
    await bob.move(of_bob[0], ENDED)
    # Bob has none in flight now, as eve, but he asked before her.
    assert heard.bells == [Bell(Step.SUBMIT, of_bob[1])]
    await bob.move(of_bob[1], *SENT)
    heard.forget()
    await ann.move(of_ann[2], ENDED)
    assert heard.bells == [Bell(Step.SUBMIT, of_ann[3])]
    await ann.move(of_ann[3], *SENT)
    heard.forget()
    await bob.move(of_bob[1], ENDED)
    assert heard.bells == [Bell(Step.SUBMIT, of_eve[0])]


async def test_who_waits_for_another_try_does_not_hold_a_slot_for_it(
    database: Database, clock: TurnedClock, heard: Heard
) -> None:
    people = await crowd(database, clock, ann=3, bob=1)
    (ann, of_ann), (bob, of_bob) = people.values()
    await ann.move(of_ann[0], *SENT)
    clock.turn(seconds=5)
    later = clock.now().replace(year=clock.now().year + 1)
    await bob.set(of_bob, next_at=later)
    heard.forget()
    await ann.move(of_ann[0], ENDED)
    assert heard.bells == [Bell(Step.SUBMIT, of_ann[1])]


async def test_the_places_in_line_are_those_in_which_turns_come(
    database: Database, clock: TurnedClock
) -> None:
    people = await crowd(database, clock, ann=4, bob=2, eve=1)
    (ann, of_ann), (_, of_bob), (_, of_eve) = people.values()
    await ann.move(of_ann[0], *SENT)
    async with database.read() as connection:
        places = await jobs.queue_positions(connection, clock.now(), 100)
    in_order = [job_id for _, job_id in sorted((ahead, job_id) for job_id, _, ahead in places)]
    assert in_order == [of_bob[0], of_eve[0], of_ann[1], of_bob[1], of_ann[2], of_ann[3]]


async def test_ones_long_line_does_not_hide_what_is_due_of_another(
    database: Database, clock: TurnedClock
) -> None:
    people = await crowd(database, clock, ann=12, bob=1)
    (_, of_ann), (_, of_bob) = people.values()
    async with database.read() as connection:
        bells = await jobs.due(connection, clock.now(), limit=2)
    assert [bell.job_id for bell in bells] == sorted([of_ann[0], of_bob[0]])
