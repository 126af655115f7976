import asyncio
from pathlib import Path

import pytest

from graphapi.domain.users import User
from graphapi.persistence.database import Database
from graphapi.ports.clock import SystemClock
from graphapi.services.users import Users
from tests.cli.conftest import Run


async def _signed_in(folder: Path, token: str) -> User | None:
    database = Database(f"sqlite:///{folder}/data/graphapi.db")
    try:
        return await Users(database, SystemClock()).authenticate(token)
    finally:
        await database.close()


def test_a_token_is_printed_alone_and_signs_its_user_in(graphapi: Run, tmp_path: Path) -> None:
    graphapi("migrate")
    done = graphapi("token", "create", "--user", "ann")
    assert done.exit_code == 0
    assert done.stderr == "There was no user 'ann' yet: it was added.\n"
    token = done.stdout.removesuffix("\n")
    assert token.split() == [token]
    user = asyncio.run(_signed_in(tmp_path, token))
    assert user is not None
    assert user.name == "ann"


def test_a_user_may_have_several_tokens(graphapi: Run, tmp_path: Path) -> None:
    graphapi("migrate")
    graphapi("token", "create", "--user", "bob")
    made = [graphapi("token", "create", "--user", "ann") for _ in range(2)]
    assert made[1].stderr == ""
    tokens = [each.stdout.strip() for each in made]
    first, second = (asyncio.run(_signed_in(tmp_path, token)) for token in tokens)
    assert tokens[0] != tokens[1]
    assert first == second is not None


def test_tokens_are_listed_by_whom_they_sign_in_and_never_shown(graphapi: Run) -> None:
    graphapi("migrate")
    assert "no tokens yet" in graphapi("token", "list").stderr
    made = [graphapi("token", "create", "--user", name).stdout.strip() for name in ("ann", "bob")]
    listed = graphapi("token", "list")
    assert (listed.exit_code, listed.stderr) == (0, "")
    lines = [line.split() for line in listed.stdout.splitlines()]
    assert [line[-1] for line in lines] == ["bob", "ann"]
    assert all(line[0].startswith("tok_") for line in lines)
    assert not any(token in listed.stdout for token in made)


@pytest.mark.parametrize("named_by", ["id", "text"])
def test_a_revoked_token_signs_nobody_in(graphapi: Run, tmp_path: Path, named_by: str) -> None:
    graphapi("migrate")
    token = graphapi("token", "create", "--user", "ann").stdout.strip()
    id_ = graphapi("token", "list").stdout.split()[0]
    done = graphapi("token", "revoke", id_ if named_by == "id" else token)
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"{id_} signs 'ann' in no more" in done.stdout
    assert token not in done.stdout
    assert asyncio.run(_signed_in(tmp_path, token)) is None
    again = graphapi("token", "revoke", id_)
    assert (again.exit_code, again.stdout) == (2, "")
    assert again.stderr == "No such token. Check the id.\n"


def test_whoever_revokes_the_token_of_the_start_is_told_of_its_file(
    graphapi: Run, tmp_path: Path
) -> None:
    graphapi("migrate")
    (tmp_path / "data" / "development_token").write_text("gapi_x")
    graphapi("token", "create", "--user", "developer")
    id_ = graphapi("token", "list").stdout.split()[0]
    assert "development_token too" in graphapi("token", "revoke", id_).stdout


def test_a_name_of_nothing_is_refused(graphapi: Run) -> None:
    graphapi("migrate")
    done = graphapi("token", "create", "--user", "  ")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "1 to 80 characters" in done.stderr


def test_without_a_migrated_database_the_command_to_run_is_named(graphapi: Run) -> None:
    done = graphapi("token", "create", "--user", "ann")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "graphapi migrate" in done.stderr
