"""JSON as it travels: what a stranger sends is checked, what we send is compact UTF-8."""

import json
from typing import Any, NoReturn

# Above what any argument takes, and below where Python itself gives up.
_MOST_DIGITS = 1_000


def decode_json(content: bytes | str) -> Any:
    """Read JSON sent by a stranger; raises ValueError with a sentence for them.

    Stricter than Python's reader, whose answers later steps would break on: no `NaN`, no
    half of a surrogate pair, no number of countless digits, no nesting beyond what the stack takes.
    """
    try:
        text = content.decode() if isinstance(content, bytes) else content
        value = json.loads(text, parse_constant=_refuse_constant, parse_int=_whole_number)
        if "\\ud" in text.lower():
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("The JSON is nested too deeply.") from None
    except UnicodeError:
        raise ValueError("The JSON is not valid UTF-8 text.") from None
    except ValueError as error:
        raise ValueError(f"This is not valid JSON: {error}.") from None
    return value


def encode_json(value: object) -> str:
    """Write JSON; raises ValueError for `NaN` and infinities, which JSON does not have."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _whole_number(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"a number has more than {_MOST_DIGITS:,} digits")
    return int(text)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
