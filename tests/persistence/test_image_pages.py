"""Pages of a library: a walk in either direction, filters and text search, in every script."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphapi.domain.images import AiStatus, ReviewStatus
from graphapi.domain.library import Image
from graphapi.domain.pages import Cursor, ImageFilter, Page, Window
from graphapi.persistence import image_pages
from graphapi.persistence.database import Database
from graphapi.persistence.transition import change_image
from tests.persistence.library import Library, TurnedClock

ALL = ImageFilter()


@pytest.fixture
async def shelf(database: Database, clock: TurnedClock) -> Library:
    """An empty library."""
    library = await Library.of(database, clock, "ann")
    await delete(library, library.image_id)
    return library


async def delete(library: Library, image_id: str) -> None:
    async with library.written() as unit:
        now = library.clock.now()
        await change_image(unit, library.owner.id, image_id, deleted_at=now)


async def page(
    library: Library,
    chosen: ImageFilter = ALL,
    search: str | None = None,
    window: Window | None = None,
) -> Page[Image]:
    window = window or Window(100, backward=False, after=None, before=None)
    async with library.database.read() as connection:
        return await image_pages.page(connection, library.owner.id, window, chosen, search)


async def titles(
    library: Library, chosen: ImageFilter = ALL, search: str | None = None
) -> list[str | None]:
    found = await page(library, chosen, search)
    assert found.total == len(found.items)
    return [image.title for image in reversed(found.items)]


def cursor(found: Page[Image], place: int) -> Cursor:
    image = found.items[place]
    # As a client has it: written out and read in again.
    return Cursor.decode(Cursor(image.created_at, image.id).encode(), "after")


async def filled(library: Library, moments: list[int]) -> list[str]:
    """Add images created at these seconds; answers their ids, newest first."""
    start = library.clock.now()
    rows = [{"created_at": start + timedelta(seconds=second)} for second in moments]
    ids = await library.add_images(rows)
    order = sorted(zip(moments, ids, strict=True), reverse=True)
    return [image_id for _, image_id in order]


WALKS = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


@WALKS
@given(
    moments=st.lists(st.integers(0, 4), min_size=1, max_size=9),
    size=st.integers(1, 4),
    backward=st.booleans(),
    later=st.lists(st.integers(-2, 6), max_size=4),
)
async def test_a_walk_meets_each_image_once_whatever_is_added_on_the_way(
    shelf: Library, moments: list[int], size: int, backward: bool, later: list[int]  # noqa: FBT001 - drawn
) -> None:  # fmt: skip
    tag = f"walk {shelf.clock.now().isoformat()}"
    shelf.clock.turn(hours=1)
    chosen = ImageFilter(project_name=tag)
    start = shelf.clock.now()

    def row(second: int) -> dict[str, object]:
        return {"created_at": start + timedelta(seconds=second), "project_name": tag}

    ids = await shelf.add_images([row(second) for second in moments])
    newest_first = [i for _, i in sorted(zip(moments, ids, strict=True), reverse=True)]
    met: list[str] = []
    edge: Cursor | None = None
    added: set[str] = set()
    for _ in range(40):
        after, before = (None, edge) if backward else (edge, None)
        found = await page(shelf, chosen, window=Window(size, backward, after, before))
        here = [image.id for image in found.items]
        assert found.total == len(moments) + len(added)
        met = here + met if backward else met + here
        if not (found.has_previous if backward else found.has_next):
            break
        edge = cursor(found, 0 if backward else -1)
        if later:
            added |= set(await shelf.add_images([row(later.pop())]))
    assert len(met) == len(set(met))
    assert [image_id for image_id in met if image_id not in added] == newest_first


async def test_a_page_between_two_cursors_holds_what_lies_between(shelf: Library) -> None:
    ids = await filled(shelf, [0, 1, 1, 2, 3, 4])
    whole = await page(shelf)
    assert [image.id for image in whole.items] == ids
    inside = Window(10, backward=False, after=cursor(whole, 0), before=cursor(whole, 4))
    found = await page(shelf, window=inside)
    assert [image.id for image in found.items] == ids[1:4]
    assert (found.has_previous, found.has_next, found.total) == (True, False, 6)
    last_two = Window(2, backward=True, after=cursor(whole, 0), before=cursor(whole, 4))
    found = await page(shelf, window=last_two)
    assert [image.id for image in found.items] == ids[2:4]
    assert (found.has_previous, found.has_next) == (True, True)


async def test_an_empty_library_has_an_empty_page(shelf: Library) -> None:
    assert await page(shelf) == Page((), 0, has_next=False, has_previous=False)


async def test_strangers_and_deleted_images_are_on_no_page(library: Library) -> None:
    stranger = await Library.of(library.database, library.clock, "bob")
    assert [image.id for image in (await page(library)).items] == [library.image_id]
    await delete(library, library.image_id)
    assert (await page(library)).total == 0
    assert (await page(stranger)).total == 1


@pytest.fixture
async def mixed(shelf: Library) -> Library:
    """Images that differ in every word."""
    await shelf.add_images(
        [
            {"title": "One", "group": "Film", "category": "Größe", "tags": ["Été", "sea"]},
            {"title": "Two", "group": "FILM", "project_name": "Жук", "tags": ["seaside"]},
            {"title": "Three", "group": "Commercial", "moodboard_name": "100%_ready"},
            {"title": "Four", "category": "GRÖSSE", "tags": ['say "hi"', "a\\b"]},
            {"title": "Five", "moodboard_name": "100 xready", "tags": ["ÉTÉ"]},
        ]
    )
    return shelf


FILTERS: list[tuple[ImageFilter, list[str]]] = [
    (ImageFilter(group="film"), ["One", "Two"]),
    (ImageFilter(group=" Film "), ["One", "Two"]),
    (ImageFilter(group="Fil"), []),
    (ImageFilter(project_name="жУК"), ["Two"]),
    (ImageFilter(category="GRÖße"), ["One"]),
    (ImageFilter(category="grösse"), ["Four"]),
    (ImageFilter(moodboard_name="100%_READY"), ["Three"]),
    (ImageFilter(tag="été"), ["One", "Five"]),
    (ImageFilter(tag="SEA"), ["One"]),
    (ImageFilter(tag='Say "Hi"'), ["Four"]),
    (ImageFilter(tag="a\\b"), ["Four"]),
    (ImageFilter(tag="%"), []),
    (ImageFilter(tag="s_a"), []),
    (ImageFilter(group="Film", tag="sea"), ["One"]),
    (ImageFilter(group="film\x00"), ["One", "Two"]),
]
SEARCHES: list[tuple[str | None, list[str]]] = [
    ("film", ["One", "Two"]),
    ("FIL", ["One", "Two"]),
    ("öS", ["Four"]),
    ("ÉTÉ", ["One", "Five"]),
    ("жук", ["Two"]),
    ("100%", ["Three"]),
    ("_ready", ["Three"]),
    ("%", ["Three"]),
    ("a\\b", ["Four"]),
    ('"hi"', ["Four"]),
    ('say "hi"', ["Four"]),
    ('"', ["Four"]),
    ("\\", ["Four"]),
    ('\\"', []),
    ("[", []),
    ("]", []),
    (",", []),
    ("a,", []),
    ("sea", ["One", "Two"]),
    ("sea film größe", ["One"]),
    ("  sea   TWO ", ["Two"]),
    ("nothing", []),
    ("", ["One", "Two", "Three", "Four", "Five"]),
    ("   ", ["One", "Two", "Three", "Four", "Five"]),
    (None, ["One", "Two", "Three", "Four", "Five"]),
    ("fi\x00lm", ["One", "Two"]),
    ("' OR 1=1 --", []),
]


async def test_filters_compare_whole_words_in_any_case(mixed: Library) -> None:
    assert [(each, await titles(mixed, each)) for each, _ in FILTERS] == FILTERS


async def test_a_search_finds_images_that_mention_every_word(mixed: Library) -> None:
    assert [(each, await titles(mixed, ALL, each)) for each, _ in SEARCHES] == SEARCHES


async def test_a_search_looks_into_every_word_of_an_image(shelf: Library) -> None:
    fields = (
        "title", "description", "category", "group", "genre", "style", "shot", "project_name",
        "moodboard_name", "source", "prompt",
    )  # fmt: skip
    ids = [await shelf.add_image(**{field: f"A Lighthouse: {field}"}) for field in fields]
    await shelf.add_image(title="Something else")
    found = await page(shelf, ALL, "LIGHThouse")
    assert {image.id for image in found.items} == set(ids)


async def test_a_variation_is_found_by_the_words_of_its_source(shelf: Library) -> None:
    source = await shelf.add_image(title="Espresso", tags=["Morning light"])
    await shelf.add_image(title="Close", parent_image_id=source)
    await shelf.add_image(title="Espresso beans")
    assert set(await titles(shelf, ALL, "espresso morning")) == {"Close", "Espresso"}
    assert await titles(shelf, ALL, "espresso close") == ["Close"]
    async with shelf.written() as unit:
        deleted = {"deleted_at": shelf.clock.now()}
        await change_image(unit, shelf.owner.id, source, **deleted)
    assert await titles(shelf, ALL, "espresso") == ["Espresso beans"]


async def test_a_prompt_of_ours_is_not_searched(library: Library) -> None:
    await library.ask(3)
    (prompt, *_) = [each.prompt for each in (await page(library, ALL)).items if each.prompt]
    ours = [word for word in prompt.split() if word.isalpha() and word[0].islower()]
    assert len(ours) > 20
    found = [await titles(library, ALL, word) for word in ours]
    assert all(None not in titles for titles in found)
    assert found.count([]) > 20


async def test_colours_are_found_by_their_family(shelf: Library) -> None:
    await shelf.add_image(title="Warm", color_families=["red", "orange"])
    await shelf.add_image(title="Cold", color_families=["blue"])
    assert await titles(shelf, ImageFilter(color="#ee1111")) == ["Warm"]
    assert await titles(shelf, ImageFilter(color="Blue")) == ["Cold"]
    assert await titles(shelf, ImageFilter(color="green")) == []


async def test_states_and_parents_are_compared_exactly(library: Library) -> None:
    await library.ask(2)
    await library.add_image(title="Reviewed", status=ReviewStatus.ACTIVE)
    waiting = await page(library, ImageFilter(ai_status=AiStatus.QUEUED))
    assert waiting.total == 2
    children = await page(library, ImageFilter(parent_image_id=library.image_id))
    assert {image.id for image in children.items} == {image.id for image in waiting.items}
    assert await titles(library, ImageFilter(status=ReviewStatus.ACTIVE)) == ["Reviewed"]
    assert await titles(library, ImageFilter(ai_status=AiStatus.PROCESSING)) == ["Source"]
