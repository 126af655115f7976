"""Keyset paging: a page begins at a row's place in the order, so no row is met twice."""

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from graphapi.domain.pages import Cursor, Page, Window
from graphapi.persistence.records import AnyRow

ItemT = TypeVar("ItemT")
# What a cursor names of a row: the column of its moment, and that of its id.
Place: TypeAlias = tuple[InstrumentedAttribute[Any], InstrumentedAttribute[str]]


async def page(
    connection: AsyncConnection,
    matching: Select[Any],
    place: Place,
    window: Window,
    make: Callable[[AnyRow], ItemT],
) -> Page[ItemT]:
    """Read one page of the rows that match, newest first; `make` makes an item of each."""
    total = await _count(connection, matching, place)
    order = [each.asc() if window.backward else each.desc() for each in place]
    inside = _inside(matching, place, window).order_by(*order).limit(window.size + 1)
    rows = (await connection.execute(inside)).all()
    more = len(rows) > window.size
    items = tuple(make(row) for row in rows[: window.size])
    if window.backward:
        return Page(items[::-1], total, has_next=window.before is not None, has_previous=more)
    return Page(items, total, has_next=more, has_previous=window.after is not None)


def _inside(matching: Select[Any], place: Place, window: Window) -> Select[Any]:
    if window.after:
        matching = matching.where(_older(place, window.after))
    if window.before:
        matching = matching.where(_newer(place, window.before))
    return matching


def _older(place: Place, cursor: Cursor) -> ColumnElement[bool]:
    moment, identifier = place
    tied = and_(moment == cursor.created_at, identifier < cursor.id)
    return or_(moment < cursor.created_at, tied)


def _newer(place: Place, cursor: Cursor) -> ColumnElement[bool]:
    moment, identifier = place
    tied = and_(moment == cursor.created_at, identifier > cursor.id)
    return or_(moment > cursor.created_at, tied)


async def _count(connection: AsyncConnection, matching: Select[Any], place: Place) -> int:
    inner = matching.with_only_columns(place[1]).subquery()
    return (await connection.execute(select(func.count()).select_from(inner))).scalar_one()
