"""Images and pictures: whose they are, what is counted of them, and what was hosted."""

from datetime import timedelta

import pytest

from graphapi.domain.jobs import JobState, Mover, Stage
from graphapi.domain.standing import GenerationCounts
from graphapi.domain.variations import ModificationMode, Position
from graphapi.persistence import generations, images, pictures, statuses, users
from graphapi.persistence.transition import cancelled_unsent, change_image, failed
from graphapi.ports.editing import HostedSource
from tests.persistence.library import COLORS, DONE, FAILED, SENT, Library


@pytest.fixture
async def stranger(library: Library) -> Library:
    """Somebody else, with an image and variations of their own."""
    return await Library.of(library.database, library.clock, "bob")


async def test_a_strangers_id_reads_as_missing_everywhere(
    library: Library, stranger: Library
) -> None:
    (job_id,) = await stranger.ask(1)
    theirs, generation_id = stranger.image_id, (await stranger.job(job_id)).generation_id
    me = library.owner.id
    async with library.database.read() as connection:
        assert await images.get(connection, me, theirs) is None
        assert list(await images.get_many(connection, me, [theirs, library.image_id])) == [
            library.image_id
        ]
        assert await images.in_flight(connection, me) == []
        assert await images.variations_of(connection, me, [theirs]) == {theirs: []}
        found = await images.of_generations(connection, me, [generation_id])
        assert found == {generation_id: []}
        assert await generations.get_many(connection, me, [generation_id]) == {}
        assert await pictures.get(connection, me, stranger.picture_id) is None
        for named in (
            {"image_ids": [theirs], "parent_image_id": None, "generation_id": None},
            {"image_ids": None, "parent_image_id": theirs, "generation_id": None},
            {"image_ids": None, "parent_image_id": None, "generation_id": generation_id},
            {"image_ids": None, "parent_image_id": None, "generation_id": None},
        ):
            assert await statuses.watched(connection, me, **named) == []


async def test_malformed_ids_read_as_missing(library: Library) -> None:
    me = library.owner.id
    async with library.database.read() as connection:
        for wrong in ("", "img_", "nonsense", "img_\x00", "x" * 5000, "ünï", "%"):
            assert await images.get(connection, me, wrong) is None
            assert await pictures.get(connection, me, wrong) is None
            assert await generations.get_many(connection, me, [wrong]) == {}


async def test_an_image_reads_back_as_it_was_written(library: Library) -> None:
    image = await library.image()
    assert image.picture is not None
    assert (image.title, image.version) == ("Source", 1)
    assert image.picture.colors == image.colors == COLORS
    assert image.created_at == library.clock.now()
    assert image.created_at.utcoffset() == timedelta(0)


async def test_text_with_a_nul_in_it_is_kept_without_it(library: Library) -> None:
    image_id = await library.add_image(title="a\x00b", tags=["x\x00y"])
    image = await library.image(image_id)
    assert (image.title, image.tags) == ("ab", ("x\x00y",))


async def test_a_position_is_kept_and_moves_on(library: Library) -> None:
    await library.ask(3)
    async with library.database.read() as connection:
        found = await images.position(connection, library.owner.id, library.image_id)
    assert found == Position(3, {})
    async with library.written() as unit:
        values = {"shots_used": 5, "beats_used": {"b-roll": 2}}
        await change_image(unit, library.owner.id, library.image_id, **values)
    async with library.database.read() as connection:
        found = await images.position(connection, library.owner.id, library.image_id)
    assert found == Position(5, {ModificationMode.B_ROLL: 2})


async def test_categories_in_use_are_each_named_once(library: Library) -> None:
    for category in ("Texture", "Night", "Texture", None, ""):
        await library.add_image(category=category)
    async with library.database.read() as connection:
        used = await images.categories_in_use(connection, library.owner.id)
    assert used == ["Night", "Texture"]


async def test_variations_come_newest_first_and_of_a_generation_in_order(library: Library) -> None:
    first = [(await library.job(each)).image_id for each in await library.ask(2)]
    library.clock.turn(seconds=1)
    asked = await library.ask(2)
    second = [(await library.job(each)).image_id for each in asked]
    generation_id = (await library.job(asked[0])).generation_id
    async with library.database.read() as connection:
        me = library.owner.id
        families = await images.variations_of(connection, me, [library.image_id])
        asked_last = await images.of_generations(connection, me, [generation_id])
        flying = await images.in_flight(connection, me)
    newest = [*second[::-1], *first[::-1]]
    assert [image.id for image in families[library.image_id]] == newest
    assert [image.id for image in asked_last[generation_id]] == second
    assert [image.id for image in flying] == [*newest, library.image_id]


async def test_a_generation_counts_its_variations_by_how_they_stand(library: Library) -> None:
    job_ids = await library.ask(7)
    assert await library.counts(job_ids[0]) == GenerationCounts(queued=7)
    await library.move(job_ids[0], *SENT)
    await library.move(job_ids[1], *DONE)
    await library.move(job_ids[2], *FAILED)
    await library.move(
        job_ids[3], (JobState.CANCELLED, Mover.API), **cancelled_unsent(library.clock.now())
    )
    await library.move(
        job_ids[4], (JobState.SUBMITTING, Mover.SUBMITTER), (JobState.SUBMIT_UNKNOWN, Mover.SWEEPER)
    )
    await library.set([job_ids[5]], stage=Stage.PREPARING)
    counts = await library.counts(job_ids[0])
    assert counts == GenerationCounts(queued=1, processing=3, completed=1, failed=1, cancelled=1)
    assert counts.total == 7


async def test_a_variation_that_is_analysed_later_stays_counted_as_completed(
    library: Library,
) -> None:
    (job_id,) = await library.ask(1)
    await library.move(job_id, *DONE)
    child = await library.child(job_id)
    parent, library.image_id = library.image_id, child.id
    await library.analyse()
    assert (await library.image(child.id)).standing.ai_status == "PROCESSING"
    assert await library.counts(job_id) == GenerationCounts(completed=1)
    library.image_id = parent


async def test_a_status_comes_with_the_generation_asked_last_or_come_from(
    library: Library,
) -> None:
    (old,) = await library.ask(1)
    (new,) = await library.ask(1)
    child = await library.child(old)
    async with library.database.read() as connection:
        found = await statuses.of_images(connection, [library.image_id, child.id])
    by_id = {status.image.id: status.generation for status in found}
    asked, own = by_id[library.image_id], by_id[child.id]
    assert asked is not None
    assert own is not None
    assert asked.id == (await library.job(new)).generation_id
    assert own.id == (await library.job(old)).generation_id
    assert asked.counts == own.counts == GenerationCounts(queued=1)


async def test_a_deleted_image_is_told_of_as_deleted_and_read_by_nobody(library: Library) -> None:
    async with library.written() as unit:
        now = library.clock.now()
        await change_image(unit, library.owner.id, library.image_id, deleted_at=now)
    async with library.database.read() as connection:
        (status,) = await statuses.of_images(connection, [library.image_id])
        assert status.image.deleted
        assert await images.get(connection, library.owner.id, library.image_id) is None
        assert await images.ever_any(connection, library.owner.id)


async def test_a_hosted_source_is_known_for_as_long_as_it_lasts(library: Library) -> None:
    now = library.clock.now()

    async def known(provider: str, minutes: int) -> str | None:
        until = now + timedelta(minutes=minutes)
        async with library.database.read() as connection:
            return await pictures.hosted(connection, library.picture_id, provider, until)

    for url, minutes in (("https://cdn/old", 10), ("https://cdn/new", 60)):
        source = HostedSource(url, now + timedelta(minutes=minutes))
        async with library.written() as unit:
            await pictures.remember_hosted(unit, library.picture_id, "fal", source)
    assert await known("fal", 59) == "https://cdn/new"
    assert await known("fal", 60) is None
    assert await known("other", 1) is None


async def test_a_person_is_added_once_and_found_by_token(library: Library) -> None:
    now = library.clock.now()
    async with library.written() as unit:
        again = await users.ensure(unit, "ann", now)
        await users.add_token(unit, again.id, "hash", now)
        await users.add_token(unit, again.id, "hash", now)
    assert again == library.owner
    async with library.database.read() as connection:
        assert await users.by_token_hash(connection, "hash") == library.owner
        assert await users.by_token_hash(connection, "other") is None


async def test_why_a_variation_failed_is_read_back(library: Library) -> None:
    (job_id,) = await library.ask(1)
    values = cancelled_unsent(library.clock.now())
    await library.move(job_id, (JobState.CANCELLED, Mover.API), **values)
    standing = (await library.child(job_id)).standing
    assert standing.failure is not None
    assert failed(standing.failure).items() <= values.items()
    assert standing.stage is Stage.CANCELLED
