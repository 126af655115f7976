"""What is heard and said, over real HTTP and real sockets: asked for, followed, owned and kept."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.api.house import NOBODYS, House, Person
from tests.emulators.fal import FalEmulator
from tests.emulators.fal.sounds import silence

HEARS, SPEAKS = "fal-ai/whisper", "fal-ai/minimax/speech-02-hd"
PARTS = """success userErrors { code message field }
  recording { id aiStatus stage text audioUrl version } price { amount exactness }
  normalised { parameter sentAs handling }"""
TRANSCRIBE = f"""mutation ($storageId: ID, $audioUrl: String, $model: String!, $key: String,
    $options: TranscriptionOptionsInput, $dryRun: Boolean = false) {{
  transcribe(model: $model, storageId: $storageId, audioUrl: $audioUrl, options: $options,
    idempotencyKey: $key, dryRun: $dryRun) {{ {PARTS} }}
}}"""
SAY = f"""mutation ($text: String!, $model: String!, $key: String, $options: SpeechOptionsInput,
    $dryRun: Boolean = false) {{
  generateSpeech(model: $model, text: $text, options: $options, idempotencyKey: $key,
    dryRun: $dryRun) {{ {PARTS} }}
}}"""
WATCH = """subscription ($ids: [ID!]!) {
  recordingStatusChanged(ids: $ids) { id aiStatus stage version text error { code } }
}"""
READ = """query ($id: ID!) { recording(id: $id) {
  id aiStatus stage stageMessage error { code } text segments { text start end speaker } language
  audioUrl contentType duration provider model providerMetadata version createdAt
  price { amount exactness } progress queuePosition } }"""
LIST = "{ recordings { id text } }"


@pytest.fixture
async def person(studio: House, fal: FalEmulator) -> Person:
    fal.seconds = 0
    return await studio.person("ada")


async def upload(person: Person, content: bytes, content_type: str = "audio/wav") -> httpx.Response:
    url = (await person.read("mutation { generateUploadUrl { uploadUrl } }"))["uploadUrl"]
    path = httpx.URL(url).raw_path.decode()
    return await person.http.post(path, content=content, headers={"Content-Type": content_type})


async def note(person: Person) -> str:
    answer = await upload(person, silence(2))
    return str(answer.raise_for_status().json()["storageId"])


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
    assert dry["price"]["exactness"] == "UNKNOWN"
    assert await person.read(LIST) == []
    assert fal.ledger.posts == []


async def test_a_dry_run_is_refused_for_its_key_as_the_run_is(person: Person) -> None:
    assert (await person.read(SAY, model=SPEAKS, text="Hello.", key="k"))["success"]
    for text, key in (("Hello.", " "), ("Farewell.", "k")):
        dry = await person.user_error(SAY, model=SPEAKS, text=text, key=key, dryRun=True)
        assert dry["field"] == ["idempotencyKey"]
        assert dry == await person.user_error(SAY, model=SPEAKS, text=text, key=key)


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
    assert refused["code"] == "MODEL_UNKNOWN"
    assert "FAL_API_KEY" in refused["message"]


async def test_nobody_sees_what_is_somebody_elses(studio: House, person: Person) -> None:
    theirs = (await person.read(SAY, model=SPEAKS, text="Hello."))["recording"]["id"]
    sound = await note(person)
    stranger = await studio.person("bob")
    for recording_id in (theirs, *NOBODYS):
        assert await stranger.read(READ, id=recording_id) is None
    assert await stranger.read(LIST) == []
    refused = await stranger.user_error(TRANSCRIBE, model=HEARS, storageId=sound)
    assert refused["code"] == "NOT_FOUND"
    async with stranger.socket() as socket:
        await socket.subscribe(WATCH, variables={"ids": [theirs]})
        (error,) = (await socket.receive())["payload"]["errors"]
        assert error["extensions"]["code"] == "NOT_FOUND"


async def test_they_are_listed_page_by_page(person: Person) -> None:
    ids = [
        (await person.read(SAY, model=SPEAKS, text=f"Number {number}."))["recording"]["id"]
        for number in range(3)
    ]
    await note(person)
    page = "query ($after: ID) { recordings(first: 2, after: $after) { id } }"
    assert [each["id"] for each in await person.read(page)] == ids[:0:-1]
    assert [each["id"] for each in await person.read(page, after=ids[1])] == ids[:1]
    refused = await person.refusal("{ recordings(first: 201) { id } }")
    assert refused["reason"] == "COUNT_OUT_OF_RANGE"


@pytest.mark.parametrize(
    ("content", "content_type", "status", "code"),
    [
        (b"<html>", "audio/wav", 422, "NOT_AUDIO"),
        (silence(0.1), "text/plain", 415, "UNSUPPORTED_TYPE"),
        (b"RIFF" + bytes(50 * 2**20), "audio/wav", 413, "TOO_LARGE"),
    ],
)
async def test_only_sound_of_a_size_is_taken_in(
    person: Person, content: bytes, content_type: str, status: int, code: str
) -> None:
    answer = await upload(person, content, content_type)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
