"""Pages of a library: filters, text search and keyset paging."""

import json
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    cast,
    column,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.colors import color_family
from graphapi.domain.pages import Cursor, ImageFilter, Page, Window
from graphapi.persistence.columns import PlainText
from graphapi.persistence.images import NEWEST_FIRST, owned
from graphapi.persistence.models import ImageRow
from graphapi.persistence.records import image_of

_SEARCHED = (
    ImageRow.title, ImageRow.description, ImageRow.category, ImageRow.group, ImageRow.genre,
    ImageRow.style, ImageRow.shot, ImageRow.project_name, ImageRow.moodboard_name,
    ImageRow.source, ImageRow.prompt,
)  # fmt: skip


async def page(
    connection: AsyncConnection,
    owner_id: str,
    window: Window,
    chosen: ImageFilter,
    search: str | None,
) -> Page:
    """Read one page of an owner's images, newest first."""
    matching = owned(owner_id).where(*_conditions(chosen), *_words(connection.dialect.name, search))
    total = await _count(connection, matching)
    inside = _inside(matching, window)
    order = [column.asc() for column in _columns()] if window.backward else NEWEST_FIRST
    rows = (await connection.execute(inside.order_by(*order).limit(window.size + 1))).all()
    more = len(rows) > window.size
    images = tuple(image_of(row) for row in rows[: window.size])
    if window.backward:
        return Page(images[::-1], total, has_next=window.before is not None, has_previous=more)
    return Page(images, total, has_next=more, has_previous=window.after is not None)


def _columns() -> tuple[Any, Any]:
    return ImageRow.created_at, ImageRow.id


def _inside(matching: Select[Any], window: Window) -> Select[Any]:
    if window.after:
        matching = matching.where(_older(window.after))
    if window.before:
        matching = matching.where(_newer(window.before))
    return matching


def _older(cursor: Cursor) -> ColumnElement[bool]:
    return or_(
        ImageRow.created_at < cursor.created_at,
        and_(ImageRow.created_at == cursor.created_at, ImageRow.id < cursor.id),
    )


def _newer(cursor: Cursor) -> ColumnElement[bool]:
    return or_(
        ImageRow.created_at > cursor.created_at,
        and_(ImageRow.created_at == cursor.created_at, ImageRow.id > cursor.id),
    )


async def _count(connection: AsyncConnection, matching: Select[Any]) -> int:
    inner = matching.with_only_columns(ImageRow.id).subquery()
    return (await connection.execute(select(func.count()).select_from(inner))).scalar_one()


def _conditions(chosen: ImageFilter) -> list[ColumnElement[bool]]:
    same = {
        ImageRow.group: chosen.group,
        ImageRow.project_name: chosen.project_name,
        ImageRow.moodboard_name: chosen.moodboard_name,
        ImageRow.category: chosen.category,
    }
    exact = {
        ImageRow.ai_status: chosen.ai_status,
        ImageRow.parent_image_id: chosen.parent_image_id,
        ImageRow.status: chosen.status,
    }
    conditions: list[ColumnElement[bool]] = [
        func.lower(column) == func.lower(literal(value.strip(), PlainText))
        for column, value in same.items()
        if value is not None
    ]
    conditions += [column == value for column, value in exact.items() if value is not None]
    if chosen.tag is not None:
        conditions.append(_holds(ImageRow.tags, chosen.tag.strip()))
    if chosen.color is not None:
        conditions.append(_holds(ImageRow.color_families, color_family(chosen.color) or ""))
    return conditions


def _holds(column: Any, word: str) -> ColumnElement[bool]:
    """Tell whether a JSON list of words holds this one, whatever its case."""
    return cast(column, PlainText).icontains(json.dumps(word, ensure_ascii=False), autoescape=True)


def _words(database: str, search: str | None) -> list[ColumnElement[bool]]:
    each_of = func.json_each if database == "sqlite" else func.json_array_elements_text
    # One by one: the list as text also holds brackets, commas and escaped quotation marks.
    tag = each_of(ImageRow.tags).table_valued(column("value", PlainText))
    return [
        or_(
            *(text.icontains(word, autoescape=True) for text in _SEARCHED),
            exists().where(tag.c.value.icontains(word, autoescape=True)),
        )
        for word in (search or "").split()
    ]
