"""What a caller may tell a model by the provider's own names."""

import json
import re
from collections.abc import Mapping
from typing import Any

from graphapi.domain.arguments import folded, is_owned, snake
from graphapi.domain.models import Model
from graphapi.domain.parameters import Unfit, check_address, check_plain
from graphapi.errors import Refused, UserErrorCode

LONGEST_EXTRA = 20_000
# What a provider calls a parameter; some of them go out as names of form fields.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
# How the names of parameters end that hold addresses.
_OF_ADDRESSES = ("_url", "_urls")
# Answers are taken whole: of one that comes in pieces nothing could be kept, though it was paid.
_IN_PIECES = "stream"


def checked_extra(model: Model, extra: Any) -> Mapping[str, Any]:
    """Check all that can be checked of it by names alone; raises Refused."""
    path = ("options", "extra")
    if not isinstance(extra, Mapping):
        message = "`extra` is a JSON object: the provider's own names, each with its value."
        raise Refused(UserErrorCode.INVALID_INPUT, message, path)
    try:
        check_plain(extra)
    except Unfit as unfit:
        raise Refused(UserErrorCode.INVALID_INPUT, f"`extra` {unfit}", path) from None
    if len(json.dumps(extra)) > LONGEST_EXTRA:
        message = f"`extra` is too long. Keep it within {LONGEST_EXTRA} characters of JSON."
        raise Refused(UserErrorCode.INVALID_INPUT, message, path)
    for name, value in extra.items():
        if fault := _fault(model, name, value):
            raise Refused(UserErrorCode.INVALID_INPUT, fault, (*path, name))
    return extra


def _fault(model: Model, name: str, value: Any) -> str | None:
    """Tell what is wrong with a name in `extra`, as a sentence; None for nothing."""
    if not _NAME.fullmatch(name):
        return f"{name[:40]!r} is no name of a parameter. Give one of letters, digits, _, - and ."
    if is_owned(model, name):
        return f"`{name}` is decided by an argument of its own. Leave it out of `extra`."
    if folded(name) == _IN_PIECES:
        return f"`{name}` asks for an answer in pieces, of which none could be kept. Leave it out."
    if value is None:
        return f"`{name}` is null, which would not be sent. Leave it out, or give a value."
    return None


def check_addresses(name: str, value: Any, path: tuple[str, ...]) -> None:
    """Check what only the provider knows, if by its name it holds addresses; raises Refused."""
    if not snake(name).endswith(_OF_ADDRESSES):
        return
    try:
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str):
                check_address(each)
    except Unfit as unfit:
        raise Refused(UserErrorCode.INVALID_INPUT, f"`{name}` {unfit}", path) from None
