"""Following the life of what fal.ai hears and says, over real HTTP."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

from tests.api.house import Person
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
  recordingStatusChanged(ids: $ids) {
    id aiStatus stage version text deleted error { code }
  }
}"""
READ = """query ($id: ID!) { recording(id: $id) {
  id aiStatus stage stageMessage error { code } text segments { text start end speaker } language
  audioUrl contentType duration provider model providerMetadata version createdAt
  price { amount exactness } progress queuePosition deleted
  normalised { parameter sentAs handling }
  attempts { number state billed requestId error { code } } } }"""
STANDS = "success userErrors { code message field } recording { id aiStatus }"
CANCEL = f"mutation ($id: ID!) {{ cancelRecording(id: $id) {{ {STANDS} outcome }} }}"
RETRY = f"""mutation ($id: ID!, $even: Boolean, $dryRun: Boolean, $key: String) {{
  retryRecording(id: $id, evenIfMaybeCharged: $even, dryRun: $dryRun, idempotencyKey: $key) {{
    {STANDS} outcome price {{ amount exactness }}
  }}
}}"""
RECOVER = f"mutation ($id: ID!) {{ recoverRecording(id: $id) {{ {STANDS} outcome message }} }}"
DELETE = """mutation ($ids: [ID!]!) {
  deleteRecordings(ids: $ids) { success userErrors { code message field } deletedIds }
}"""
LIST = "{ recordings { nodes { id text } totalCount } }"
EMPTY = {"nodes": [], "totalCount": 0}


async def upload(person: Person, content: bytes, content_type: str = "audio/wav") -> httpx.Response:
    url = (await person.read("mutation { generateUploadUrl { uploadUrl } }"))["uploadUrl"]
    path = httpx.URL(url).raw_path.decode()
    return await person.http.post(path, content=content, headers={"Content-Type": content_type})


async def note(person: Person) -> str:
    answer = await upload(person, silence(2))
    return str(answer.raise_for_status().json()["storageId"])


async def say(person: Person, text: str = "Good evening.", **wanted: Any) -> str:
    """Ask for a text to be spoken; answers the recording's id."""
    payload = await person.read(SAY, model=SPEAKS, text=text, **wanted)
    return str(payload["recording"]["id"])


async def until(person: Person, recording_id: str, holds: Callable[[Any], bool]) -> Any:
    """Wait until a recording stands as wanted; answers how it stands."""
    async with asyncio.timeout(30):
        while not holds(seen := await person.read(READ, id=recording_id)):  # noqa: ASYNC110 - a poll
            await asyncio.sleep(0.02)
    return seen


async def until_sent(person: Person, recording_id: str) -> None:
    """Wait until the provider has it."""
    await until(person, recording_id, lambda it: it["attempts"][-1]["state"] == "SUBMITTED")


async def until_ended(person: Person, recording_id: str) -> Any:
    """Wait until it is finished, whichever way."""
    return await until(person, recording_id, lambda it: it["aiStatus"] in ("COMPLETED", "FAILED"))
