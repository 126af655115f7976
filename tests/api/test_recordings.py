"""What is heard and said, over real HTTP and real sockets: asked for, followed, owned and kept."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.api.house import NOBODYS, House, Person
from tests.api.lives import run_out
from tests.api.voices import (
    CANCEL,
    DELETE,
    EMPTY,
    HEARS,
    LIST,
    READ,
    RECOVER,
    RETRY,
    SAY,
    SPEAKS,
    TRANSCRIBE,
    WATCH,
    note,
    say,
    until_ended,
    until_sent,
    upload,
)
from tests.emulators.fal import FalEmulator, Fault, Operation
from tests.emulators.fal.sounds import silence


@pytest.fixture
async def person(studio: House, fal: FalEmulator) -> Person:
    fal.seconds = 0
    return await studio.person("ada")


async def followed(person: Person, recording_id: str) -> list[dict[str, Any]]:
    """Follow a recording to its end by push alone; answers every event."""
    events: list[dict[str, Any]] = []
    async with asyncio.timeout(20), person.socket() as socket:
        await socket.subscribe(WATCH, variables={"ids": [recording_id]})
        while not events or events[-1]["aiStatus"] in ("QUEUED", "PROCESSING"):
            message = await socket.receive()
            events.append(message["payload"]["data"]["recordingStatusChanged"])
    return events


async def test_a_voice_note_becomes_words(person: Person) -> None:
    asked = await person.read(TRANSCRIBE, model=HEARS, storageId=await note(person))
    assert asked["recording"]["aiStatus"] == "QUEUED"
    assert asked["recording"]["audioUrl"]
    assert asked["price"] == {"amount": None, "exactness": "UNKNOWN"}
    events = await followed(person, asked["recording"]["id"])
    versions = [event["version"] for event in events]
    assert versions == sorted(set(versions))
    assert events[-1]["aiStatus"] == "COMPLETED"
    heard = await person.read(READ, id=asked["recording"]["id"])
    assert heard["text"] == "Later, she turns. It lasts 2 seconds."
    assert heard["segments"][0] == {
        "text": "Later, she turns.", "start": 0, "end": 1, "speaker": "SPEAKER_00"
    }  # fmt: skip
    assert (heard["language"], heard["duration"], heard["model"]) == ("en", 2, HEARS)
    assert heard["error"] is None


async def test_a_text_becomes_a_sound_that_can_be_fetched(person: Person) -> None:
    options = {"voiceSetting": {"voiceId": "Wise_Woman", "emotion": "happy"}}
    asked = await person.read(SAY, model=SPEAKS, text="Good evening.", options=options)
    sent = {note["parameter"]: note["sentAs"] for note in asked["normalised"]}
    assert sent == {"voiceSetting": "voice_setting", "outputFormat": "output_format"}
    await followed(person, asked["recording"]["id"])
    said = await person.read(READ, id=asked["recording"]["id"])
    assert (said["contentType"], said["duration"]) == ("audio/wav", 1)
    answer = await person.http.get(httpx.URL(said["audioUrl"]).raw_path.decode())
    assert (answer.content, answer.headers["content-type"]) == (silence(1), "audio/wav")
    assert (await person.read("query ($id: ID!) { node(id: $id) { id } }", id=said["id"]))["id"]


async def test_what_is_asked_with_one_key_is_made_once(person: Person, fal: FalEmulator) -> None:
    first, again = [
        await person.read(SAY, model=SPEAKS, text="Hello.", key="once") for _ in range(2)
    ]
    assert first["recording"]["id"] == again["recording"]["id"]
    await followed(person, first["recording"]["id"])
    assert len(fal.ledger.posts) == 1


async def test_a_dry_run_leaves_no_trace(person: Person, fal: FalEmulator) -> None:
    dry = await person.read(SAY, model=SPEAKS, text="Hello.", dryRun=True)
    assert (dry["success"], dry["recording"]) == (True, None)
    assert dry["price"] == {"amount": "0.0006", "exactness": "ESTIMATE"}
    assert await person.read(LIST) == EMPTY
    assert fal.ledger.posts == []


async def test_a_dry_run_is_refused_for_its_key_as_the_run_is(person: Person) -> None:
    assert (await person.read(SAY, model=SPEAKS, text="Hello.", key="k"))["success"]
    for text, key in (("Hello.", " "), ("Farewell.", "k")):
        dry = await person.user_error(SAY, model=SPEAKS, text=text, key=key, dryRun=True)
        assert dry["field"] == ["idempotencyKey"]
        assert dry == await person.user_error(SAY, model=SPEAKS, text=text, key=key)


async def test_a_dry_run_is_refused_for_an_address_that_is_none_as_the_run_is(
    person: Person,
) -> None:
    for address in ("", "not a url", "file:///etc/passwd", "http://127.0.0.1/x.wav"):
        dry = await person.user_error(TRANSCRIBE, model=HEARS, audioUrl=address, dryRun=True)
        assert (dry["code"], dry["field"]) == ("SOURCE_UNREACHABLE", ["audioUrl"])
        assert dry == await person.user_error(TRANSCRIBE, model=HEARS, audioUrl=address)


async def test_refusals_name_the_argument(person: Person) -> None:
    refused = await person.user_error(SAY, model=SPEAKS, text=" ")
    assert (refused["code"], refused["field"]) == ("INVALID_INPUT", ["text"])
    refused = await person.user_error(SAY, model=HEARS, text="Hello.")
    assert (refused["code"], refused["field"]) == ("MODEL_UNKNOWN", ["model"])
    refused = await person.user_error(TRANSCRIBE, model=HEARS)
    assert (refused["code"], refused["field"]) == ("SOURCE_MISSING", ["storageId"])
    picture = await person.upload()
    refused = await person.user_error(TRANSCRIBE, model=HEARS, storageId=picture)
    assert (refused["code"], refused["field"]) == ("NOT_FOUND", ["storageId"])
    bored = {"voiceSetting": {"emotion": "bored"}}
    refused = await person.user_error(SAY, model=SPEAKS, text="Hello.", options=bored)
    assert refused["field"] == ["options", "voiceSetting"]


async def test_without_a_key_of_the_provider_it_says_what_to_do(ada: Person) -> None:
    refused = await ada.user_error(SAY, model=SPEAKS, text="Hello.")
    assert refused["code"] == "MODEL_UNAVAILABLE"
    assert "FAL_API_KEY" in refused["message"]


async def test_nobody_sees_what_is_somebody_elses(studio: House, person: Person) -> None:
    theirs = (await person.read(SAY, model=SPEAKS, text="Hello."))["recording"]["id"]
    sound = await note(person)
    stranger = await studio.person("bob")
    for recording_id in (theirs, *NOBODYS):
        assert await stranger.read(READ, id=recording_id) is None
    assert await stranger.read(LIST) == EMPTY
    refused = await stranger.user_error(TRANSCRIBE, model=HEARS, storageId=sound)
    assert refused["code"] == "NOT_FOUND"
    async with stranger.socket() as socket:
        await socket.subscribe(WATCH, variables={"ids": [theirs]})
        (error,) = (await socket.receive())["payload"]["errors"]
        assert error["extensions"]["code"] == "NOT_FOUND"


async def test_they_are_listed_page_by_page(person: Person) -> None:
    ids = [await say(person, f"Number {number}.") for number in range(3)]
    await note(person)
    page = """query ($first: Int, $after: String, $last: Int, $before: String) {
      recordings(first: $first, after: $after, last: $last, before: $before) {
        edges { cursor node { id } } nodes { id } totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    newest = await person.read(page, first=2)
    assert [each["id"] for each in newest["nodes"]] == ids[:0:-1]
    assert [each["node"] for each in newest["edges"]] == newest["nodes"]
    assert (newest["totalCount"], newest["pageInfo"]["hasNextPage"]) == (3, True)
    rest = await person.read(page, first=2, after=newest["pageInfo"]["endCursor"])
    assert [each["id"] for each in rest["nodes"]] == ids[:1]
    assert (rest["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasPreviousPage"]) == (False, True)
    back = await person.read(page, last=2, before=rest["pageInfo"]["startCursor"])
    assert back["nodes"] == newest["nodes"]
    chosen = """query ($kind: RecordingKind, $status: AiStatus, $search: String) {
      recordings(filter: {kind: $kind, aiStatus: $status}, search: $search) { totalCount } }"""
    for asked, found in (
        ({"kind": "SPEECH"}, 3),
        ({"kind": "TRANSCRIPTION"}, 0),
        ({"status": "FAILED"}, 0),
        ({"search": "NUMBER 2"}, 1),
    ):
        assert (await person.read(chosen, **asked))["totalCount"] == found
    for wrong in ({"first": 101}, {"last": 0}):
        assert (await person.refusal(page, **wrong))["reason"] == "COUNT_OUT_OF_RANGE"
    assert (await person.refusal(page, after=ids[0]))["reason"] == "INVALID_INPUT"


@pytest.mark.parametrize(
    ("content", "content_type", "status", "code"),
    [
        (b"<html>", "audio/wav", 422, "NOT_AUDIO"),
        (b"ID3\x04" + bytes(200), "audio/mpeg", 422, "NOT_AUDIO"),
        (b"\x00\x00\x00\x20ftypavif" + bytes(200), "audio/mp4", 422, "NOT_AUDIO"),
        (silence(0.1), "text/plain", 415, "UNSUPPORTED_TYPE"),
        (b"RIFF" + bytes(50 * 2**20), "audio/wav", 413, "TOO_LARGE"),
    ],
)
async def test_only_sound_of_a_size_is_taken_in(
    person: Person, content: bytes, content_type: str, status: int, code: str
) -> None:
    answer = await upload(person, content, content_type)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    if status == 422:
        assert "WAV, MP3, AAC, M4A, Ogg (Opus or Vorbis), FLAC or WebM" in answer.text


async def test_what_waits_at_the_provider_is_stopped_and_made_again_knowingly(
    any_studio: House, fal: FalEmulator
) -> None:
    ada = await any_studio.person("ada")
    recording_id = await say(ada)
    await until_sent(ada, recording_id)
    under_way = await ada.read(RETRY, id=recording_id)
    assert (under_way["outcome"], under_way["price"]) == ("NOT_NEEDED", None)
    stopping = await ada.read(CANCEL, id=recording_id)
    assert (stopping["outcome"], stopping["recording"]["aiStatus"]) == ("STOPPING", "PROCESSING")
    stopped = await until_ended(ada, recording_id)
    assert (stopped["aiStatus"], stopped["error"]["code"]) == ("FAILED", "CANCELLED")
    assert (await ada.read(CANCEL, id=recording_id))["outcome"] == "ENDED"
    fal.seconds = 0
    assert (await ada.read(RETRY, id=recording_id))["outcome"] == "MAYBE_CHARGED"
    dry = await ada.read(RETRY, id=recording_id, even=True, dryRun=True)
    assert dry["outcome"] == "RETRIED"
    assert dry["price"]["amount"] is not None
    assert dry["price"]["exactness"] == "ESTIMATE"
    assert dry["recording"]["aiStatus"] == "FAILED"
    retried = [await ada.read(RETRY, id=recording_id, even=True, key="k") for _ in range(2)]
    assert [each["outcome"] for each in retried] == ["RETRIED"] * 2
    assert retried[0]["recording"]["aiStatus"] == "QUEUED"
    said = await until_ended(ada, recording_id)
    assert [(each["number"], each["state"], each["billed"]) for each in said["attempts"]] == [
        (1, "CANCELLED", "UNKNOWN"),
        (2, "SUCCEEDED", "YES"),
    ]
    assert (said["aiStatus"], bool(said["audioUrl"]), said["deleted"]) == ("COMPLETED", True, False)
    assert said["normalised"][0]["parameter"] == "outputFormat"
    assert len(fal.ledger.accepted) == 2


async def test_what_was_lost_is_found_again_and_paid_once(
    any_studio: House, fal: FalEmulator
) -> None:
    fal.seconds = 0
    fal.disturb_always(Operation.STATUS, Fault(status=503, body="down"))
    ada = await any_studio.person("ada")
    recording_id = await say(ada)
    await until_sent(ada, recording_id)
    await run_out(any_studio)
    lost = await until_ended(ada, recording_id)
    assert lost["error"]["code"] == "RESULT_LOST"
    down = await ada.read(RECOVER, id=recording_id)
    assert (down["success"], down["outcome"]) == (True, "CANNOT_KNOW")
    fal.disturb_always(Operation.STATUS, None)
    found = await ada.read(RECOVER, id=recording_id)
    assert (found["outcome"], found["recording"]["aiStatus"]) == ("RECOVERED", "PROCESSING")
    said = await until_ended(ada, recording_id)
    assert [each["billed"] for each in said["attempts"]] == ["YES", "NO"]
    assert said["attempts"][0]["requestId"] == said["attempts"][1]["requestId"]
    assert (await ada.read(RECOVER, id=recording_id))["outcome"] == "NOT_NEEDED"
    assert len(fal.ledger.accepted) == 1


async def test_what_is_deleted_is_told_once_and_gone(any_studio: House, fal: FalEmulator) -> None:
    fal.seconds = 0.5
    ada = await any_studio.person("ada")
    recording_id = await say(ada)
    await until_sent(ada, recording_id)
    storage_id = await note(ada)
    events: list[dict[str, Any]] = []
    async with asyncio.timeout(20), ada.socket() as socket:
        await socket.subscribe(WATCH, variables={"ids": [recording_id, storage_id]})
        gone = await ada.read(DELETE, ids=[recording_id, recording_id])
        assert gone["deletedIds"] == [recording_id]
        while not events or not events[-1]["deleted"]:
            message = await socket.receive()
            events.append(message["payload"]["data"]["recordingStatusChanged"])
        # It is finished all the same, and nobody hears of it.
        while fal.ledger.results == []:  # noqa: ASYNC110 - a poll is what is meant
            await asyncio.sleep(0.02)
        assert (await ada.read(DELETE, ids=[storage_id]))["deletedIds"] == [storage_id]
        last = (await socket.receive())["payload"]["data"]["recordingStatusChanged"]
    assert events[-1]["id"] == recording_id
    assert (last["id"], last["deleted"]) == (storage_id, True)
    assert await ada.read(READ, id=recording_id) is None
    assert await ada.read(LIST) == EMPTY


async def test_nobody_changes_what_is_somebody_elses(studio: House, person: Person) -> None:
    theirs, sound = await say(person), await note(person)
    stranger = await studio.person("bob")
    for document in (CANCEL, RETRY, RECOVER):
        refused = await person.user_error(document, id=sound)
        assert (refused["code"], refused["field"]) == ("INVALID_INPUT", ["id"])
        answers = [
            await stranger.user_error(document, id=recording_id)
            for recording_id in (theirs, *NOBODYS)
        ]
        assert {answer["code"] for answer in answers} == {"NOT_FOUND"}
        assert len({answer["message"] for answer in answers}) == 1
    own = await note(stranger)
    for recording_id in (theirs, *NOBODYS):
        refused = await stranger.user_error(DELETE, ids=[own, recording_id])
        assert (refused["code"], refused["field"]) == ("NOT_FOUND", ["ids", "1"])
    assert await stranger.read(READ, id=own)
    assert await person.read(READ, id=theirs)
