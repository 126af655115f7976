"""A person's words, and a model's, made fit to stand between quotation marks in a prompt.

Quoted text is data: it lies on one line, cannot close its own quotation, and holds nothing that
a reader does not see.
"""

import unicodedata

# Every mark that a model may read as a closing double quotation mark.
_DOUBLE_QUOTES = dict.fromkeys(
    map(
        ord,
        '"\u00ab\u00bb\u201c\u201d\u201e\u201f\u2033\u2036\u275d\u275e\u300c\u300d\u300e\u300f'
        "\u301d\u301e\u301f\uff02",
    ),
    "'",
)
# Joiners spell words in Persian and Hindi, and compose emoji; all other format characters hide.
_JOINERS = "\u200c\u200d"
_BREAKS = frozenset({"Cc", "Zl", "Zp", "Zs"})
_HIDDEN = frozenset({"Cf", "Cs"})


def tidy(text: str | None) -> str:
    """Put text on one line without control characters or double quotation marks.

    Runs of white space become one space; blank or absent text is the empty string.
    """
    seen = "".join(map(_visible, text or ""))
    return " ".join(seen.translate(_DOUBLE_QUOTES).split()).strip(f" {_JOINERS}")


def shorten(text: str, limit: int) -> str:
    """Cut tidy text at the last word boundary within `limit` characters."""
    if len(text) <= limit:
        return text
    head, space, _ = text[: limit + 1].rpartition(" ")
    return head if space else text[:limit]


def is_hidden(character: str) -> bool:
    """Tell whether a character works unseen: one that turns the direction of writing, say.

    The joiners are none of them.
    """
    return unicodedata.category(character) in _HIDDEN and character not in _JOINERS


def _visible(character: str) -> str:
    if unicodedata.category(character) in _BREAKS:
        return " "
    return "" if is_hidden(character) else character
