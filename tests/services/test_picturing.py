"""Images in a person's own words: from words alone, or made from images that are there."""

from graphapi.domain.images import AiStatus, SourceType
from graphapi.domain.standing import GenerationCounts
from graphapi.ports.doorbell import Step
from graphapi.services.picturing import Pictured
from graphapi.services.requests import PicturesWanted
from tests.services.house import House

WORDS = PicturesWanted("fal-ai/nano-banana-pro", "A harbour at dawn, in fog.", count=3)
EDIT = "fal-ai/nano-banana-pro/edit"


async def generate(
    house: House, wanted: PicturesWanted = WORDS, key: str | None = None
) -> Pictured:
    return await house.use_cases.picturing.request(house.owner, "generateImage", wanted, key)


async def edit(house: House, *image_ids: str, key: str | None = None, **wanted: object) -> Pictured:
    asked = PicturesWanted(EDIT, "Put her in this coat.", image_ids=image_ids, **wanted)  # type: ignore[arg-type]  # whatever a test changes
    return await house.use_cases.picturing.request(house.owner, "editImage", asked, key)


def sent(house: House) -> list[dict[str, object]]:
    return [post.input or {} for post in house.fal.ledger.accepted]


async def test_images_are_made_from_words_alone_and_lie_in_our_own_storage(house: House) -> None:
    made = await generate(house)
    assert made.generation.counts == GenerationCounts(queued=3)
    for image in made.images:
        assert image.standing.ai_status is AiStatus.QUEUED
        assert (image.parent_image_id, image.source_type) == (None, SourceType.AI)
        assert (image.prompt, image.modification_mode) == (WORDS.prompt, None)
    await house.listen()
    assert [bell.step for bell in house.heard.bells] == [Step.SUBMIT] * 3
    await house.settle()
    for image in made.images:
        done = await house.image(image.id)
        assert (done.standing.ai_status, done.standing.stage_message) == (
            AiStatus.COMPLETED,
            "Done",
        )
        assert done.picture is not None
        assert len(await house.base.storage.get(done.picture.key)) == done.picture.byte_count
        assert done.quality_flags == ()
    assert house.fal.ledger.uploads == []
    for post in house.fal.ledger.accepted:
        assert post.endpoint == "fal-ai/nano-banana-pro"
        assert (post.input or {})["prompt"] == WORDS.prompt
        assert (post.input or {})["num_images"] == 1
        assert "image_urls" not in (post.input or {})
    assert len({body["seed"] for body in sent(house)}) == 3


async def test_an_edit_sends_every_image_in_order_and_says_what_each_is(house: House) -> None:
    coat, street = await house.furnish(title="Coat"), await house.furnish(title="Street")
    ids = (house.image_id, coat.id, street.id)
    made = await edit(
        house, *ids, roles=(None, " the wardrobe\n reference. "), count=2, aspect_ratio="21:9"
    )
    assert [image.parent_image_id for image in made.images] == [house.image_id] * 2
    assert [image.group for image in made.images] == ["Film"] * 2
    source = await house.image()
    assert source.standing.ai_status is AiStatus.PROCESSING
    await house.settle()
    prompt = "Image 2 is the wardrobe reference.\n\nPut her in this coat."
    for body in sent(house):
        assert body["prompt"] == prompt
        assert body["aspect_ratio"] == "21:9"
        assert len(body["image_urls"]) == 3  # type: ignore[arg-type]  # a list, on the wire
    done = await house.image(made.images[0].id)
    assert (done.prompt, done.aspect_ratio) == (prompt, "21:9")
    assert (await house.image()).standing.stage_message == "2 of 2 variations completed"
