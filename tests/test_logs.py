import asyncio
import inspect
import json
import logging
from collections.abc import Iterator

import dramatiq.worker
import pytest

from graphapi import logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    logs._known_secrets.clear()


def _log_failure(message: str, **_locals: str) -> None:
    def fail() -> None:
        raise ValueError(message)

    try:
        fail()
    except ValueError:
        logging.getLogger("graphapi").exception("It failed")


def _line(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    line: dict[str, str] = json.loads(capsys.readouterr().err)
    return line


def test_a_line_for_machines_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(for_eyes=False)
    logging.getLogger("graphapi.jobs").warning("Waited for %s", "fal.ai", extra={"tries": 2})
    line = _line(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "Waited for fal.ai",
        "level": "warning",
        "logger": "graphapi.jobs",
        "tries": 2,
    }


def test_a_line_for_eyes_is_not_json(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(for_eyes=True)
    logging.getLogger("graphapi").info("Listening")
    said = capsys.readouterr().err
    assert "Listening" in said
    with pytest.raises(json.JSONDecodeError):
        json.loads(said)


def test_without_a_terminal_lines_are_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    logging.getLogger("graphapi").info("Listening")
    assert _line(capsys)["event"] == "Listening"


def test_a_redis_that_is_away_is_a_warning_and_not_one_every_second(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure(for_eyes=False)
    theirs = logging.getLogger("dramatiq.worker.ConsumerThread")
    for _ in range(3):
        theirs.critical("Consumer encountered a connection error: %s", "refused")
    line = _line(capsys)
    assert line["level"] == "warning"
    assert line["event"].endswith("Redis, and it is tried again every second: refused")
    theirs.critical("Consumer encountered an unexpected error.")
    assert _line(capsys)["level"] == "critical"


def test_the_words_that_dramatiq_repeats_are_its_own() -> None:
    assert logs._REDIS_IS_AWAY in inspect.getsource(dramatiq.worker)


async def test_what_is_bound_is_in_every_line_of_that_task_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure(for_eyes=False)

    async def work(job: str) -> None:
        with logs.bound(job_id=job, user_id="ann"):
            await asyncio.sleep(0)
            logging.getLogger("somebody.else").info("step of %s", job)

    await asyncio.gather(work("a"), work("b"))
    logging.getLogger("graphapi").info("after")
    a, b, after = map(json.loads, capsys.readouterr().err.splitlines())
    assert (a["job_id"], a["event"], a["user_id"]) == ("a", "step of a", "ann")
    assert (b["job_id"], b["event"]) == ("b", "step of b")
    assert "job_id" not in after


@pytest.mark.parametrize(
    "text",
    [
        "headers={'Authorization': 'Bearer s3cr3tvalue'}",
        'headers={"authorization": "Key 0aa0:s3cr3tvalue"}',
        "[(b'authorization', b'Basic s3cr3tvalue')]",
        "Authorization: s3cr3tvalue",
        "sent Key 0aa0-11:s3cr3tvalue to fal",
        "bearer s3cr3tvalue",
        "GET /media/1.jpg?expires=17&signature=s3cr3tvalue&size=small",
        "POST /webhooks/fal?token=s3cr3tvalue",
        "PUT https://bucket.example/x?X-Amz-Signature=s3cr3tvalue",
        "the token gapi_s3cr3tvalue is unknown",
        "sk-or-v1-s3cr3tvalue was refused",
        "postgresql://graphapi:s3cr3tvalue@db.example/graphapi",
        "redis://:s3cr3tvalue@cache.example:6379/0",
        "FAL_API_KEY=s3cr3tvalue",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str) -> None:
    hidden = logs.without_secrets(text)
    assert "s3cr3tvalue" not in hidden
    assert logs.HIDDEN in hidden


@pytest.mark.parametrize(
    "text",
    [
        "GET /media/1.jpg?expires=17&size=small",
        "The key to the scene: a lamp",
        "http://127.0.0.1:8000/graphql",
        "No token was sent. Send one as a Bearer.",
        "12 of 12 completed in 4.2 s",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert logs.without_secrets(text) == text


@pytest.mark.parametrize("for_eyes", [True, False])
def test_a_known_secret_is_hidden_wherever_it_stands(
    capsys: pytest.CaptureFixture[str], *, for_eyes: bool
) -> None:
    secret = 'pa"ss\\word'
    logs.configure(secrets=[secret], for_eyes=for_eyes)
    log = logging.getLogger("graphapi")
    log.info("it is %s", secret, extra={"nested": {"deep": [secret]}})
    _log_failure(secret)
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert "word" not in said
    assert said.count(logs.HIDDEN) == 3


def test_a_value_is_hidden_for_its_name_alone(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(for_eyes=False)
    logging.getLogger("graphapi").info("called", extra={"api_key": "x1", "upload_token": ["y2"]})
    line = _line(capsys)
    assert line["api_key"] == line["upload_token"] == logs.HIDDEN


def test_local_variables_are_not_shown_in_tracebacks(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(for_eyes=True)
    _log_failure("failed", password="s3cr3tvalue")
    assert "s3cr3tvalue" not in capsys.readouterr().err


def test_request_lines_of_the_http_client_are_off(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(for_eyes=False)
    logging.getLogger("httpx").info("HTTP Request: GET https://queue.fal.run")
    assert capsys.readouterr().err == ""


def test_a_value_that_is_not_json_is_shown_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(for_eyes=False)
    logging.getLogger("graphapi").info("kept", extra={"where": {1}})
    assert _line(capsys)["where"] == "{1}"
