"""A variation through a provider that answers in one breath: its bill, and a lost answer."""

import asyncio
import base64
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import cast

import pytest
from PIL import Image

from graphapi.domain.attempts import RecoveryOutcome
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import AiStatus
from graphapi.domain.jobs import Billed, JobState, Stage
from graphapi.domain.money import Exactness, Price
from graphapi.domain.options import Handling, Options
from graphapi.errors import Refused, UserErrorCode
from graphapi.persistence.records import AnyRow
from graphapi.ports.doorbell import Bell, Step
from graphapi.services.requests import PicturesWanted
from graphapi.services.retrying import RetryWanted
from tests.emulators.lumenfall import COST, Fault, LumenfallEmulator, Refusal
from tests.services.house import Held, House, shots

MODEL = "gemini-3-pro-image"


async def submitted(house: House, count: int = 1) -> list[AnyRow]:
    """Ask for variations and send them; their results are not taken in yet."""
    job_ids = await house.ask(count)
    await house.perform(Bell(Step.PREPARE, job_ids[0]))
    house.heard.forget()
    for job_id in job_ids:
        await house.perform(Bell(Step.SUBMIT, job_id))
    return [await house.job(job_id) for job_id in job_ids]


async def price_of(house: House, image_id: str) -> Price | None:
    found = await house.use_cases.spendings.of_images(house.owner, [image_id])
    return found.get(image_id)


async def test_a_variation_whose_shape_a_size_overrules_says_the_one_that_is_sent(
    gateway: House,
) -> None:
    options = Options({"size": "1:1"})
    (job_id,) = await gateway.ask(1, options=options)
    wanted = shots(1, options=options)
    quoted = await gateway.use_cases.variations.rehearse(gateway.owner, gateway.image_id, wanted)
    assert quoted.quote.aspect_ratio == "1:1"
    await gateway.settle()
    child = await gateway.image((await gateway.job(job_id)).image_id)
    assert (child.aspect_ratio, child.quality_flags) == ("1:1", ())


async def test_a_variation_is_completed_with_its_picture_and_its_bill(
    gateway: House, lumenfall: LumenfallEmulator
) -> None:
    (job_id,) = await gateway.ask(1)
    await gateway.settle()
    job = await gateway.job(job_id)
    child = await gateway.image(job.image_id)
    assert (job.state, job.billed) == (JobState.SUCCEEDED, Billed.YES)
    assert job.charged_micros == round(COST * 1e6)
    assert child.standing.ai_status is AiStatus.COMPLETED
    assert child.picture is not None
    assert (child.picture.width, child.picture.height) == (170, 96)
    assert (child.provider, child.model) == ("lumenfall", MODEL)
    (post,) = lumenfall.made
    assert post.fields["model"] == "gemini-3-pro-image-preview"
    assert (post.fields["size"], post.fields["seed"]) == ("1365x768", str(job.seed))
    assert post.fields["prompt"] == child.prompt
    bill = await price_of(gateway, job.image_id)
    assert bill is not None
    assert (bill.micros, bill.exactness) == (67_000, Exactness.EXACT)


async def test_a_picture_is_made_from_words_alone_in_the_nearest_shape(
    gateway: House, lumenfall: LumenfallEmulator
) -> None:
    wanted = PicturesWanted(MODEL, "A harbour at dawn.", aspect_ratio="7:1")
    made = await gateway.use_cases.picturing.request(gateway.owner, "generateImage", wanted)
    await gateway.settle()
    done = await gateway.image(made.images[0].id)
    assert done.standing.ai_status is AiStatus.COMPLETED
    (post,) = lumenfall.made
    assert (post.path, post.files) == ("/images/generations", [])
    assert post.fields["size"] == "1563x670"


async def test_a_mask_without_a_picture_is_refused_when_it_is_asked_for(gateway: House) -> None:
    file = BytesIO()
    Image.new("RGBA", (8, 8)).save(file, "PNG")
    mask = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    wanted = PicturesWanted(MODEL, "A harbour at dawn.", options=Options({"mask": mask}))
    for ask in (gateway.use_cases.picturing.rehearse, gateway.use_cases.picturing.request):
        with pytest.raises(Refused, match="lies on a picture") as refusal:
            await ask(gateway.owner, "generateImage", wanted)
        assert refusal.value.field == ("options", "mask")
    assert await gateway.all_jobs() == []


async def test_several_images_go_into_one_picture(
    gateway: House, lumenfall: LumenfallEmulator
) -> None:
    coat = await gateway.furnish(title="Coat")
    wanted = PicturesWanted(MODEL, "Her, in this coat.", image_ids=(gateway.image_id, coat.id))
    await gateway.use_cases.picturing.request(gateway.owner, "editImage", wanted)
    await gateway.settle()
    (post,) = lumenfall.made
    assert [file.name for file in post.files] == ["image", "image"]


async def test_more_pictures_than_this_server_sends_are_refused_as_its_own_limit(
    gateway: House,
) -> None:
    wanted = PicturesWanted(MODEL, "All of them.", image_ids=(gateway.image_id,) * 15)
    with pytest.raises(Refused) as refusal:
        await gateway.use_cases.picturing.request(gateway.owner, "editImage", wanted)
    assert refusal.value.code is UserErrorCode.COUNT_OUT_OF_RANGE
    assert "this server sends 14 at most" in refusal.value.message


async def test_the_bill_counts_and_not_what_was_estimated(
    gateway: House, lumenfall: LumenfallEmulator
) -> None:
    lumenfall.cost = 0.134
    (job,) = await submitted(gateway)
    before = await price_of(gateway, job.image_id)
    assert before is not None
    assert (before.micros, before.exactness) == (134_000, Exactness.EXACT)
    assert before.source == "the charge the provider named in its answer"


async def test_a_picture_inside_the_answer_is_kept_before_a_row_speaks_of_it(
    gateway: House,
) -> None:
    (job_id,) = await gateway.ask(1, options=Options({"responseFormat": "b64_json"}))
    await gateway.settle()
    job = await gateway.job(job_id)
    assert job.state is JobState.SUCCEEDED
    assert job.result["images"][0]["url"] is None
    assert job.result["images"][0]["key"]


@pytest.mark.parametrize(
    "fault", [Fault(cut=True), Fault(drop=True), Fault(502, Refusal(502, "X").body, accept=True)]
)
async def test_a_lost_answer_stays_in_doubt_and_ends_at_the_deadline_saying_so(
    gateway: House, lumenfall: LumenfallEmulator, fault: Fault
) -> None:
    lumenfall.disturb(fault)
    (job,) = await submitted(gateway)
    sent = len(lumenfall.posts)
    assert (job.state, job.billed) == (JobState.SUBMIT_UNKNOWN, Billed.UNKNOWN)
    gateway.clock.turn(seconds=61)
    await gateway.beat()
    await gateway.sweep()
    standing = (await gateway.image(job.image_id)).standing
    assert (standing.ai_status, standing.stage) == (AiStatus.PROCESSING, Stage.SUBMIT_UNKNOWN)
    assert "cannot be found again" in (standing.stage_message or "")
    sought = await gateway.use_cases.recovering.recover(gateway.owner, job.image_id)
    assert sought.outcome is RecoveryOutcome.CANNOT_KNOW
    assert "cannot be found again" in sought.message
    gateway.clock.turn(hours=1)
    await gateway.beat()
    await gateway.sweep()
    job = await gateway.job(job.id)
    assert (job.state, job.billed) == (JobState.FAILED, Billed.UNKNOWN)
    assert job.failure_code is JobErrorCode.SUBMIT_UNKNOWN
    assert "may have been charged" in job.failure_message
    assert len(lumenfall.posts) == sent
    guessed = await price_of(gateway, job.image_id)
    assert guessed is not None
    assert (guessed.micros, guessed.exactness) == (150_000, Exactness.ESTIMATE)


@pytest.mark.parametrize(
    ("options", "micros"),
    [
        ({}, 150_000),
        ({"resolution": "2K"}, 150_000),
        ({"resolution": "4K"}, 300_000),
        ({"size": "5461x3072"}, 300_000),
        ({"size": "auto"}, 150_000),
    ],
)
async def test_the_largest_size_is_estimated_at_twice_the_price(
    gateway: House, options: dict[str, str], micros: int
) -> None:
    (job_id,) = await gateway.ask(1, options=Options(options))
    estimated = await price_of(gateway, (await gateway.job(job_id)).image_id)
    assert estimated is not None
    assert (estimated.micros, estimated.exactness) == (micros, Exactness.ESTIMATE)


async def test_a_refusal_ends_it_unspent(gateway: House, lumenfall: LumenfallEmulator) -> None:
    lumenfall.balance = 0.0
    (job,) = await submitted(gateway)
    assert (job.state, job.billed) == (JobState.FAILED, Billed.NO)
    assert job.failure_code is JobErrorCode.INSUFFICIENT_BALANCE


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (Refusal(502, "ALL_PROVIDERS_EXHAUSTED"), JobErrorCode.PROVIDER_UNAVAILABLE),
        (Refusal(500, "UPSTREAM_ERROR"), JobErrorCode.PROVIDER_FAILED),
    ],
)
async def test_a_failure_in_its_own_words_ends_it_at_once_perhaps_charged_for(
    gateway: House, lumenfall: LumenfallEmulator, refusal: Refusal, code: JobErrorCode
) -> None:
    lumenfall.disturb(Fault(refusal.status, refusal.body))
    (job,) = await submitted(gateway)
    assert (job.state, job.billed) == (JobState.FAILED, Billed.UNKNOWN)
    assert job.failure_code is code
    assert "does not say whether it charges" in job.failure_message
    retrying = gateway.use_cases.retrying
    again = RetryWanted(job.generation_id)
    held = await retrying.retry_failed(gateway.owner, again)
    assert [image.id for image in held.left_out] == [job.image_id]
    assert len(await gateway.all_jobs()) == 1
    await retrying.retry_failed(gateway.owner, replace(again, even_if_maybe_charged=True))
    await gateway.settle()
    assert (await gateway.image(job.image_id)).standing.ai_status is AiStatus.COMPLETED


async def test_a_throttled_request_is_sent_again_after_the_wait_asked_for(
    gateway: House, lumenfall: LumenfallEmulator
) -> None:
    refusal = Refusal(429, "RATE_LIMITED")
    lumenfall.disturb(Fault(429, refusal.body, {"Retry-After": "7"}))
    (job,) = await submitted(gateway)
    assert job.state is JobState.QUEUED
    assert job.next_at == gateway.clock.now() + timedelta(seconds=7)
    gateway.clock.turn(seconds=8)
    await gateway.beat()
    await gateway.sweep()
    await gateway.settle()
    assert (await gateway.job(job.id)).state is JobState.SUCCEEDED
    assert len(lumenfall.made) == 1


async def test_no_more_are_under_way_at_once_than_there_are_slots(
    gateway: House, lumenfall: LumenfallEmulator
) -> None:
    lumenfall.seconds = 0.3
    job_ids = await gateway.ask(6)
    await gateway.perform(Bell(Step.PREPARE, job_ids[0]))
    await asyncio.gather(*(gateway.perform(Bell(Step.SUBMIT, job_id)) for job_id in job_ids))
    assert len(lumenfall.posts) == 4
    assert (await gateway.states()).count(JobState.QUEUED) == 2


async def imagine(gateway: House, count: int, **options: str) -> list[AnyRow]:
    """Ask for images from words alone, and wait for them; answers their jobs."""
    wanted = PicturesWanted(MODEL, "A harbour at dawn.", count=count, options=Options(options))
    made = await gateway.use_cases.picturing.request(gateway.owner, "generateImage", wanted)
    await gateway.settle()
    return [await gateway.job_of(image.id) for image in made.images]


@pytest.mark.parametrize("form", ["url", "b64_json"])
async def test_several_pictures_of_one_answer_are_told_apart_and_share_its_bill(
    gateway: House, lumenfall: LumenfallEmulator, form: str
) -> None:
    lumenfall.cost = 0.0335
    jobs = await imagine(gateway, 3, responseFormat=form)
    (post,) = lumenfall.made
    assert (post.fields["n"], post.made) == (3, 3)
    assert [job.state for job in jobs] == [JobState.SUCCEEDED] * 3
    assert sum(job.charged_micros for job in jobs) == round(post.charged * 1e6) == 100_500
    kept = [job.result["images"][job.place]["key"] for job in jobs]
    assert all(key is None or job.id in key for key, job in zip(kept, jobs, strict=True))
    assert (None in kept) is (form == "url")
    pictures = [(await gateway.image(job.image_id)).picture for job in jobs]
    assert len({picture.sha256 for picture in pictures if picture}) == 3
    bills = [await price_of(gateway, job.image_id) for job in jobs]
    assert [bill and bill.micros for bill in bills] == [33_500] * 3


async def test_an_answer_with_fewer_pictures_is_shared_by_those_that_came(
    gateway: House, lumenfall: LumenfallEmulator
) -> None:
    lumenfall.fewer, lumenfall.cost = 1, 0.0500005
    *there, missing = await imagine(gateway, 4)
    assert [job.state for job in there] == [JobState.SUCCEEDED] * 3
    assert (missing.state, missing.billed) == (JobState.FAILED, Billed.NO)
    assert missing.failure_code is JobErrorCode.PICTURE_MISSING
    # To the millionth, though it cannot be divided by three.
    assert sum(job.charged_micros for job in there) == round(lumenfall.charged * 1e6)
    assert len({job.charged_micros for job in there}) == 2
    bill = await price_of(gateway, missing.image_id)
    assert bill is None or bill.micros == 0


async def test_an_answer_that_comes_late_with_fewer_ends_the_doubt_of_each(
    gateway: House, lumenfall: LumenfallEmulator
) -> None:
    lumenfall.fewer, held = 1, Held()
    lumenfall.disturb(cast("Fault", held))
    wanted = PicturesWanted(MODEL, "A harbour at dawn.", count=2)
    made = await gateway.use_cases.picturing.request(gateway.owner, "generateImage", wanted)
    await gateway.listen()
    leader = await gateway.job_of(made.images[0].id)
    sending = asyncio.create_task(gateway.answer_bells())
    await held.arrived.wait()
    assert (await gateway.job(leader.id)).state is JobState.SUBMITTING
    gateway.clock.turn(seconds=20)  # everybody takes this process for dead
    assert await gateway.sweeping.sweep() == []
    assert await gateway.states() == [JobState.SUBMIT_UNKNOWN] * 2
    held.let_go.set()
    await sending
    await gateway.settle()
    assert await gateway.states() == [JobState.SUCCEEDED, JobState.FAILED]
    assert (await gateway.job_of(made.images[1].id)).billed is Billed.NO


async def test_a_request_for_several_takes_one_slot(
    gateway: House, lumenfall: LumenfallEmulator
) -> None:
    lumenfall.seconds = 1.0
    asked = [PicturesWanted(MODEL, f"Harbour {number}.", count=3) for number in range(5)]
    for wanted in asked:
        await gateway.use_cases.picturing.request(gateway.owner, "generateImage", wanted)
    await gateway.listen()
    bells, gateway.heard.bells[:] = list(gateway.heard.bells), []
    await asyncio.gather(*map(gateway.perform, bells))
    assert [post.made for post in lumenfall.posts] == [3] * 4
    await gateway.settle()
    assert [post.made for post in lumenfall.posts] == [3] * 5


async def test_what_became_of_the_size_is_said_before_anything_is_sent(
    gateway: House, lumenfall: LumenfallEmulator
) -> None:
    wanted = shots(1, options=Options({"resolution": "3K"}))
    quote = await gateway.use_cases.variations.quote_for_image(
        gateway.owner, gateway.image_id, wanted
    )
    said = {note.parameter: note for note in quote.notes[0]}
    assert said["aspectRatio"].handling is Handling.CONVERTED
    assert (said["resolution"].asked, said["resolution"].sent) == ("3K", "5461x3072")
    assert lumenfall.posts == []


async def given_up(house: House) -> AnyRow:
    """Take an unreadable result in until it is given up."""
    (job,) = await submitted(house, 1)
    while (job := await house.job(job.id)).state is JobState.RESULT_READY:
        await house.perform(Bell(Step.FINALISE, job.id))
        house.clock.turn(minutes=1)
    assert (job.state, job.failure_code) == (JobState.FAILED, JobErrorCode.INVALID_OUTPUT)
    return job


async def test_what_could_not_be_read_is_fetched_once_more_by_the_address_that_came(
    gateway: House, lumenfall: LumenfallEmulator
) -> None:
    lumenfall.spoils_media = True
    job = await given_up(gateway)
    assert "`recoverVariation` fetches it once more, for nothing." in job.failure_message
    lumenfall.spoils_media = False
    recovered = await gateway.use_cases.recovering.recover(gateway.owner, job.image_id)
    assert recovered.outcome is RecoveryOutcome.RECOVERED
    await gateway.settle()
    assert (await gateway.image(job.image_id)).standing.ai_status is AiStatus.COMPLETED
    assert len(lumenfall.made) == 1
    bill = await price_of(gateway, job.image_id)
    assert bill is not None
    assert bill.micros == 67_000
