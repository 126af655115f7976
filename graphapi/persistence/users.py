"""People and their tokens."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.ids import Noun, new_id
from graphapi.domain.users import Token, User
from graphapi.persistence.tables import TokenRow, UserRow
from graphapi.persistence.unit_of_work import UnitOfWork

_TOKENS = select(TokenRow.id, UserRow.name, TokenRow.created_at).join(
    UserRow, UserRow.id == TokenRow.user_id
)


async def by_token_hash(connection: AsyncConnection, token_hash: str) -> User | None:
    """Read the person whom a token signs in."""
    statement = (
        select(UserRow.id, UserRow.name)
        .join(TokenRow, TokenRow.user_id == UserRow.id)
        .where(TokenRow.token_hash == token_hash)
    )
    row = (await connection.execute(statement)).one_or_none()
    return User(row.id, row.name) if row else None


async def is_known(connection: AsyncConnection, name: str) -> bool:
    """Tell whether there is a person of this name."""
    found = await connection.execute(select(UserRow.id).where(UserRow.name == name))
    return found.one_or_none() is not None


async def tokens(connection: AsyncConnection) -> Sequence[Token]:
    """Read what is known of every token, the newest first."""
    rows = await connection.execute(_TOKENS.order_by(TokenRow.id.desc()))
    return [Token(*row) for row in rows]


async def token(connection: AsyncConnection, token_id: str, token_hash: str) -> Token | None:
    """Read what is known of the token that has this id or this hash."""
    which = or_(TokenRow.id == token_id, TokenRow.token_hash == token_hash)
    row = (await connection.execute(_TOKENS.where(which))).one_or_none()
    return Token(*row) if row else None


async def remove_token(unit: UnitOfWork, token_id: str) -> None:
    """Delete a token: it signs nobody in any more."""
    await unit.connection.execute(delete(TokenRow).where(TokenRow.id == token_id))


async def ensure(unit: UnitOfWork, name: str, now: datetime) -> User:
    """Read the person of this name, who is inserted when new."""
    values = {"id": new_id(Noun.USER), "name": name, "change_seq": 0, "created_at": now}
    statement = _insert(unit.connection, UserRow).values(**values)
    await unit.connection.execute(statement.on_conflict_do_nothing(index_elements=["name"]))
    found = select(UserRow.id, UserRow.name).where(UserRow.name == name)
    row = (await unit.connection.execute(found)).one()
    return User(row.id, row.name)


async def add_token(unit: UnitOfWork, user_id: str, token_hash: str, now: datetime) -> None:
    """Insert a token by its hash, unless it is there."""
    values = {"id": new_id(Noun.TOKEN), "user_id": user_id, "token_hash": token_hash}
    statement = _insert(unit.connection, TokenRow).values(**values, created_at=now)
    await unit.connection.execute(statement.on_conflict_do_nothing(index_elements=["token_hash"]))


def _insert(connection: AsyncConnection, table: type[Any]) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)
