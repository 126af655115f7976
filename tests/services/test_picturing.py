"""Images in a person's own words: from words alone, or made from images that are there."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from graphapi.domain.attempts import RecoveryOutcome, Stop
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import AiStatus, Picture, SourceType
from graphapi.domain.jobs import Billed, JobState
from graphapi.domain.library import Image
from graphapi.domain.normalisation import Handling
from graphapi.domain.options import Options
from graphapi.domain.standing import GenerationCounts
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.ports.doorbell import Step
from graphapi.services.picturing import Pictured
from graphapi.services.requests import NewImage, PicturesWanted
from graphapi.services.retrying import RetryWanted
from tests.emulators.fal import Fault, Operation, Outcome, model_failure
from tests.persistence.library import dump
from tests.services.house import House
from tests.storage.drawing import encoded, photograph

FROM_WORDS, EDIT = "fal-ai/nano-banana-pro", "fal-ai/nano-banana-pro/edit"
SINGLE = "fal-ai/flux-pro/kontext"
LORAS = Options({"loras": []})
WORDS = PicturesWanted(FROM_WORDS, "A harbour at dawn, in fog.", count=3)


async def generate(
    house: House, wanted: PicturesWanted = WORDS, key: str | None = None
) -> Pictured:
    return await house.use_cases.picturing.request(house.owner, "generateImage", wanted, key)


async def edit(house: House, *image_ids: str, model: str = EDIT, **wanted: Any) -> Pictured:
    asked = PicturesWanted(model, "Put her in this coat.", image_ids=image_ids, **wanted)
    return await house.use_cases.picturing.request(house.owner, "editImage", asked)


async def bring(house: House, width: int) -> Image:
    """Put another picture into the library; no two widths have the same bytes."""
    content = encoded(photograph(width, 64), "JPEG")
    storage_id = await house.use_cases.uploads.receive(house.owner.id, content)
    new = NewImage(storage_id=storage_id, analyze=False)
    image = await house.use_cases.images.create(house.owner, new)
    assert image is not None
    return image


async def stored(house: House, picture: Picture | None) -> bytes:
    assert picture is not None
    return await house.base.storage.get(picture.key)


def sent(house: House) -> list[dict[str, Any]]:
    return [post.input or {} for post in house.fal.ledger.accepted]


async def test_images_are_made_from_words_alone_and_lie_in_our_own_storage(house: House) -> None:
    made = await generate(house)
    assert made.generation.counts == GenerationCounts(queued=3)
    assert made.generation.image_id == made.images[0].id
    for image in made.images:
        assert image.standing.ai_status is AiStatus.QUEUED
        assert (image.parent_image_id, image.source_type) == (None, SourceType.AI)
        assert (image.prompt, image.modification_mode) == (WORDS.prompt, None)
    await house.listen()
    assert [bell.step for bell in house.heard.bells] == [Step.SUBMIT]
    await house.settle()
    for image in made.images:
        done = await house.image(image.id)
        assert done.standing.ai_status is AiStatus.COMPLETED
        assert (done.standing.stage_message, done.quality_flags) == ("Done", ())
        assert done.picture is not None
        assert len(await stored(house, done.picture)) == done.picture.byte_count
    assert house.fal.ledger.uploads == []
    assert {post.endpoint for post in house.fal.ledger.accepted} == {FROM_WORDS}
    (body,) = sent(house)
    assert (body["prompt"], body["num_images"]) == (WORDS.prompt, 3)
    assert "image_urls" not in body


async def test_an_edit_sends_every_image_in_order_and_says_what_each_is(house: House) -> None:
    coat, street = await bring(house, 80), await bring(house, 72)
    ids = (house.image_id, coat.id, street.id)
    roles = (None, " the wardrobe\n reference. ")
    made = await edit(house, *ids, roles=roles, count=2, aspect_ratio="21:9")
    assert [image.parent_image_id for image in made.images] == [house.image_id] * 2
    assert [image.group for image in made.images] == ["Film"] * 2
    assert (await house.image()).standing.ai_status is AiStatus.PROCESSING
    assert (await house.image(coat.id)).standing.ai_status is None
    await house.settle()
    prompt = "Image 2 is the wardrobe reference.\n\nPut her in this coat."
    hosted = {upload.url: upload.content for upload in house.fal.ledger.uploads}
    contents = [await stored(house, (await house.image(each)).picture) for each in ids]
    assert len(hosted) == 3
    for body in sent(house):
        assert (body["prompt"], body["aspect_ratio"]) == (prompt, "21:9")
        assert [hosted[url] for url in body["image_urls"]] == contents
    done = await house.image(made.images[0].id)
    assert (done.prompt, done.aspect_ratio) == (prompt, "21:9")
    assert (await house.image()).standing.stage_message == "2 of 2 variations completed"


async def test_the_same_bytes_are_uploaded_once_whoever_brought_them(house: House) -> None:
    first, again = await bring(house, 400), await bring(house, 400)
    assert first.storage_id != again.storage_id
    await edit(house, first.id, again.id)
    await house.settle()
    assert len(house.fal.ledger.uploads) == 1
    (body,) = sent(house)
    assert body["image_urls"] == [house.fal.ledger.uploads[0].url] * 2


async def test_a_model_that_takes_one_picture_gets_it_singly(house: House) -> None:
    await edit(house, house.image_id, model=SINGLE)
    await house.settle()
    (body,) = sent(house)
    assert body["image_url"] == house.fal.ledger.uploads[0].url


@pytest.mark.parametrize("seed", [100, 2**63 - 12])
async def test_no_picture_of_a_call_or_of_its_retries_is_drawn_by_the_seed_of_another(
    house: House, seed: int
) -> None:
    count = 12
    house.fal.plan_all(Outcome(images=1))  # all but the first of each request are tried again
    made = await generate(house, replace(WORDS, count=count, options=Options({"seed": seed})))
    await house.settle()
    asked = [(body["seed"], body["num_images"]) for body in sent(house)]
    assert sum(pictures for _, pictures in asked) == count
    await house.use_cases.retrying.retry_failed(house.owner, RetryWanted(made.generation.id))
    await house.settle()
    everything = [(body["seed"], body["num_images"]) for body in sent(house)]
    assert len(everything) == count
    drawn = [first + place for first, pictures in everything for place in range(pictures)]
    assert len(set(drawn)) == len(drawn) == count + count - len(asked)
    assert max(first + pictures - 1 for first, pictures in everything) < 2**63


async def test_a_seed_that_was_asked_for_begins_a_row_so_that_no_two_requests_are_alike(
    house: House,
) -> None:
    wanted = replace(WORDS, count=9, options=Options({"seed": 2**63 - 2}))
    made = await generate(house, wanted)
    await house.settle()
    bodies = sorted((body["seed"], body["num_images"]) for body in sent(house))
    assert bodies == [(2**63 - 10, 4), (2**63 - 6, 1), (2**63 - 2, 4)]
    told = [{note.parameter: note for note in notes} for notes in made.quote.notes]
    for each in told:
        assert each["numImages"].asked == 9
        assert each["numImages"].handling is Handling.CONVERTED
        assert each["seed"].asked == 2**63 - 2
    assert "4 + 4 + 1" in told[0]["numImages"].reason
    assert [each["numImages"].sent for each in told] == [4] * 8 + [1]
    seeds = [each["seed"] for each in told]
    assert [seed.sent for seed in seeds] == [2**63 - 2] * 4 + [2**63 - 10] * 4 + [2**63 - 6]
    assert [seed.handling for seed in seeds] == [Handling.PASSED] * 4 + [Handling.CONVERTED] * 5
    for image, seed in zip(made.images, seeds, strict=True):
        done = await house.image(image.id)
        assert done.standing.ai_status is AiStatus.COMPLETED
        assert (await house.job_of(image.id)).seed == seed.sent
    shown = await house.use_cases.images.normalised(house.owner, [i.id for i in made.images])
    assert [shown[image.id] for image in made.images] == list(made.quote.notes)


@pytest.mark.parametrize(
    ("change", "code", "field", "says"),
    [
        ({"prompt": " \n"}, "INVALID_INPUT", ("prompt",), "blank"),
        ({"prompt": "x" * 10_001}, "INVALID_INPUT", ("prompt",), "10000"),
        ({"prompt": "a\x00b"}, "INVALID_INPUT", ("prompt",), "no text"),
        ({"prompt": "a\ud800"}, "INVALID_INPUT", ("prompt",), "no text"),
        ({"count": 0}, "COUNT_OUT_OF_RANGE", ("numImages",), "1 to 12"),
        ({"count": 13}, "COUNT_OUT_OF_RANGE", ("numImages",), "1 to 12"),
        ({"expires_after": 9}, "COUNT_OUT_OF_RANGE", ("expiresAfter",), "10 to"),
        ({"aspect_ratio": "17:9"}, "RATIO_UNSUPPORTED", ("aspectRatio",), "21:9"),
        ({"aspect_ratio": " "}, "RATIO_UNSUPPORTED", ("aspectRatio",), "blank"),
        ({"options": LORAS}, "INVALID_INPUT", ("options", "loras"), "no parameter"),
        ({"model": "fal-ai/none"}, "MODEL_UNKNOWN", ("model",), "GRAPHAPI_MODELS_FILE"),
        ({"model": ""}, "MODEL_UNKNOWN", ("model",), "model is blank. Query `models`"),
        ({"model": EDIT}, "MODEL_UNKNOWN", ("model",), "kind TEXT_TO_IMAGE"),
        ({"model": "local/reframe"}, "MODEL_UNKNOWN", ("model",), "works on a picture"),
        ({"model": "local/pixels"}, "MODEL_UNKNOWN", ("model",), "describes images"),
        ({"model": "gemini-3-pro-image"}, "MODEL_UNAVAILABLE", ("model",), "LUMENFALL_API_KEY"),
    ],
)  # fmt: skip
async def test_what_cannot_be_made_from_words_is_refused_and_leaves_no_trace(
    house: House, change: dict[str, Any], code: str, field: tuple[str, ...], says: str
) -> None:
    before = await dump(house.database)
    with pytest.raises(Refused) as caught:
        await generate(house, replace(WORDS, **change))
    assert (caught.value.code, caught.value.field) == (UserErrorCode(code), field)
    assert says in caught.value.message
    assert await dump(house.database) == before


@pytest.mark.parametrize(
    ("change", "code", "field", "says"),
    [
        ({"inputs": 0}, "COUNT_OUT_OF_RANGE", ("imageIds",), "at least one"),
        ({"inputs": 15}, "COUNT_OUT_OF_RANGE", ("imageIds",), "at most 14"),
        ({"inputs": 2, "model": SINGLE}, "COUNT_OUT_OF_RANGE", ("imageIds",), "one picture"),
        ({"model": FROM_WORDS}, "MODEL_UNKNOWN", ("model",), "kind EDIT"),
        ({"model": "local/reframe"}, "MODEL_UNKNOWN", ("model",), "reads no prompt"),
        ({"roles": ("a", "b")}, "INVALID_INPUT", ("roles",), "2 roles"),
        ({"roles": ("x" * 201,)}, "INVALID_INPUT", ("roles", "0"), "200"),
    ],
)  # fmt: skip
async def test_an_edit_that_cannot_be_made_is_refused_and_leaves_no_trace(
    house: House, change: dict[str, Any], code: str, field: tuple[str, ...], says: str
) -> None:
    before = await dump(house.database)
    wanted = {"inputs": 1} | change
    ids = [house.image_id] * wanted.pop("inputs")
    with pytest.raises(Refused) as caught:
        await edit(house, *ids, **wanted)
    assert (caught.value.code, caught.value.field) == (UserErrorCode(code), field)
    assert says in caught.value.message
    assert await dump(house.database) == before


async def test_an_image_that_is_foreign_or_has_no_picture_is_named_by_its_place(
    house: House,
) -> None:
    stranger = await house.use_cases.users.adopt_token("eve", "gapi_eve")
    asked = PicturesWanted(EDIT, "Steal it.", image_ids=(house.image_id,))
    with pytest.raises(NotFound) as foreign:
        await house.use_cases.picturing.request(stranger, "editImage", asked)
    assert foreign.value.field == ("imageIds", "0")
    unmade = (await generate(house)).images[0]
    before = await dump(house.database)
    with pytest.raises(Refused) as caught:
        await edit(house, house.image_id, unmade.id)
    assert caught.value.code is UserErrorCode.SOURCE_MISSING
    assert caught.value.field == ("imageIds", "1")
    assert await dump(house.database) == before


async def test_a_rehearsal_prices_everything_and_leaves_no_trace(house: House) -> None:
    before = await dump(house.database)
    quote = await house.use_cases.picturing.rehearse(house.owner, "generateImage", WORDS)
    assert (len(quote.prices), quote.total.micros) == (3, 3 * 150_000)
    assert {item.prompt for item in quote.plan.variations} == {WORDS.prompt}
    assert await dump(house.database) == before
    house.database.daily_cap = 400_000
    for refused in (house.use_cases.picturing.rehearse, house.use_cases.picturing.request):
        with pytest.raises(Refused) as caught:
            await refused(house.owner, "generateImage", WORDS)
        assert caught.value.code is UserErrorCode.BUDGET_EXCEEDED
    assert await dump(house.database) == before


async def test_the_same_key_answers_the_first_result_and_pays_once(house: House) -> None:
    wanted = replace(WORDS, options=Options({"seed": 7}))
    first, second = await asyncio.gather(*(generate(house, wanted, key="k-1") for _ in range(2)))
    assert [image.id for image in first.images] == [image.id for image in second.images]
    assert first.quote.total == second.quote.total
    assert second.quote.notes == first.quote.notes
    await house.settle()
    assert len(house.fal.ledger.accepted) == 1
    with pytest.raises(Refused) as caught:
        await generate(house, replace(WORDS, count=2), key="k-1")
    assert caught.value.code is UserErrorCode.IDEMPOTENCY_CONFLICT


async def test_a_failed_image_is_tried_again_alone(house: House) -> None:
    house.fal.plan(1, model_failure("content_policy_violation"))
    made = await generate(house, replace(WORDS, count=5))
    await house.settle()
    (failed,) = [
        image.id
        for image in made.images
        if (await house.image(image.id)).standing.ai_status is AiStatus.FAILED
    ]
    assert (await house.job_of(failed)).failure_code is JobErrorCode.CONTENT_POLICY
    retried = await house.use_cases.retrying.retry_failed(
        house.owner, RetryWanted(made.generation.id, even_if_maybe_charged=True)
    )
    assert [image.id for image in retried.variations] == [failed]
    await house.settle()
    assert (await house.image(failed)).standing.ai_status is AiStatus.COMPLETED
    assert [body["num_images"] for body in sent(house)] == [4, 1, 1]


async def test_a_failed_edit_is_tried_again_with_all_its_images(house: House) -> None:
    coat = await bring(house, 80)
    house.fal.plan(0, model_failure("content_policy_violation"))
    made = await edit(house, house.image_id, coat.id)
    await house.settle()
    assert (await house.image()).standing.ai_status is AiStatus.FAILED
    await house.use_cases.retrying.retry_failed(
        house.owner, RetryWanted(made.generation.id, even_if_maybe_charged=True)
    )
    await house.settle()
    assert (await house.image()).standing.ai_status is AiStatus.COMPLETED
    first, second = sent(house)
    assert first["image_urls"] == second["image_urls"]
    assert len(house.fal.ledger.uploads) == 2


async def test_cancelling_stops_what_was_not_sent_and_releases_its_price(house: House) -> None:
    made = await generate(house)
    cancelled = await house.use_cases.cancelling.cancel_variation(house.owner, made.images[1].id)
    assert [image.id for image in cancelled.images[Stop.STOPPED]] == [made.images[1].id]
    await house.settle()
    states = [(await house.job_of(image.id)).state for image in made.images]
    assert states == [JobState.SUCCEEDED, JobState.CANCELLED, JobState.SUCCEEDED]
    assert [body["num_images"] for body in sent(house)] == [2]


async def test_a_lost_answer_is_found_in_the_history_and_not_paid_twice(house: House) -> None:
    house.fal.disturb(Operation.SUBMIT, Fault(drop=True, accept=True))
    house.fal.disturb_always(Operation.HISTORY, Fault(status=500, body="down"))
    made = await generate(house, replace(WORDS, count=1))
    await house.answer_bells()
    house.clock.turn(hours=1, minutes=1)
    await house.reconciling.look()
    house.fal.disturb_always(Operation.HISTORY, None)
    job = await house.job_of(made.images[0].id)
    assert (job.failure_code, job.billed) == (JobErrorCode.SUBMIT_UNKNOWN, Billed.UNKNOWN)
    recovered = await house.use_cases.recovering.recover(house.owner, made.images[0].id)
    assert recovered.outcome is RecoveryOutcome.RECOVERED
    await house.settle()
    assert (await house.image(made.images[0].id)).standing.ai_status is AiStatus.COMPLETED
    assert len(house.fal.ledger.accepted) == 1


async def test_removing_an_image_that_an_edit_waits_to_use_cancels_it_unspent(
    house: House,
) -> None:
    coat = await bring(house, 80)
    made = await edit(house, house.image_id, coat.id)
    await house.use_cases.images.delete(house.owner, [coat.id])
    job = await house.job_of(made.images[0].id)
    assert (job.state, job.billed) == (JobState.CANCELLED, Billed.NO)
    await house.settle()
    assert house.fal.ledger.accepted == []


async def test_an_edit_whose_second_image_cannot_be_read_ends_unspent(house: House) -> None:
    coat = await bring(house, 80)
    made = await edit(house, house.image_id, coat.id, count=2)
    assert coat.picture is not None
    await house.base.storage.delete([coat.picture.key])
    await house.settle()
    for image in made.images:
        job = await house.job_of(image.id)
        assert (job.state, job.billed) == (JobState.FAILED, Billed.NO)
        assert job.failure_code is JobErrorCode.SOURCE_MISSING
    assert house.fal.ledger.accepted == []


async def test_a_late_bell_for_an_image_from_words_prepares_nothing(house: House) -> None:
    made = await generate(house, replace(WORDS, count=1))
    job = await house.job_of(made.images[0].id)
    await house.steps[Step.PREPARE](job.id)
    house.heard.forget()
    await house.sweep()
    await house.settle()
    assert len(house.fal.ledger.accepted) == 1
