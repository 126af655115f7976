import asyncio
from pathlib import Path

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
    assert done.stderr == ""
    token = done.stdout.removesuffix("\n")
    assert token.split() == [token]
    user = asyncio.run(_signed_in(tmp_path, token))
    assert user is not None
    assert user.name == "ann"


def test_a_user_may_have_several_tokens(graphapi: Run, tmp_path: Path) -> None:
    graphapi("migrate")
    tokens = [graphapi("token", "create", "--user", "ann").stdout.strip() for _ in range(2)]
    first, second = (asyncio.run(_signed_in(tmp_path, token)) for token in tokens)
    assert tokens[0] != tokens[1]
    assert first == second is not None


def test_a_name_of_nothing_is_refused(graphapi: Run) -> None:
    graphapi("migrate")
    done = graphapi("token", "create", "--user", "  ")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "1 to 80 characters" in done.stderr


def test_without_a_migrated_database_the_command_to_run_is_named(graphapi: Run) -> None:
    done = graphapi("token", "create", "--user", "ann")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "graphapi migrate" in done.stderr
