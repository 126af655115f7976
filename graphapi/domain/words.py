"""What a person may say of an image: which fields, and how long."""

import unicodedata
from collections.abc import Mapping, Sequence

from graphapi.domain.prompts.quoting import is_hidden
from graphapi.errors import Refused, UserErrorCode

Words = str | Sequence[str] | None

MAX_TAGS = 50
_LAYOUT = "\n\r\t"
# The most characters of each field a person may write, by its name in `domain.library.Image`.
LIMITS: dict[str, int] = {
    "title": 200,
    "description": 4000,
    "category": 80,
    "group": 80,
    "genre": 80,
    "style": 80,
    "shot": 80,
    "project_name": 120,
    "moodboard_name": 120,
    "source": 500,
    "sref": 500,
    "tags": 60,
}


def check_words(words: Mapping[str, Words], path: tuple[str, ...]) -> dict[str, Words]:
    """Tidy what a person says of an image: trimmed, a blank text null, each tag once.

    Control and hidden characters are left out: a title must not turn a line of text around.
    Raises Refused (INVALID_INPUT) for a text that is too long, with `path` before its field.
    """
    return {name: _tidy(name, value, path) for name, value in words.items()}


def _tidy(name: str, value: Words, path: tuple[str, ...]) -> Words:
    field = (*path, _graphql_name(name))
    if name == "tags":
        return _tags(value, field)
    text = _seen(value) if isinstance(value, str) else ""
    return _capped(text, f"`{field[-1]}`", LIMITS[name], field) or None


def _tags(value: Words, field: tuple[str, ...]) -> list[str]:
    numbered = {str(number): _seen(tag) for number, tag in enumerate(value or ())}
    tags = list(dict.fromkeys(filter(None, numbered.values())))
    if len(tags) > MAX_TAGS:
        message = f"{len(tags)} tags are too many. Keep at most {MAX_TAGS}."
        raise Refused(UserErrorCode.INVALID_INPUT, message, field)
    for number, tag in numbered.items():
        _capped(tag, "A tag", LIMITS["tags"], (*field, number))
    return tags


def _capped(text: str, what: str, limit: int, field: tuple[str, ...]) -> str:
    if len(text) > limit:
        message = f"{what} has {len(text)} characters. Shorten it to {limit}."
        raise Refused(UserErrorCode.INVALID_INPUT, message, field)
    return text


def _seen(text: str) -> str:
    """Leave out what nobody sees; lines and columns stay."""
    return "".join(mark for mark in text if mark in _LAYOUT or not _unseen(mark)).strip()


def _unseen(mark: str) -> bool:
    return unicodedata.category(mark) == "Cc" or is_hidden(mark)


def _graphql_name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
