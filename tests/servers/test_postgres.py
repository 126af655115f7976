import asyncpg
import pytest

from tests.servers.postgres import Postgres, PostgresServer, psql


@pytest.mark.parametrize("turn", ["first", "second"])
async def test_every_test_has_a_database_of_its_own(postgres_url: str, turn: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE TABLE only_here (turn text)")
    await connection.execute("INSERT INTO only_here VALUES ($1)", turn)
    assert await connection.fetchval("SELECT turn FROM only_here") == turn
    await connection.close()


def test_a_template_is_prepared_once_and_copied(postgres: Postgres) -> None:
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        psql(url, "CREATE TABLE prepared (id int)", check=True)

    names = {postgres.template("once", prepare) for _ in range(3)}
    assert len(names) == 1
    assert len(prepared) <= 1  # none when another worker came first
    with postgres.database(names.pop()) as url:
        assert psql(url, "SELECT id FROM prepared")


def test_a_database_is_dropped_afterwards(postgres: Postgres) -> None:
    with postgres.database() as url:
        assert psql(url, "SELECT 1")
    assert not psql(url, "SELECT 1")


async def test_letters_beyond_ascii_have_cases(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    assert await connection.fetchval("SELECT 'ÉTÉ' ILIKE 'été'")
    await connection.close()


def test_a_killed_server_comes_back_at_the_same_address_with_what_was_committed() -> None:
    server = PostgresServer()
    try:
        psql(server.url, "CREATE TABLE kept (id int)", check=True)
        server.kill()
        assert not psql(server.url, "SELECT 1")
        server.start()
        assert psql(server.url, "SELECT id FROM kept")
    finally:
        server.close()
