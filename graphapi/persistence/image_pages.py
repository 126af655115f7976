"""Pages of a library: which images are in them, by filters and text search."""

import json
from typing import Any

from sqlalchemy import ColumnElement, cast, column, exists, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from graphapi.domain.colors import color_family
from graphapi.domain.library import Image
from graphapi.domain.pages import ImageFilter, Page, Window
from graphapi.persistence import keysets
from graphapi.persistence.columns import PlainText
from graphapi.persistence.images import owned
from graphapi.persistence.records import image_of
from graphapi.persistence.tables import GenerationRow, ImageRow

_PLACE = (ImageRow.created_at, ImageRow.id)
# A variation has few words of its own: it is found by those of the image it was made of, too.
_Source = aliased(ImageRow)
# The prompt of a variation is written by us, and would match nearly every word there is.
_IN_OWN_WORDS = select(GenerationRow.id).where(GenerationRow.mode.is_(None))


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
    of_source = (_Source.id == ImageRow.parent_image_id) & _Source.deleted_at.is_(None)
    return [
        _mentions(database, ImageRow, word)
        | exists().where(of_source, _mentions(database, _Source, word))
        for word in (search or "").split()
    ]


def _mentions(database: str, image: type[ImageRow], word: str) -> ColumnElement[bool]:
    each_of = func.json_each if database == "sqlite" else func.json_array_elements_text
    # One by one: the list as text also holds brackets, commas and escaped quotation marks.
    tag = each_of(image.tags).table_valued(column("value", PlainText))
    texts = (
        image.title, image.description, image.category, image.group, image.genre, image.style,
        image.shot, image.project_name, image.moodboard_name, image.source,
    )  # fmt: skip
    in_own_words = image.generation_id.is_(None) | image.generation_id.in_(_IN_OWN_WORDS)
    return or_(
        *(text.icontains(word, autoescape=True) for text in texts),
        image.prompt.icontains(word, autoescape=True) & in_own_words,
        exists().where(tag.c.value.icontains(word, autoescape=True)),
    )
