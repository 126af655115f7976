"""What an analysis is asked, what it may answer, and what of it an image takes over."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import islice

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import Author
from graphapi.domain.library import Image
from graphapi.errors import Rejected

MAX_TITLE = 80
MAX_DESCRIPTION = 1200
MAX_WORDS = 80
MAX_TAG = 40
MAX_TAGS = 20

# What an analysis replaces, unless a person wrote it; and what it only fills in where empty.
REPLACED_FIELDS = (
    "description",
    "tags",
    "colors",
    "category",
    "group",
    "project_name",
    "moodboard_name",
)
FILLED_FIELDS = ("title", "genre", "shot", "style")
# What the caller of an analysis may settle in the same call.
OVERRIDE_FIELDS = ("group", "project_name", "moodboard_name", "source", "sref")

FieldValue = str | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class AnalysisContext:
    """What a person already knows of the image, told to the model as data."""

    title: str | None = None
    tags: tuple[str, ...] = ()
    category: str | None = None
    description: str | None = None
    source: str | None = None
    sref: str | None = None


@dataclass(frozen=True, slots=True)
class AnalysedFields:
    """What a model says of an image, already validated, capped and normalised.

    Null or empty where the model had nothing to say.
    """

    title: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    category: str | None = None
    group: str | None = None
    project_name: str | None = None
    moodboard_name: str | None = None
    genre: str | None = None
    style: str | None = None
    shot: str | None = None


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the caller said of the image in this very call; null or blank where nothing."""

    group: str | None = None
    project_name: str | None = None
    moodboard_name: str | None = None
    source: str | None = None
    sref: str | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """What an analysis changes: the fields to write, and who wrote each field from now on."""

    values: dict[str, FieldValue]
    authors: dict[str, Author]


def read_answer(
    answer: object, *, groups: Sequence[str] = (), categories: Sequence[str] = ()
) -> AnalysedFields:
    """Take from a model's JSON answer what can be trusted as words about a picture.

    The answer is hostile: values of a wrong type count as absent, control characters and markup
    are removed, lengths are capped, tags are lower-cased and each kept once. A group or category
    that is one of those offered, but for its letters' case, punctuation or plural, takes the
    offered spelling. Raises Rejected (INVALID_OUTPUT) when nothing useful is left.
    """
    said = answer if isinstance(answer, dict) else {}
    found = AnalysedFields(
        title=_words(said.get("title"), MAX_TITLE),
        description=_words(said.get("description"), MAX_DESCRIPTION),
        tags=_tags(said.get("tags")),
        category=_offered(_words(said.get("category")), categories),
        group=_offered(_words(said.get("group")), groups),
        project_name=_words(said.get("projectName")),
        moodboard_name=_words(said.get("moodboardName")),
        genre=_words(said.get("genre")),
        style=_words(said.get("style")),
        shot=_words(said.get("shot")),
    )
    if found == AnalysedFields():
        raise Rejected(
            JobErrorCode.INVALID_OUTPUT,
            "The model's answer says nothing about the picture. Run the analysis again.",
        )
    return found


def fields_of(image: Image) -> dict[str, FieldValue]:
    """List the fields of a stored image that an analysis may touch, for `merge`."""
    names = dict.fromkeys((*REPLACED_FIELDS, *FILLED_FIELDS, *OVERRIDE_FIELDS))
    return {name: getattr(image, name) for name in names}


def merge(  # noqa: PLR0913 - each is a voice with its own rank, and is given by name
    current: Mapping[str, FieldValue],
    authors: Mapping[str, Author],
    *,
    said: AnalysedFields,
    colors: tuple[str, ...] = (),
    overrides: Overrides | None = None,
    overwrite_edits: bool = False,
) -> Merged:
    """Decide what an image takes over from an analysis, a measurement and the call itself.

    Overrides always win and become a person's words. What a person wrote last, clearing a field
    included, is kept unless `overwrite_edits`. Of the rest, `REPLACED_FIELDS` are replaced and
    `FILLED_FIELDS` are filled where empty. Where a voice has nothing to say the old value stays:
    a model's silence is no reason to wipe a library. Colours come from the pixels alone.
    """
    values: dict[str, FieldValue] = {}
    written = dict(authors)
    for name, (value, author) in _proposals(said, colors).items():
        guarded = authors.get(name) is Author.PERSON and not overwrite_edits
        full = name in FILLED_FIELDS and current.get(name)
        if not guarded and not full:
            values[name], written[name] = value, author
    for name, words in _given(overrides or Overrides()).items():
        values[name], written[name] = words, Author.PERSON
    return Merged(values, written)


def _proposals(
    said: AnalysedFields, colors: tuple[str, ...]
) -> dict[str, tuple[FieldValue, Author]]:
    spoken = {field.name: getattr(said, field.name) for field in fields(said)}
    proposals = {name: (value, Author.MODEL) for name, value in spoken.items() if value}
    if colors:
        proposals["colors"] = (colors, Author.PIXELS)
    return proposals


def _given(overrides: Overrides) -> dict[str, str]:
    pairs = ((name, (getattr(overrides, name) or "").strip()) for name in OVERRIDE_FIELDS)
    return {name: words for name, words in pairs if words}


# Longer than any cap, so that markup can be removed before a text is cut; short enough to be fast.
_LONGEST_READ = 20_000
_MARKUP = re.compile(r"</?[a-zA-Z!][^<>]*>|[<>`*]|__+|^#+\s", re.MULTILINE)
_SILENCE = frozenset({"null", "none", "n/a", "na", "unknown", "undefined", "not applicable"})


def _words(value: object, limit: int = MAX_WORDS) -> str | None:
    if not isinstance(value, str):
        return None
    text = _MARKUP.sub("", unicodedata.normalize("NFC", value[:_LONGEST_READ]))
    text = " ".join("".join(_visible(letter) for letter in text).split())
    return None if text.casefold() in _SILENCE else _cut(text, limit) or None


def _visible(letter: str) -> str:
    """Turn white space and line ends into spaces, and drop what nobody can see.

    Invisible letters, surrogates and direction marks (Unicode's C categories) can disguise a text.
    """
    if letter.isspace():
        return " "
    return "" if unicodedata.category(letter).startswith("C") else letter


def _cut(text: str, limit: int) -> str:
    """Cut a text to `limit` characters, between two words where there are two."""
    if len(text) <= limit:
        return text
    whole_words, space, _ = text[: limit + 1].rpartition(" ")
    return (whole_words if space else text[:limit]).rstrip(" ,;:-")


def _tags(value: object) -> tuple[str, ...]:
    raw = value.split(",") if isinstance(value, str) else value
    if not isinstance(raw, list):
        return ()
    read = (_words(item) for item in islice(raw, 10 * MAX_TAGS))
    # Lower-casing can lengthen a word (Turkish dotted I), so the cap comes after it.
    lowered = (_cut(tag.lower().lstrip("#").strip(), MAX_TAG) for tag in read if tag)
    return tuple(islice(dict.fromkeys(tag for tag in lowered if tag), MAX_TAGS))


def _offered(words: str | None, offers: Sequence[str]) -> str | None:
    if words is None:
        return None
    return next((offer for offer in offers if _key(offer) == _key(words)), words)


def _key(words: str) -> str:
    return "".join(filter(str.isalnum, words.casefold())).removesuffix("s")
