"""The models of sound: what goes out to each, to the letter, and what is made of their answers.

`golden_sounds.json` was read row by row against the models' documents; SOURCE stands for the
address of a recording.
"""

import asyncio
import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from graphapi.domain.audio_marks import audio_type
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.jobs import Billed
from graphapi.domain.models import ModelKind
from graphapi.domain.options import Options, settle
from graphapi.domain.recordings import AudioType, Segment
from graphapi.errors import InDoubt, Rejected
from graphapi.ports.editing import Found, Marker, NotSeen, Ticket
from graphapi.ports.sound import SoundModel, SoundRequest
from graphapi.ports.sound_result import SoundResult
from graphapi.providers.fal import FalWebhookVerifier
from graphapi.providers.fal.sound_results import speech, transcript
from graphapi.providers.fal.sounds import FalSounds
from tests.emulators.fal import Fault, Operation
from tests.emulators.fal.models import checked_by
from tests.emulators.fal.sounds import SOUNDS, silence
from tests.providers.fal.conftest import MODELS, Doorstep, Fal

GOLDEN = json.loads((Path(__file__).parent / "golden_sounds.json").read_text())
ROWS = {model.id: model for model in MODELS.values() if model.subject_field}
HEARS, SPEAKS = "fal-ai/whisper", "fal-ai/minimax/speech-02-hd"
TEXT = "Good evening."


def sounds(fal: Fal, model_id: str) -> SoundModel:
    heard = ROWS[model_id].kind is ModelKind.TRANSCRIPTION
    return FalSounds(fal.editor.queue, transcript if heard else speech)


def request(model_id: str, subject: str, options: Options | None = None) -> SoundRequest:
    row = ROWS[model_id]
    return SoundRequest(
        job_id="job_1",
        model=row.endpoint,
        subject=subject,
        subject_field=row.subject_field or "",
        attempt_token="attempt-1",
        start_seconds=600,
        options=settle(row, options).wire,
    )


async def finished(model: SoundModel, ticket: Ticket) -> SoundResult:
    async with asyncio.timeout(10):
        while not isinstance(standing := await model.check(ticket), SoundResult):
            pass
    return standing


async def hosted(fal: Fal, seconds: float = 2) -> str:
    return (await fal.editor.host(silence(seconds), "audio/wav")).url


def test_every_model_and_parameter_is_in_the_table() -> None:
    assert GOLDEN.keys() == ROWS.keys() == SOUNDS.keys()
    for model_id, rows in GOLDEN.items():
        named = {name for row in rows for name in row["options"]}
        assert named == {parameter.name for parameter in ROWS[model_id].parameters}


@pytest.mark.parametrize("model_id", ROWS)
async def test_the_body_is_as_written_down_and_the_model_takes_it(fal: Fal, model_id: str) -> None:
    fal.emulator.seconds = 60
    model, subject = sounds(fal, model_id), TEXT
    if ROWS[model_id].kind is ModelKind.TRANSCRIPTION:
        subject = await hosted(fal)
    for row in GOLDEN[model_id]:
        await model.submit(request(model_id, subject, Options(row["options"])))
        sent = fal.emulator.ledger.posts[-1].input or {}
        assert json.dumps(sent).replace(subject, "SOURCE") == json.dumps(row["body"]).replace(
            TEXT, "SOURCE" if subject == TEXT else TEXT
        )
        assert checked_by(SOUNDS[model_id], sent)


@pytest.mark.parametrize("model_id", ["fal-ai/whisper", "fal-ai/wizper"])
async def test_what_is_said_is_written_down_with_its_times(fal: Fal, model_id: str) -> None:
    model = sounds(fal, model_id)
    ticket = await model.submit(request(model_id, await hosted(fal), Options({"language": "de"})))
    heard = await finished(model, ticket)
    assert heard.text == "Later, she turns. It lasts 2 seconds."
    assert heard.segments == (
        Segment("Later, she turns.", 0, 1, "SPEAKER_00"),
        Segment("It lasts 2 seconds.", 1, 2, "SPEAKER_00"),
    )
    assert (heard.language, heard.seconds, heard.billable_units) == ("de", 2, 1)
    assert "text" not in heard.raw


@pytest.mark.parametrize(
    "model_id", [row.id for row in ROWS.values() if row.kind is ModelKind.SPEECH]
)
async def test_every_voice_speaks_at_an_address_or_inside_its_answer(
    fal: Fal, model_id: str
) -> None:
    model = sounds(fal, model_id)
    said = await finished(model, await model.submit(request(model_id, TEXT)))
    assert said.url
    assert said.url.startswith(fal.url)
    assert (said.content, said.seconds, said.billable_units) == (None, 1, 1)
    inside = request(model_id, TEXT, Options({"outputFormat": "hex"}))
    said = await finished(model, await model.submit(inside))
    assert said.content is not None
    assert audio_type(said.content) is AudioType.WAV
    assert (said.url, said.raw["audio"]) == (None, None)


async def test_a_recording_that_cannot_be_loaded_is_refused_for_good(fal: Fal) -> None:
    model = sounds(fal, HEARS)
    ticket = await model.submit(request(HEARS, fal.source))
    with pytest.raises(Rejected):
        await finished(model, ticket)


async def test_one_request_is_one_post_also_when_its_answer_is_lost(fal: Fal) -> None:
    model = sounds(fal, SPEAKS)
    fal.emulator.disturb(Operation.SUBMIT, Fault(status=502, accept=True))
    with pytest.raises(InDoubt):
        await model.submit(request(SPEAKS, TEXT))
    assert len(fal.emulator.ledger.posts) == 1


async def test_a_lost_request_is_found_by_all_that_it_was_asked(fal: Fal) -> None:
    model, now = sounds(fal, SPEAKS), datetime.now(UTC)
    asked = request(SPEAKS, TEXT, Options({"speed": 2}))
    ticket = await model.submit(asked)
    made = await finished(model, ticket)
    hour = timedelta(hours=1)
    marker = Marker(
        SPEAKS, TEXT, None, now - hour, now + hour, asked_as="text", options=asked.options
    )
    found = await model.find(marker)
    assert isinstance(found, Found)
    assert found.ticket.request_id == ticket.request_id
    assert found.outcome == replace(made, billable_units=None)
    other = {**asked.options, "speed": 1}
    strange = Marker(SPEAKS, TEXT, None, now - hour, now + hour, asked_as="text", options=other)
    assert isinstance(await model.find(strange), NotSeen)


async def test_a_webhook_tells_that_a_speech_has_ended(
    fal: Fal, doorstep: Doorstep, verifier: FalWebhookVerifier
) -> None:
    model = sounds(fal, SPEAKS)
    asked = request(SPEAKS, TEXT)
    ticket = await fal.editor.queue.submit(
        SoundRequest(
            job_id=asked.job_id,
            model=asked.model,
            subject=TEXT,
            subject_field="text",
            attempt_token=asked.attempt_token,
            start_seconds=60,
            webhook_url=doorstep.url,
        ),
        {"text": TEXT},
    )
    made = await finished(model, ticket)
    await doorstep.wait()
    delivery = await verifier.verify(*doorstep.delivered[0])
    assert delivery.request_id == ticket.request_id
    assert delivery.outcome == replace(made, billable_units=None)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"audio": None},
        {"audio": {"url": 5}},
        {"audio": {"url": "file:///etc/passwd"}},
        {"audio": {"url": "data:audio/wav;base64,?"}},
        {"audio": {"url": "data:audio/wav;base64,"}},
        {"audio": {"url": "data:audio/wav,words"}},
        {"audio": {"url": "data:application/octet-stream;base64,AAAA"}},
        {"audio": "no digits"},
        {"audio": []},
        {"text": "words"},
    ],
)
def test_an_answer_without_a_sound_is_of_no_use(body: dict[str, Any]) -> None:
    with pytest.raises(Rejected) as caught:
        speech(body)
    assert caught.value.code is JobErrorCode.INVALID_OUTPUT


@pytest.mark.parametrize(("billed", "unbilled"), [("0", True), ("1", False), ("", False)])
def test_nothing_is_charged_for_no_sound_only_if_the_bill_says_so(
    billed: str,
    unbilled: bool,  # noqa: FBT001 - a column of the table
) -> None:
    for read in (speech, transcript):
        with pytest.raises(Rejected) as caught:
            read({}, billed)
        assert (caught.value.failure.charge.billed is Billed.NO) is unbilled


@pytest.mark.parametrize("kind", ["audio/wav", "application/octet-stream"])
def test_a_sound_may_come_as_a_data_uri(kind: str) -> None:
    url = f"data:{kind};base64,{base64.b64encode(silence(0.1)).decode()}"
    assert speech({"audio": {"url": url}}).content == silence(0.1)


@pytest.mark.parametrize("body", [{}, {"text": None}, {"text": ["a"]}, {"audio": "00"}])
def test_an_answer_without_words_is_of_no_use(body: dict[str, Any]) -> None:
    with pytest.raises(Rejected) as caught:
        transcript(body)
    assert caught.value.code is JobErrorCode.INVALID_OUTPUT


@pytest.mark.parametrize(
    ("chunks", "segments"),
    [
        (None, ()),
        ([None, {"text": 5}, "x"], ()),
        ([{"text": " a "}], (Segment("a"),)),
        ([{"text": "a", "timestamp": [1]}], (Segment("a"),)),
        ([{"text": "a", "timestamp": [1, None]}], (Segment("a", 1),)),
        ([{"text": "a", "timestamp": [float("nan"), -1], "speaker": 7}], (Segment("a"),)),
        ([{"text": "a", "timestamp": [True, 2], "speaker": "B"}], (Segment("a", None, 2, "B"),)),
    ],
)
def test_pieces_are_taken_for_what_they_are(chunks: Any, segments: tuple[Segment, ...]) -> None:
    heard = transcript({"text": "a", "chunks": chunks, "inferred_languages": [None]})
    assert (heard.segments, heard.language) == (segments, None)
