"""Looking at jobs from the command line, over a server that has made some."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.api import voices
from tests.api.house import open_house, until_done
from tests.api.lives import CANCEL_ALL, ask, run_out, until_ended, until_state
from tests.cli.conftest import Run
from tests.emulators.fal import FalEmulator, Fault, Operation, model_failure, running


@pytest.fixture
def local(tmp_path: Path) -> str:
    """The image that a server without keys has made."""

    async def make() -> str:
        (tmp_path / "data").mkdir()
        async with open_house(tmp_path / "data") as house:
            ada = await house.person("ada")
            made = await ada.vary(await ada.add())
            await until_done(ada)
            return str(made["variations"][0]["id"])

    return asyncio.run(make())


def lived(folder: Path, fal: FalEmulator, live: Any) -> None:
    """Let a server with fal.ai live through something."""

    folder.mkdir()

    async def make() -> None:
        async with running(fal) as url, open_house(folder, url) as house:
            await live(house, await house.person("ada"))

    asyncio.run(make())


def only_job(graphapi: Run, *options: str) -> str:
    done = graphapi("jobs", "list", *options)
    (line,) = done.stdout.splitlines()
    return str(line.split()[0])


@pytest.mark.usefixtures("local")
def test_jobs_are_listed_newest_first_with_who_asked(graphapi: Run) -> None:
    done = graphapi("jobs", "list")
    assert done.exit_code == 0
    (line,) = done.stdout.splitlines()
    assert [word for word in ("SUCCEEDED", "local/reframe", "ada") if word not in line] == []
    assert graphapi("jobs", "list", "--state", "FAILED").stdout == ""
    assert graphapi("jobs", "list", "--user", "bob").stdout == ""


@pytest.mark.usefixtures("local")
def test_a_job_is_shown_without_its_secrets(graphapi: Run) -> None:
    done = graphapi("jobs", "show", only_job(graphapi))
    assert done.exit_code == 0
    assert "SUCCEEDED" in done.stdout
    assert "token" not in done.stdout


def test_the_life_of_a_job_is_told_from_the_first_line_to_the_bill(
    graphapi: Run, local: str
) -> None:
    told = graphapi("jobs", "explain", only_job(graphapi)).stdout
    lines = [line for line in told.splitlines() if line.startswith("  ")]
    words = ["was asked for", "is being sent", "has its result", "succeeded"]
    assert len(lines) == len(words), told
    for word, line in zip(words, lines, strict=True):
        assert word in line
    assert "Reserved 0.00 USD (exact)." in told
    assert told.endswith("Settled 0.00 USD (exact).\nNothing was charged for it.\n")
    assert local not in told
    assert "asked for by ada" in told


def test_a_failure_is_told_with_what_to_do(graphapi: Run, tmp_path: Path) -> None:
    fal = FalEmulator(shrink=16)
    fal.plan_all(model_failure("content_policy_violation"))

    async def live(_house: Any, ada: Any) -> None:
        _, (image_id,) = await ask(ada)
        await until_ended(ada, image_id)

    lived(tmp_path / "data", fal, live)
    told = graphapi("jobs", "explain", only_job(graphapi, "--state", "FAILED")).stdout
    assert "CONTENT_POLICY: asking again does not help by itself; you must act." in told
    assert "Uncertain: 0.15 USD (estimate) may have been charged.\n" in told
    assert "Settled" not in told
    assert "It may have been charged for" in told
    assert str(fal.ledger.accepted[0].request_id) in told


def test_a_doubt_and_a_cancellation_are_told(graphapi: Run, tmp_path: Path) -> None:
    fal = FalEmulator(shrink=16)
    fal.disturb(Operation.SUBMIT, Fault(drop=True))

    async def live(_house: Any, ada: Any) -> None:
        generation_id, (image_id,) = await ask(ada)
        await until_state(ada, image_id, "SUBMIT_UNKNOWN")
        await ada.read(CANCEL_ALL, id=generation_id)

    lived(tmp_path / "data", fal, live)
    told = graphapi("jobs", "explain", only_job(graphapi)).stdout
    assert "is in doubt, by sending" in told
    assert "by a person. Cancelled, but it is not known whether the provider took" in told
    assert "It ends by" in told


def test_the_life_of_a_recording_is_told_with_its_attempts(graphapi: Run, tmp_path: Path) -> None:
    fal = FalEmulator(shrink=16)
    fal.disturb_always(Operation.STATUS, Fault(status=503, body="down"))

    async def live(house: Any, ada: Any) -> None:
        recording_id = await voices.say(ada)
        await voices.until_sent(ada, recording_id)
        await ada.read(voices.CANCEL, id=recording_id)
        await run_out(house)
        await voices.until_ended(ada, recording_id)
        fal.disturb_always(Operation.STATUS, None)
        await ada.read(voices.RECOVER, id=recording_id)
        await voices.until_ended(ada, recording_id)

    lived(tmp_path / "data", fal, live)
    adopted = only_job(graphapi, "--state", "SUCCEEDED")
    lost = only_job(graphapi, "--state", "FAILED")
    told = graphapi("jobs", "explain", lost).stdout
    assert ", to be spoken, asked for by ada, attempt 1 of 2. It goes to fal" in told
    assert "News of it, by a person. The provider is asked to stop" in told
    assert "`recoverRecording` looks for the result by it." in told
    assert "News of it, by a person. A later attempt adopts what this one brought" in told
    assert "Reserved 0.0013 USD (estimate).\n" in told
    told = graphapi("jobs", "explain", adopted).stdout
    assert f"It takes in what {lost} brought late, and costs nothing." in told
    assert "attempt 2 of 2" in told
    shown = graphapi("jobs", "show", adopted).stdout
    assert [word for word in ("recording_id", "SPEECH", "Good evening.") if word not in shown] == []
    assert "token" not in shown


@pytest.mark.parametrize(
    ("said", "line", "end"),
    [
        (["--charged", "0.12"], "to 0.12 USD: a person who", "It was charged for."),
        (["--not-charged"], "to 0.00 USD: a person who", "Nothing was charged for it."),
    ],
)
def test_who_looked_at_the_providers_books_settles_what_was_uncertain(
    graphapi: Run, tmp_path: Path, said: list[str], line: str, end: str
) -> None:
    fal = FalEmulator(shrink=16)
    fal.plan_all(model_failure("content_policy_violation"))

    async def live(_house: Any, ada: Any) -> None:
        _, (image_id,) = await ask(ada)
        await until_ended(ada, image_id)

    lived(tmp_path / "data", fal, live)
    job_id = only_job(graphapi)
    done = graphapi("jobs", "settle", job_id, *said)
    assert (done.exit_code, done.stdout.startswith("Settled.")) == (0, True)
    told = graphapi("jobs", "explain", job_id).stdout
    assert "by a person. The provider's own books show" in told
    assert "0.15 USD (estimate)" in told
    assert line in told
    assert told.endswith(f"{end}\n")
    again = graphapi("jobs", "settle", job_id, *said)
    assert (again.exit_code, again.stdout) == (2, "")
    assert "nothing to settle" in again.stderr


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([], "Give either"),
        (["--charged", "1", "--not-charged"], "Give either"),
        *[(["--charged", amount], "no amount") for amount in ("0", "-1", "much", "nan", "1e20")],
    ],
)
def test_a_settlement_names_an_amount_or_that_there_is_none(
    graphapi: Run, said: list[str], why: str
) -> None:
    graphapi("migrate")
    done = graphapi("jobs", "settle", "job_nobody", *said)
    assert (done.exit_code, done.stdout) == (2, "")
    assert why in done.stderr


def test_an_unknown_job_is_a_sentence(graphapi: Run) -> None:
    graphapi("migrate")
    for command in ("show", "explain"):
        done = graphapi("jobs", command, "job_nobody")
        assert (done.exit_code, done.stdout) == (2, "")
        assert "No such job" in done.stderr


def test_a_state_that_is_none_is_told_with_those_that_are(graphapi: Run) -> None:
    done = graphapi("jobs", "list", "--state", "NOPE")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Invalid value for '--state': 'NOPE' is not one of 'QUEUED'" in done.stderr


@pytest.mark.usefixtures("local")
def test_what_is_older_than_the_history_says_so(graphapi: Run, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "data" / "graphapi.db") as connection:
        connection.execute("DELETE FROM job_events WHERE version > 1")
    connection.close()
    told = graphapi("jobs", "explain", only_job(graphapi)).stdout
    assert "the job is older than the history" in told
    assert "Now it succeeded." in told
