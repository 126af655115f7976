"""Media is removed when nobody needs it any more: not before, not what is shared, and for good."""

from dataclasses import dataclass

import pytest

from graphapi.domain.images import Picture
from graphapi.domain.jobs import JobState
from graphapi.domain.library import Image
from graphapi.errors import NotFound, StorageFailed
from graphapi.ports.storage import Storage
from graphapi.services.requests import NewImage
from graphapi.services.tidying import Tidying
from tests.emulators.fal import Outcome
from tests.services.house import House, still
from tests.services.voices import ask, hearing, note, now

HOUR = 3600


def tidying(house: House, storage: Storage | None = None) -> Tidying:
    retention = house.base.settings.media_retention
    return Tidying(house.database, storage or house.base.storage, house.clock, retention)


async def add(house: House, storage_id: str) -> Image:
    new = NewImage(storage_id=storage_id, analyze=False)
    image = await house.use_cases.images.create(house.owner, new)
    assert image is not None
    return image


async def uploaded(house: House) -> str:
    return await house.use_cases.uploads.receive(house.owner.id, still())


async def delete(house: House, *images: Image) -> None:
    await house.use_cases.images.delete(house.owner, [image.id for image in images])


def picture_of(image: Image) -> Picture:
    assert image.picture is not None
    return image.picture


async def is_stored(house: House, picture: Picture) -> bool:
    try:
        for key in (picture.key, *picture.derivatives.values()):
            await house.base.storage.get(key)
    except FileNotFoundError:
        return False
    return True


async def test_a_deleted_image_keeps_its_picture_for_the_retention_and_no_longer(
    house: House,
) -> None:
    image = await add(house, await uploaded(house))
    house.clock.turn(seconds=100 * HOUR)
    await delete(house, image)
    house.clock.turn(seconds=23 * HOUR)
    assert await tidying(house).tidy() == 0
    assert await is_stored(house, picture_of(image))
    house.clock.turn(seconds=2 * HOUR)
    assert await tidying(house).tidy() == 1
    assert not await is_stored(house, picture_of(image))
    assert await tidying(house).tidy() == 0


async def test_what_is_in_the_library_stays_for_ever(house: House) -> None:
    image = await house.image()
    house.clock.turn(seconds=10_000 * HOUR)
    assert await tidying(house).tidy() == 0
    assert await is_stored(house, picture_of(image))


async def test_a_picture_of_two_images_stays_as_long_as_one_of_them(house: House) -> None:
    storage_id = await uploaded(house)
    one, other = await add(house, storage_id), await add(house, storage_id)
    await delete(house, one)
    house.clock.turn(seconds=48 * HOUR)
    assert await tidying(house).tidy() == 0
    assert await is_stored(house, picture_of(other))
    await delete(house, other)
    house.clock.turn(seconds=48 * HOUR)
    assert await tidying(house).tidy() == 1


async def test_an_upload_that_nobody_used_is_no_more_after_the_retention(house: House) -> None:
    storage_id = await uploaded(house)
    house.clock.turn(seconds=25 * HOUR)
    assert await tidying(house).tidy() == 1
    with pytest.raises(NotFound):
        await add(house, storage_id)


async def test_what_a_job_still_works_on_stays(house: House) -> None:
    house.fal.plan_all(Outcome(seconds=600))
    source = await house.image()
    (job_id,) = await house.ask(1, expires_after=None)
    await house.answer_bells()
    await delete(house, source)
    assert (await house.job(job_id)).state is JobState.SUBMITTED
    house.clock.turn(seconds=48 * HOUR)
    assert await tidying(house).tidy() == 0
    assert await is_stored(house, picture_of(source))


async def test_a_sound_stays_as_long_as_anything_that_was_heard_in_it(house: House) -> None:
    storage_id = await note(house)
    heard = await ask(house, hearing(storage_id=storage_id))
    await house.settle()
    audio = (await now(house, heard)).audio
    assert audio
    await house.use_cases.recordings.delete(house.owner, [storage_id])
    house.clock.turn(seconds=48 * HOUR)
    assert await tidying(house).tidy() == 0
    assert await house.base.storage.get(audio.key)
    await house.use_cases.recordings.delete(house.owner, [heard.id])
    house.clock.turn(seconds=48 * HOUR)
    assert await tidying(house).tidy() == 2
    with pytest.raises(FileNotFoundError):
        await house.base.storage.get(audio.key)


@dataclass
class Failing:
    """A storage that fails to remove."""

    async def remove_folder(self, folder: str) -> None:
        """Fail."""
        raise StorageFailed(f"{folder} cannot be removed")


async def test_what_could_not_be_removed_is_removed_another_time(house: House) -> None:
    image = await add(house, await uploaded(house))
    await delete(house, image)
    house.clock.turn(seconds=25 * HOUR)
    with pytest.raises(StorageFailed):
        await tidying(house, Failing()).tidy()  # type: ignore[arg-type]  # nothing else is asked
    assert await is_stored(house, picture_of(image))
    assert await tidying(house).tidy() == 1
    assert not await is_stored(house, picture_of(image))
