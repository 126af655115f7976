"""Pages of a library: which images are in them, by filters and text search."""

import json
from typing import Any

from sqlalchemy import ColumnElement, cast, column, exists, func, literal, or_
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.colors import color_family
from graphapi.domain.library import Image
from graphapi.domain.pages import ImageFilter, Page, Window
from graphapi.persistence import keysets
from graphapi.persistence.columns import PlainText
from graphapi.persistence.images import owned
from graphapi.persistence.models import ImageRow
from graphapi.persistence.records import image_of

_PLACE = (ImageRow.created_at, ImageRow.id)
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
) -> Page[Image]:
    """Read one page of an owner's images, newest first."""
    matching = owned(owner_id).where(*_conditions(chosen), *_words(connection.dialect.name, search))
    return await keysets.page(connection, matching, _PLACE, window, image_of)


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
