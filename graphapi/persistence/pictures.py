"""Stored pictures, and where providers host copies of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.images import Picture
from graphapi.persistence.records import picture_of, picture_values
from graphapi.persistence.tables import HostedSourceRow, PictureRow, table_of
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.ports.editing import HostedSource

# Made once: every picture that is made asks it.
_ADD = insert(table_of(PictureRow))


async def add(
    unit: UnitOfWork, owner_id: str, picture_id: str, picture: Picture, now: datetime
) -> None:
    """Insert a stored picture."""
    values = picture_values(picture) | {"id": picture_id, "owner_id": owner_id, "created_at": now}
    await unit.connection.execute(_ADD, values)


async def get(connection: AsyncConnection, owner_id: str, picture_id: str) -> Picture | None:
    """Read an owner's picture; None when it is missing, given up or somebody else's."""
    statement = select(PictureRow).where(
        PictureRow.id == picture_id,
        PictureRow.owner_id == owner_id,
        PictureRow.given_up_at.is_(None),
    )
    row = (await connection.execute(statement)).one_or_none()
    return picture_of(row) if row else None


async def hosted(
    connection: AsyncConnection, sha256: str, provider: str, until: datetime
) -> str | None:
    """Read where a provider hosts these bytes at least until then; None when it does not."""
    statement = select(HostedSourceRow.url).where(
        HostedSourceRow.sha256 == sha256,
        HostedSourceRow.provider == provider,
        HostedSourceRow.expires_at > until,
    )
    return (await connection.execute(statement)).scalar_one_or_none()


async def remember_hosted(
    unit: UnitOfWork, sha256: str, provider: str, source: HostedSource
) -> None:
    """Keep where a provider hosts these bytes, in place of what was known before."""
    place = {"sha256": sha256, "provider": provider}
    found = {"url": source.url, "expires_at": source.expires_at}
    statement = _insert(unit.connection).values(**place, **found)
    await unit.connection.execute(
        statement.on_conflict_do_update(index_elements=list(place), set_=found)
    )


def _insert(connection: AsyncConnection) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(HostedSourceRow)
