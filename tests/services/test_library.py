"""A person's library: taking in, editing, listing and removing; and who a token signs in."""

from typing import Any

import pytest
from sqlalchemy import text

from graphapi.domain.images import AiStatus, Author, ReviewStatus, SourceType
from graphapi.domain.jobs import JobState
from graphapi.domain.pages import ImageFilter, Window
from graphapi.domain.users import User
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.ports.doorbell import Bell, Step
from graphapi.ports.pictures import PictureRefused
from graphapi.services.requests import NewImage
from tests.persistence.library import dump
from tests.services.house import House, still

FIRST = Window(20, backward=False, after=None, before=None)
JPEG = still()


async def bob(house: House) -> User:
    return await house.use_cases.users.adopt_token("bob", "gapi_bob")


async def test_an_upload_is_kept_whole_with_what_was_measured(house: House) -> None:
    storage_id = await house.use_cases.uploads.receive(house.owner.id, JPEG)
    image = await house.use_cases.images.create(
        house.owner, NewImage(storage_id=storage_id, analyze=False)
    )
    assert image is not None
    assert image.picture is not None
    assert (image.picture.width, image.picture.height) == (192, 128)
    assert (image.source_type, image.status) == (SourceType.UPLOAD, ReviewStatus.DRAFT)
    assert len(image.colors) == 5
    assert image.standing.ai_status is None
    for key in (image.picture.key, *image.picture.derivatives.values()):
        assert await house.base.storage.get(key)


@pytest.mark.parametrize("content", [b"", b"hello", JPEG[: len(JPEG) // 2]])
async def test_what_is_no_picture_leaves_no_row(house: House, content: bytes) -> None:
    before = await dump(house.database)
    with pytest.raises(PictureRefused):
        await house.use_cases.uploads.receive(house.owner.id, content)
    assert await dump(house.database) == before


async def test_an_image_by_address_is_fetched_before_anything_is_written(house: House) -> None:
    await house.ask(1)
    await house.settle()
    (upload,) = house.fal.ledger.uploads
    new = NewImage(image_url=upload.url, words={"title": " Found "}, analyze=False)
    image = await house.use_cases.images.create(house.owner, new)
    assert image is not None
    assert (image.source_type, image.source_url) == (SourceType.URL, upload.url)
    assert (image.title, image.authors["title"]) == ("Found", Author.PERSON)
    assert image.picture is not None


async def test_a_refused_image_leaves_nothing(house: House) -> None:
    stranger = await bob(house)
    theirs = await house.use_cases.uploads.receive(stranger.id, JPEG)
    mine = (await house.image()).storage_id
    refusals = [
        (NewImage(), UserErrorCode.SOURCE_MISSING),
        (NewImage(storage_id=mine, image_url="https://x.example/"), UserErrorCode.INVALID_INPUT),
        (NewImage(storage_id="pic_none"), UserErrorCode.NOT_FOUND),
        (NewImage(storage_id=theirs), UserErrorCode.NOT_FOUND),
        (NewImage(image_url="http://127.0.0.1:1/"), UserErrorCode.SOURCE_UNREACHABLE),
        (NewImage(image_url="nonsense"), UserErrorCode.SOURCE_UNREACHABLE),
    ]
    before = await dump(house.database)
    for new, code in refusals:
        with pytest.raises(Refused) as caught:
            await house.use_cases.images.create(house.owner, new)
        assert caught.value.code is code
    too_long = NewImage(storage_id=mine, words={"title": "x" * 201})
    with pytest.raises(Refused) as caught:
        await house.use_cases.images.create(house.owner, too_long)
    assert caught.value.field == ("input", "title")
    assert await dump(house.database) == before


async def test_an_edit_is_a_persons_word_and_a_newer_version(house: House) -> None:
    before = await house.image()
    house.clock.turn(minutes=1)
    image = await house.use_cases.images.update(
        house.owner,
        house.image_id,
        {"title": " New ", "tags": ["a", " a ", "b"], "group": None, "status": ReviewStatus.ACTIVE},
    )
    assert (image.title, image.tags, image.group) == ("New", ("a", "b"), None)
    assert image.status is ReviewStatus.ACTIVE
    assert {image.authors[name] for name in ("title", "tags", "group")} == {Author.PERSON}
    assert (image.version, image.updated_at) == (before.version + 1, house.clock.now())
    assert image.changed_seq > before.changed_seq


async def test_an_edit_of_nobodys_image_or_to_nonsense_changes_nothing(house: House) -> None:
    stranger = await bob(house)
    before = await dump(house.database)
    update = house.use_cases.images.update
    with pytest.raises(NotFound):
        await update(stranger, house.image_id, {"title": "Mine now"})
    with pytest.raises(NotFound):
        await update(house.owner, "img_none", {"title": "Whose"})
    with pytest.raises(Refused):
        await update(house.owner, house.image_id, {"status": None})
    with pytest.raises(Refused):
        await update(house.owner, house.image_id, {"description": "x" * 4001})
    assert await dump(house.database) == before


async def test_a_deletion_cancels_what_waits_and_lets_what_was_sent_go_on(house: House) -> None:
    sent, waiting = await house.ask(2)
    await house.perform(Bell(Step.PREPARE, sent))
    await house.perform(Bell(Step.SUBMIT, sent))
    house.heard.forget()
    deleted = await house.use_cases.images.delete(house.owner, [house.image_id, house.image_id])
    assert deleted == [house.image_id]
    assert (await house.job(sent)).state is JobState.SUBMITTED
    assert (await house.job(waiting)).state is JobState.CANCELLED
    await house.settle()
    assert (await house.job(sent)).state is JobState.SUCCEEDED
    assert await house.use_cases.images.get_many(house.owner, [house.image_id]) == {}
    page = await house.use_cases.images.page(house.owner, FIRST, ImageFilter(), None)
    assert {image.parent_image_id for image in page.items} == {house.image_id}
    assert {image.standing.ai_status for image in page.items} == {
        AiStatus.COMPLETED,
        AiStatus.FAILED,
    }
    assert len(house.fal.ledger.accepted) == 1


async def test_a_deletion_is_of_all_or_of_none(house: House) -> None:
    before = await dump(house.database)
    with pytest.raises(NotFound) as caught:
        await house.use_cases.images.delete(house.owner, [house.image_id, "img_none"])
    assert caught.value.field == ("ids", "1")
    with pytest.raises(NotFound):
        await house.use_cases.images.delete(await bob(house), [house.image_id])
    after = await dump(house.database)
    assert after["images"] == before["images"]
    assert after["jobs"] == before["jobs"]


async def test_a_deleted_image_is_told_of_as_deleted(house: House) -> None:
    await house.listen()
    house.heard.forget()
    await house.use_cases.images.delete(house.owner, [house.image_id])
    await house.listen()
    assert [change.image_id for change in house.heard.changes] == [house.image_id]
    (status,) = await house.use_cases.statuses.of_images([house.image_id])
    assert status.image.deleted


async def test_a_page_refuses_what_nobody_can_name_or_read(house: House) -> None:
    page = house.use_cases.images.page
    for chosen, search, field in (
        (ImageFilter(color="mauve-ish"), None, ("filter", "color")),
        (ImageFilter(), "x" * 201, ("search",)),
    ):
        with pytest.raises(Refused) as caught:
            await page(house.owner, FIRST, chosen, search)
        assert (caught.value.code, caught.value.field) == (UserErrorCode.INVALID_INPUT, field)
    found = await page(house.owner, FIRST, ImageFilter(group="FILM"), "sour")
    assert [image.id for image in found.items] == [house.image_id]
    assert await page(house.owner, FIRST, ImageFilter(), "w " * 100) is not None


async def test_categories_on_offer_are_followed_by_those_in_use(house: House) -> None:
    offered = await house.use_cases.images.categories(None)
    await house.use_cases.images.update(house.owner, house.image_id, {"category": "Zoetrope"})
    assert await house.use_cases.images.categories(house.owner) == [*offered, "Zoetrope"]
    assert await house.use_cases.images.categories(await bob(house)) == offered


async def test_a_token_signs_in_whom_it_was_made_for(house: House) -> None:
    users = house.use_cases.users
    made = [await users.create_token(name) for name in ("carol", " carol ")]
    assert [each.user_is_new for each in made] == [True, False]
    first, second = (each.text for each in made)
    assert first != second
    carol = await users.authenticate(first)
    assert carol is not None
    assert carol.name == "carol"
    assert await users.authenticate(second) == carol
    for wrong in ("", "gapi_", first[:-1], first + "\x00", first.upper()):
        assert await users.authenticate(wrong) is None
    async with house.database.read() as connection:
        rows = (await connection.execute(text("SELECT * FROM tokens"))).all()
    assert first not in repr(rows)
    for name in ("", "  ", "x" * 81):
        with pytest.raises(Refused):
            await users.create_token(name)


async def test_a_revoked_token_signs_nobody_in(house: House) -> None:
    users = house.use_cases.users
    texts = [(await users.create_token("carol")).text for _ in range(3)]
    newest, middle, *_ = await users.tokens()
    assert {newest.user_name, middle.user_name} == {"carol"}
    assert newest.created_at >= middle.created_at
    assert await users.revoke_token(middle.id) == middle
    assert await users.revoke_token(f" {texts[2]} ") == newest
    signed_in = [await users.authenticate(text) for text in texts]
    assert [user is not None for user in signed_in] == [True, False, False]
    for gone in (middle.id, texts[2], "", "tok_"):
        with pytest.raises(NotFound):
            await users.revoke_token(gone)


async def test_an_adopted_token_stays_with_whom_it_has(house: House) -> None:
    users = house.use_cases.users
    assert await users.adopt_token("dave", "gapi_ann") == house.owner
    assert await users.authenticate("gapi_ann") == house.owner


async def test_samples_are_added_once_and_never_to_a_library_in_use(house: House) -> None:
    samples, images = house.use_cases.samples, house.use_cases.images
    await samples.add_once(house.owner)
    assert (await images.page(house.owner, FIRST, ImageFilter(), None)).total == 1
    newcomer = await bob(house)
    await samples.add_once(newcomer)
    await samples.add_once(newcomer)
    page = await images.page(newcomer, FIRST, ImageFilter(), None)
    assert page.total == 3
    assert all(image.picture and image.title and image.description for image in page.items)
    assert {image.standing.ai_status for image in page.items} == {None}
    await images.delete(newcomer, [image.id for image in page.items])
    await samples.add_once(newcomer)
    assert (await images.page(newcomer, FIRST, ImageFilter(), None)).total == 0
    assert await house.all_jobs() == []


async def test_what_can_be_watched_is_checked(house: House) -> None:
    await house.ask(1)
    (child,) = await house.children()
    check = house.use_cases.statuses.check_watch
    named: dict[str, Any] = {"image_ids": None, "parent_image_id": None, "generation_id": None}
    mine = ({"image_ids": [house.image_id, child.id]}, {"parent_image_id": house.image_id})
    for some in (*mine, {"generation_id": child.generation_id}, {}):
        await check(house.owner, **named | some)
    stranger = await bob(house)
    for some in (*mine, {"generation_id": child.generation_id}):
        with pytest.raises(NotFound):
            await check(stranger, **named | some)
    with pytest.raises(NotFound):
        await check(house.owner, **named | {"image_ids": [house.image_id, "img_none"]})
