from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.images import AiStatus
from graphapi.domain.library import Image, ImageStatus
from graphapi.events.mailbox import Mailbox
from graphapi.ports.watching import Event, Watch
from tests.events.library import image

DONE = AiStatus.COMPLETED
NAMED = Watch("ann", frozenset({"a", "b"}))
FAMILY = Watch("ann", parent_image_id="a")
WORK = Watch("ann")


def opened(watch: Watch, *rows: Image) -> Mailbox:
    async def never() -> Sequence[ImageStatus]:
        raise AssertionError("a mailbox reads nothing by itself")

    mailbox = Mailbox(watch, never)
    mailbox.admit([ImageStatus(row) for row in rows])
    return mailbox


def offer(mailbox: Mailbox, row: Image, *, flew: bool = False) -> None:
    mailbox.offer(Event(ImageStatus(row)), flew=flew)


async def untold(mailbox: Mailbox) -> list[tuple[str, int]]:
    mailbox.close()
    return [(event.status.image.id, event.status.image.version) for event in await mailbox.take()]


async def test_an_older_or_equal_version_is_never_told_after_a_newer_one() -> None:
    mailbox = opened(NAMED, image("a", version=5))
    assert (await anext(mailbox)).status.image.version == 5
    offer(mailbox, image("a", version=5))
    offer(mailbox, image("a", version=4))
    assert await untold(mailbox) == []


async def test_an_older_version_does_not_replace_a_newer_one_that_waits() -> None:
    mailbox = opened(NAMED)
    offer(mailbox, image("a", version=3))
    offer(mailbox, image("a", version=2))
    assert await untold(mailbox) == [("a", 3)]


async def test_nothing_is_told_after_a_tombstone() -> None:
    mailbox = opened(NAMED, image("a"))
    offer(mailbox, image("a", version=2, deleted=True))
    assert await mailbox.take()
    offer(mailbox, image("a", version=3, deleted=True))
    offer(mailbox, image("a", version=4))
    assert await untold(mailbox) == []


async def test_an_unknown_deleted_child_is_not_told_but_a_named_image_is() -> None:
    family, named = opened(FAMILY, image("a")), opened(NAMED)
    await family.take()
    offer(family, image("b", parent="a", deleted=True))
    offer(named, image("b", parent="a", deleted=True))
    assert await untold(family) == []
    assert await untold(named) == [("b", 1)]


@pytest.mark.parametrize("watch", [NAMED, FAMILY, WORK, Watch("ann", generation_id="g")])
@pytest.mark.parametrize("deleted", [False, True])
@pytest.mark.parametrize("flew", [False, True])
async def test_another_owners_image_is_never_told(watch: Watch, deleted: bool, flew: bool) -> None:  # noqa: FBT001 - parameters
    foreign = image("a", "bob", parent="a", generation="g", deleted=deleted)
    mailbox = opened(watch)
    offer(mailbox, foreign, flew=flew)
    assert await untold(mailbox) == []


async def test_finished_work_is_forgotten_but_not_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphapi.events.mailbox._FINISHED_REMEMBERED", 3)
    mailbox = opened(WORK)
    for number in range(10):
        offer(mailbox, image(f"img{number}", version=1))
        offer(mailbox, image(f"img{number}", version=2, status=DONE))
        assert len(await mailbox.take()) == 1
        # A slow read that began before the end must not tell of the work again.
        offer(mailbox, image(f"img{number}", version=1))
    assert len(mailbox._told) == 3
    assert mailbox.following == frozenset()
    assert await untold(mailbox) == []


@pytest.mark.parametrize(
    ("watch", "row", "matches"),
    [
        (NAMED, image("a", status=None), True),
        (NAMED, image("c"), False),
        (FAMILY, image("a", status=DONE), True),
        (FAMILY, image("c", parent="a", status=DONE), True),
        (FAMILY, image("c", parent="b"), False),
        (Watch("ann", generation_id="g"), image("c", generation="g", status=DONE), True),
        (Watch("ann", generation_id="g"), image("a"), False),
        (Watch("ann", frozenset({"c"}), "a", "g"), image("c", parent="a", generation="g"), True),
        (Watch("ann", frozenset({"c"}), "a", "g"), image("c", parent="a"), False),
        (Watch("ann", frozenset({"c"}), "a"), image("d", parent="a"), False),
        (Watch("ann", frozenset()), image("a"), False),
        (WORK, image("a"), True),
        (WORK, image("a", status=AiStatus.QUEUED), True),
        (WORK, image("a", status=DONE), False),
        (WORK, image("a", status=None), False),
        (WORK, image("a", deleted=True), False),
    ],
)
def test_a_watch_takes_what_passes_every_filter_given(
    watch: Watch,
    row: Image,
    matches: bool,  # noqa: FBT001 - a parameter
) -> None:
    assert watch.matches(ImageStatus(row)) is matches


@given(versions=st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 9), st.booleans())))
async def test_whatever_is_offered_and_whenever_it_is_read_versions_only_grow(
    versions: list[tuple[str, int, bool]],
) -> None:
    mailbox, told = opened(NAMED), dict[str, int]()
    for image_id, version, read_now in versions:
        offer(mailbox, image(image_id, version=version))
        assert len(mailbox._pending) <= 2
        if read_now and mailbox._pending:
            row = (await anext(mailbox)).status.image
            assert row.version > told.get(row.id, 0)
            told[row.id] = row.version
    told |= dict(await untold(mailbox))
    newest: dict[str, int] = {}
    for image_id, version, _ in versions:
        newest[image_id] = max(version, newest.get(image_id, 0))
    assert told == newest
