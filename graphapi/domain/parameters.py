"""What a model can be told beside its prompt, and what each such parameter takes."""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from graphapi.domain.addresses import BadAddress, check_data_uri, check_public_address

_INT64 = 2**63
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|data:", re.IGNORECASE)


class ParameterType(StrEnum):
    """What kind of value a parameter takes."""

    STRING = "STRING"
    INTEGER = "INTEGER"
    NUMBER = "NUMBER"
    BOOLEAN = "BOOLEAN"
    ENUM = "ENUM"
    SIZE = "SIZE"
    LIST = "LIST"
    OBJECT = "OBJECT"


class AddressIn(StrEnum):
    """Whether a text is the address of a file, may also be its name, or must be a data URI."""

    ALWAYS = "ALWAYS"
    INSIDE = "INSIDE"
    PERHAPS = "PERHAPS"


class MaskSize(StrEnum):
    """Which size a mask must have: that of the picture it lies on, or any.

    One that is TRANSPARENT has that size, too, and marks by transparency what is made anew.
    """

    EQUAL = "EQUAL"
    TRANSPARENT = "TRANSPARENT"
    ANY = "ANY"


class Unfit(ValueError):
    """A value that a parameter does not take; the message ends a sentence about the parameter."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: `name` in our API, `wire` in the provider's.

    `minimum` and `maximum` bound a number, the length of a STRING, each side of a SIZE, and how
    many items a LIST has. `values` are those of an ENUM, or the presets of a SIZE, whose widths
    and heights are in `sizes`. `fields` are those of an OBJECT, or of each item of a LIST; without
    any it takes whatever the provider does. `default` is the documented one; with `always` it is
    sent in words, since documents disagree or may change. `disputed` says where they disagree.
    `address` tells of a STRING that it is an address, which a provider can fetch, or a data URI.
    `mask` tells of one that it is a mask, which lies on the first input picture.
    `warning` says what comes of a BOOLEAN that is true, where that is easily missed.
    """

    name: str
    wire: str
    type: ParameterType
    description: str
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    fields: tuple["Parameter", ...] = ()
    default: Any = None
    required: bool = False
    always: bool = False
    disputed: str | None = None
    address: AddressIn | None = None
    mask: MaskSize | None = None
    warning: str | None = None

    def conform(self, value: Any) -> Any:
        """Turn a value into what is sent for it; raises Unfit for one that it does not take."""
        return _CONFORM[self.type](self, value)

    def dimensions(self, value: Any) -> tuple[int, int] | None:
        """Tell the width and height that a conforming SIZE stands for; None when unknown."""
        if isinstance(value, Mapping):
            return int(value["width"]), int(value["height"])
        return self.sizes.get(value) if isinstance(value, str) else None


def check_plain(value: Any) -> None:
    """Raise Unfit for a number that JSON cannot write, however deep it lies."""
    if isinstance(value, float) and not math.isfinite(value):
        raise Unfit("holds a number that is not finite. Leave it out.")
    inner = value.values() if isinstance(value, Mapping) else value
    if isinstance(value, Mapping | list | tuple):
        for each in inner:
            check_plain(each)


def check_address(value: str, check: Callable[[str], None] = check_public_address) -> None:
    """Raise Unfit for what is no public address of the web, and no data URI."""
    try:
        check(value)
    except BadAddress as bad:
        raise Unfit(str(bad)) from None


def _string(parameter: Parameter, value: Any) -> str:
    if not isinstance(value, str):
        raise _mistyped("a text", value)
    _bounded(parameter, len(value), f"has {len(value)} characters", " of them")
    match parameter.address:
        case AddressIn.ALWAYS:
            check_address(value)
        case AddressIn.INSIDE:
            check_address(value, check_data_uri)
        case AddressIn.PERHAPS if _ADDRESS.match(value):
            check_address(value)
    return value


def _integer(parameter: Parameter, value: Any) -> int:
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole or not -_INT64 <= value < _INT64:
        raise _mistyped("a whole number of at most 64 bits", value)
    _bounded(parameter, value, f"is {value}")
    return int(value)


def _number(parameter: Parameter, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _mistyped("a number", value)
    _bounded(parameter, value, f"is {value}")
    return value


def _boolean(_: Parameter, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _mistyped("true or false", value)
    return value


def _word(parameter: Parameter, value: Any) -> str:
    # Some providers write numbers as text, such as "4".
    plain = isinstance(value, str | int) and not isinstance(value, bool)
    if not plain or str(value) not in parameter.values:
        raise Unfit(f"is {_shown(value)}. Give one of: {', '.join(parameter.values)}.")
    return str(value)


def _size(parameter: Parameter, value: Any) -> Any:
    if isinstance(value, str):
        return _word(parameter, value)
    if not isinstance(value, Mapping) or set(value) != {"width", "height"}:
        presets = f"one of {', '.join(parameter.values)}, or " if parameter.values else ""
        raise Unfit(f"is {_shown(value)}. Give {presets}a width and a height.")
    return {side: _side(parameter, side, value[side]) for side in ("width", "height")}


def _side(parameter: Parameter, side: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _mistyped(f"whole pixels as its {side}", value)
    _bounded(parameter, value, f"has a {side} of {value}", " pixels")
    return value


def _list(parameter: Parameter, value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise _mistyped("a list", value)
    _bounded(parameter, len(value), f"has {len(value)} items")
    check_plain(value)
    return [_fields(parameter, each) for each in value] if parameter.fields else list(value)


def _object(parameter: Parameter, value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise _mistyped("an object", value)
    check_plain(value)
    return _fields(parameter, value) if parameter.fields else dict(value)


def _fields(parameter: Parameter, value: Any) -> dict[str, Any]:
    """Read an object by its fields' names, ours or the provider's; absent ones stay absent."""
    if not isinstance(value, Mapping):
        raise _mistyped("objects", value)
    sent: dict[str, Any] = {}
    known = {name: each for each in parameter.fields for name in (each.name, each.wire)}
    for name, inner in value.items():
        if name not in known:
            names = ", ".join(each.name for each in parameter.fields)
            raise Unfit(f"has no `{name}`. It has: {names}.")
        if known[name].wire in sent:
            raise Unfit(f"has `{known[name].name}` twice. Give it once.")
        try:
            sent[known[name].wire] = known[name].conform(inner)
        except Unfit as unfit:
            raise Unfit(f"is wrong in `{name}`, which {unfit}") from None
    missing = [each.name for each in parameter.fields if each.required and each.wire not in sent]
    if missing:
        raise Unfit(f"lacks `{missing[0]}`. Give it.")
    return sent


def _bounded(parameter: Parameter, number: float, says: str, unit: str = "") -> None:
    low, high = parameter.minimum, parameter.maximum
    if (low is None or number >= low) and (high is None or number <= high):
        return
    if high is None:
        wanted = f"at least {low:g}"
    elif low is None:
        wanted = f"at most {high:g}"
    else:
        wanted = f"{low:g} to {high:g}"
    raise Unfit(f"{says}. Give {wanted}{unit}.")


def _mistyped(wanted: str, value: Any) -> Unfit:
    return Unfit(f"is {_shown(value)}. Give {wanted}.")


def _shown(value: Any) -> str:
    """Write a value as whoever gave it did: in JSON. What no answer can carry is escaped."""
    written = json.dumps(value, ensure_ascii=False, default=str)
    shown = written.encode(errors="backslashreplace").decode()
    return shown if len(shown) <= 60 else f"{shown[:57]}..."  # noqa: PLR2004 - fits into a sentence


_CONFORM = {
    ParameterType.STRING: _string,
    ParameterType.INTEGER: _integer,
    ParameterType.NUMBER: _number,
    ParameterType.BOOLEAN: _boolean,
    ParameterType.ENUM: _word,
    ParameterType.SIZE: _size,
    ParameterType.LIST: _list,
    ParameterType.OBJECT: _object,
}
