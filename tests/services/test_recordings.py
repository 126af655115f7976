"""What is heard and said, on both databases: paid once, kept whole, and never lost sight of."""

import asyncio
from dataclasses import replace

import pytest

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import AiStatus
from graphapi.domain.jobs import Billed, JobState, Stage
from graphapi.domain.money import Exactness
from graphapi.domain.options import Options
from graphapi.domain.pages import Cursor, RecordingFilter, Window
from graphapi.domain.recordings import RecordingKind, Segment
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.ports.sound import SoundRefused
from graphapi.services.requests import SoundWanted
from graphapi.services.retrying import RetryWanted
from tests.emulators.fal import Fault, Operation, Outcome, model_failure
from tests.emulators.fal.sounds import silence
from tests.services.house import House
from tests.services.voices import EVERY_ONE, HEARS, SPEECH, ask, hearing, job_of, listed, note, now


async def test_a_voice_note_is_written_down(house: House) -> None:
    asked = await ask(house, hearing(storage_id=await note(house)))
    assert (asked.standing.ai_status, asked.standing.stage) == (AiStatus.QUEUED, Stage.WAITING)
    assert (asked.text, asked.model, asked.provider) == (None, HEARS, "fal")
    await house.settle()
    heard = await now(house, asked)
    assert heard.standing.ai_status is AiStatus.COMPLETED
    assert heard.text == "Later, she turns. It lasts 2 seconds."
    assert heard.segments[0] == Segment("Later, she turns.", 0, 1, "SPEAKER_00")
    assert (heard.language, heard.seconds) == ("en", 2)
    assert heard.version > asked.version
    job = await job_of(house, asked)
    assert (job.state, job.billed, job.billable_units) == (JobState.SUCCEEDED, Billed.YES, 1)
    assert len(house.fal.ledger.posts) == 1


async def test_a_text_is_spoken_and_its_sound_lies_in_storage(house: House) -> None:
    asked = await ask(house, SPEECH)
    await house.settle()
    said = await now(house, asked)
    assert said.standing.ai_status is AiStatus.COMPLETED
    assert said.text == SPEECH.text
    assert said.audio
    assert said.audio.content_type == "audio/wav"
    assert await house.base.storage.get(said.audio.key) == silence(2)
    assert said.seconds == 2


async def test_a_speech_is_settled_as_it_was_estimated_whatever_its_bill_counts(
    house: House,
) -> None:
    quoted = await house.use_cases.recordings.rehearse(house.owner, SPEECH)
    assert (quoted.price.micros, quoted.price.exactness) == (2600, Exactness.ESTIMATE)
    asked = await ask(house, SPEECH)
    await house.settle()
    job = await job_of(house, asked)
    assert (job.billable_units, job.billed) == (1, Billed.YES)
    prices = await house.use_cases.spendings.of_recordings(house.owner, [asked.id])
    assert prices[asked.id] == quoted.price


async def test_a_sound_inside_the_answer_is_kept_too(house: House) -> None:
    asked = await ask(house, replace(SPEECH, options=Options({"outputFormat": "hex"})))
    await house.settle()
    said = await now(house, asked)
    assert said.audio
    assert await house.base.storage.get(said.audio.key) == silence(2)


async def test_what_lies_at_an_address_is_fetched_and_heard(house: House) -> None:
    editor = house.base.models.editor("fal")
    assert editor
    lies_at = await editor.host(silence(3), "audio/wav")
    asked = await ask(house, hearing(audio_url=lies_at.url))
    await house.settle()
    heard = await now(house, asked)
    assert heard.seconds == 3
    assert heard.audio
    assert heard.audio.byte_count == len(silence(3))


async def test_what_is_no_recording_is_not_heard(house: House) -> None:
    editor = house.base.models.editor("fal")
    assert editor
    lies_at = await editor.host(b"words", "audio/wav")
    with pytest.raises(Refused) as caught:
        await ask(house, hearing(audio_url=lies_at.url))
    assert caught.value.code is UserErrorCode.SOURCE_NOT_AUDIO
    assert caught.value.field == ("audioUrl",)


async def test_the_same_key_is_the_same_recording(house: House) -> None:
    first, second = await ask(house, SPEECH, "k"), await ask(house, SPEECH, "k")
    assert first.id == second.id
    with pytest.raises(Refused) as caught:
        await ask(house, replace(SPEECH, text="Something else."), "k")
    assert caught.value.code is UserErrorCode.IDEMPOTENCY_CONFLICT
    assert len(await house.all_jobs()) == 1


async def test_a_rehearsal_checks_and_leaves_no_trace(house: House) -> None:
    quote = await house.use_cases.recordings.rehearse(house.owner, SPEECH)
    assert quote.notes[0].sent_as == "output_format"
    assert await house.all_jobs() == []
    assert await listed(house) == []


@pytest.mark.parametrize(
    ("wanted", "code", "field"),
    [
        (replace(SPEECH, text=" "), UserErrorCode.INVALID_INPUT, ("text",)),
        (replace(SPEECH, text="a" * 10_001), UserErrorCode.INVALID_INPUT, ("text",)),
        (replace(SPEECH, model=HEARS), UserErrorCode.MODEL_UNKNOWN, ("model",)),
        (replace(SPEECH, model="none"), UserErrorCode.MODEL_UNKNOWN, ("model",)),
        (hearing(), UserErrorCode.SOURCE_MISSING, ("storageId",)),
        (hearing(storage_id="a", audio_url="b"), UserErrorCode.SOURCE_MISSING, ("storageId",)),
        *(
            (hearing(audio_url=address), UserErrorCode.SOURCE_UNREACHABLE, ("audioUrl",))
            for address in ("", "not a url", "file:///etc/passwd", "http://127.0.0.1/x.wav")
        ),
        (hearing(storage_id="rec_no"), UserErrorCode.NOT_FOUND, ("storageId",)),
        (
            replace(SPEECH, options=Options({"seed": 1})),
            UserErrorCode.INVALID_INPUT,
            ("options", "seed"),
        ),
        (replace(SPEECH, expires_after=1), UserErrorCode.COUNT_OUT_OF_RANGE, ("expiresAfter",)),
    ],
)
async def test_what_cannot_be_done_is_refused_and_leaves_no_trace(
    house: House, wanted: SoundWanted, code: UserErrorCode, field: tuple[str, ...]
) -> None:
    for door in (house.use_cases.recordings.rehearse, house.use_cases.recordings.request):
        with pytest.raises(Refused) as caught:
            await door(house.owner, wanted)
        assert (caught.value.code, caught.value.field) == (code, field)
    assert await house.all_jobs() == []


async def test_nobody_hears_what_is_somebody_elses(house: House) -> None:
    theirs = await note(house)
    stranger = await house.use_cases.users.adopt_token("bob", "gapi_bob")
    assert await house.use_cases.recordings.get(stranger, theirs) is None
    with pytest.raises(NotFound):
        await house.use_cases.recordings.request(stranger, hearing(storage_id=theirs))


async def test_only_sound_is_kept(house: House) -> None:
    with pytest.raises(SoundRefused):
        await house.use_cases.recordings.receive(house.owner.id, b"<html>")


async def test_a_failure_of_the_model_is_told(house: House) -> None:
    house.fal.plan_all(model_failure("content_policy_violation"))
    asked = await ask(house, SPEECH)
    await house.settle()
    failed = (await now(house, asked)).standing
    assert failed.ai_status is AiStatus.FAILED
    assert failed.failure
    assert failed.failure.code is JobErrorCode.CONTENT_POLICY


async def test_a_lost_answer_is_found_again_and_never_sent_twice(house: House) -> None:
    house.fal.disturb(Operation.SUBMIT, Fault(status=502, accept=True))
    asked = await ask(house, SPEECH)
    await house.answer_bells()
    assert (await now(house, asked)).standing.stage is Stage.SUBMIT_UNKNOWN
    async with asyncio.timeout(10):
        while not house.fal.platform.history:  # noqa: ASYNC110 - an emulator tells nobody
            await asyncio.sleep(0.01)
    house.clock.turn(seconds=61)
    await house.sweep()
    await house.settle()
    assert (await now(house, asked)).standing.ai_status is AiStatus.COMPLETED
    assert len(house.fal.ledger.posts) == 1


async def test_a_sound_that_breaks_off_is_fetched_again(house: House) -> None:
    house.fal.plan(0, Outcome(media=Fault(status=503)))
    asked = await ask(house, SPEECH)
    await house.answer_bells()
    await house.poll()
    await house.answer_bells()
    job = await job_of(house, asked)
    assert (job.state, job.tries) == (JobState.RESULT_READY, 1)
    assert (await now(house, asked)).standing.stage is Stage.SAVING


async def test_a_sound_whose_request_is_forgotten_is_fetched_from_where_it_was(
    house: House,
) -> None:
    asked = await ask(house, SPEECH)
    await house.answer_bells()
    await house.poll()
    house.fal.disturb(Operation.MEDIA, Fault(status=503, body="down"))
    await house.answer_bells()
    house.fal.forget((await job_of(house, asked)).request_id)
    house.clock.turn(seconds=2)
    await house.sweep()
    assert (await now(house, asked)).standing.ai_status is AiStatus.COMPLETED


async def test_they_are_listed_newest_first_without_uploads(house: House) -> None:
    storage_id = await note(house)
    first = await ask(house, hearing(storage_id=storage_id))
    house.clock.turn(seconds=1)
    second = await ask(house, SPEECH)
    assert await listed(house) == [second.id, first.id]


async def test_a_walk_meets_each_recording_once_whatever_comes_and_goes(house: House) -> None:
    asked = [(await ask(house, SPEECH)).id for _ in range(2)]
    house.clock.turn(seconds=1)
    asked += [(await ask(house, SPEECH)).id for _ in range(3)]
    newest_first, met = asked[::-1], list[str]()
    after: str | None = None
    for _ in range(4):
        window = Window.of(first=2, after=after, last=None, before=None)
        page = await house.use_cases.recordings.page(house.owner, window, EVERY_ONE, None)
        met += [each.id for each in page.items]
        if not page.has_next:
            break
        after = Cursor(page.items[-1].created_at, page.items[-1].id).encode()
        house.clock.turn(seconds=1)
        await ask(house, SPEECH)  # newer than where the walk has come
    assert met == newest_first
    assert page.total == 7
    assert await listed(house, last=2) == newest_first[-2:]


async def test_a_filter_leaves_those_of_one_kind_or_standing(house: House) -> None:
    heard = await ask(house, hearing(storage_id=await note(house)))
    house.clock.turn(seconds=1)
    said = await ask(house, SPEECH)
    await house.settle()
    house.clock.turn(seconds=1)
    waiting = await ask(house, SPEECH)
    spoken, done = RecordingKind.SPEECH, AiStatus.COMPLETED
    for chosen, found in (
        (RecordingFilter(), [waiting, said, heard]),
        (RecordingFilter(kind=spoken), [waiting, said]),
        (RecordingFilter(kind=RecordingKind.TRANSCRIPTION), [heard]),
        (RecordingFilter(ai_status=done), [said, heard]),
        (RecordingFilter(kind=spoken, ai_status=done), [said]),
        (RecordingFilter(ai_status=AiStatus.FAILED), []),
    ):
        assert await listed(house, chosen) == [each.id for each in found]


async def test_a_recording_that_was_made_twice_is_listed_once(house: House) -> None:
    house.fal.plan(0, model_failure("content_policy_violation"))
    asked = await ask(house, SPEECH)
    await house.settle()
    await house.use_cases.retrying_recordings.retry(house.owner, RetryWanted(asked.id))
    window = Window.of(first=2, after=None, last=None, before=None)
    chosen = RecordingFilter(kind=RecordingKind.SPEECH)
    page = await house.use_cases.recordings.page(house.owner, window, chosen, None)
    assert ([each.id for each in page.items], page.total) == ([asked.id], 1)


async def test_a_search_finds_what_is_said_in_every_word_of_it(house: House) -> None:
    said = await ask(house, replace(SPEECH, text="Größe zählt: 100% of the_take."))
    heard = await ask(house, hearing(storage_id=await note(house)))
    assert await listed(house, search="turns") == []
    await house.settle()
    for search, found in (
        ("gröSSe", []),
        ("GRÖßE take", [said]),
        ("100% the_", [said]),
        ("take missing", []),
        ("t%e", []),
        ("LATER turns", [heard]),
        ("  ", [heard, said]),
    ):
        assert await listed(house, search=search) == [each.id for each in found], search
    with pytest.raises(Refused) as caught:
        await listed(house, search="x" * 201)
    assert (caught.value.code, caught.value.field) == (UserErrorCode.INVALID_INPUT, ("search",))


async def test_a_walk_through_what_is_filtered_meets_each_once(house: House) -> None:
    storage_id, spoken = await note(house), list[str]()
    for _ in range(3):
        spoken.insert(0, (await ask(house, SPEECH)).id)
        await ask(house, hearing(storage_id=storage_id))
    chosen, met, after = RecordingFilter(kind=RecordingKind.SPEECH), list[str](), None
    for _ in spoken:
        window = Window.of(first=1, after=after, last=None, before=None)
        page = await house.use_cases.recordings.page(house.owner, window, chosen, "welcome")
        assert page.total == len(spoken)
        met += [each.id for each in page.items]
        after = Cursor(page.items[-1].created_at, page.items[-1].id).encode()
    assert (met, page.has_next) == (spoken, False)
    assert await listed(house, chosen, last=2) == spoken[-2:]


async def delete(house: House, *recordings: str) -> list[str]:
    return await house.use_cases.recordings.delete(house.owner, recordings)


async def test_what_is_deleted_is_nowhere_to_be_found(house: House) -> None:
    storage_id = await note(house)
    heard = await ask(house, hearing(storage_id=storage_id), "k")
    await house.settle()
    assert await delete(house, heard.id, storage_id, heard.id) == [heard.id, storage_id]
    recordings = house.use_cases.recordings
    assert await listed(house) == []
    assert await recordings.get_many(house.owner, [heard.id, storage_id]) == {}
    with pytest.raises(NotFound):
        await ask(house, hearing(storage_id=storage_id))
    again = await recordings.request(house.owner, hearing(storage_id=storage_id), "k")
    assert again.recording is None
    assert len(await house.all_jobs()) == 1


async def test_what_was_made_of_a_deleted_recording_stays_with_its_sound(house: House) -> None:
    storage_id = await note(house)
    heard = await ask(house, hearing(storage_id=storage_id))
    await delete(house, storage_id)
    await house.settle()
    there = await now(house, heard)
    assert there.standing.ai_status is AiStatus.COMPLETED
    assert there.audio
    assert await house.base.storage.get(there.audio.key) == silence(2)


async def test_what_waits_is_cancelled_unspent_when_it_is_deleted(house: House) -> None:
    asked = await ask(house, SPEECH)
    await delete(house, asked.id)
    await house.settle()
    job = await job_of(house, asked)
    assert (job.state, job.billed) == (JobState.CANCELLED, Billed.NO)
    assert house.fal.ledger.posts == []


async def test_what_is_paid_is_taken_in_when_it_is_deleted_meanwhile(house: House) -> None:
    asked = await ask(house, SPEECH)
    await house.answer_bells()
    await delete(house, asked.id)
    await house.settle()
    job = await job_of(house, asked)
    assert (job.state, job.billed) == (JobState.SUCCEEDED, Billed.YES)
    (kept,) = (await house.use_cases.recordings.followed(house.owner, [asked.id])).values()
    assert kept.deleted
    assert kept.audio


async def test_all_are_deleted_or_none(house: House) -> None:
    asked, theirs = await ask(house, SPEECH), await note(house)
    stranger = await house.use_cases.users.adopt_token("bob", "gapi_bob")
    own = await house.use_cases.recordings.receive(stranger.id, silence(1))
    for foreign in (asked.id, "rec_nobody", house.image_id):
        with pytest.raises(NotFound) as caught:
            await house.use_cases.recordings.delete(stranger, [own, foreign])
        assert caught.value.field == ("ids", "1")
        assert await house.use_cases.recordings.get(stranger, own)
    assert set(await house.use_cases.recordings.get_many(house.owner, [asked.id, theirs])) == {
        asked.id,
        theirs,
    }


async def test_whoever_follows_a_recording_is_told_that_it_is_deleted(house: House) -> None:
    asked = await ask(house, SPEECH)
    await delete(house, asked.id)
    told = await house.use_cases.recordings.followed(house.owner, [asked.id])
    assert (told[asked.id].deleted, told[asked.id].version > asked.version) == (True, True)
