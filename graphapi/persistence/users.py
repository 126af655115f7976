"""People and their tokens."""

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.ids import Noun, new_id
from graphapi.domain.users import User
from graphapi.persistence.models import TokenRow, UserRow
from graphapi.persistence.unit_of_work import UnitOfWork


async def by_name(connection: AsyncConnection, name: str) -> User | None:
    """Read a person by name."""
    statement = select(UserRow.id, UserRow.name).where(UserRow.name == name)
    row = (await connection.execute(statement)).one_or_none()
    return User(row.id, row.name) if row else None


async def by_token_hash(connection: AsyncConnection, token_hash: str) -> User | None:
    """Read the person whom a token signs in."""
    statement = (
        select(UserRow.id, UserRow.name)
        .join(TokenRow, TokenRow.user_id == UserRow.id)
        .where(TokenRow.token_hash == token_hash)
    )
    row = (await connection.execute(statement)).one_or_none()
    return User(row.id, row.name) if row else None


async def add(unit: UnitOfWork, name: str, now: datetime) -> User:
    """Insert a person; the name must be free."""
    user = User(new_id(Noun.USER), name)
    values = {"id": user.id, "name": name, "change_seq": 0, "created_at": now}
    await unit.connection.execute(insert(UserRow).values(**values))
    return user


async def add_token(unit: UnitOfWork, user_id: str, token_hash: str, now: datetime) -> None:
    """Insert a token by its hash."""
    values = {"id": new_id(Noun.TOKEN), "user_id": user_id, "token_hash": token_hash}
    await unit.connection.execute(insert(TokenRow).values(**values, created_at=now))
