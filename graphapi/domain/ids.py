"""Identifiers: opaque to callers, sortable by time of creation for the database's sake."""

import secrets
import threading
import time
from enum import StrEnum

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS = 80
_LENGTH = 26
_last = 0
_lock = threading.Lock()


class Noun(StrEnum):
    """What an id names; its value is the id's prefix."""

    GENERATION = "gen"
    IMAGE = "img"
    JOB = "job"
    TOKEN = "tok"
    UPLOAD = "upl"
    USER = "usr"
    WORKER = "wrk"


def new_id(noun: Noun) -> str:
    """Make a new id: the noun's prefix, then 48 bits of time and 80 bits of chance.

    Ids made by one process always sort in the order they were made (as in the ULID
    specification's monotonic mode), so rows made in one transaction keep their order.
    """
    global _last
    with _lock:
        fresh = (time.time_ns() // 1_000_000 << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
        _last = fresh if fresh > _last else _last + 1
        number = _last
    digits = [_ALPHABET[number >> shift & 31] for shift in range((_LENGTH - 1) * 5, -1, -5)]
    return f"{noun}_{''.join(digits)}"


def noun_of(identifier: str) -> Noun | None:
    """Tell what an id names, or None when it is not one of ours."""
    prefix, _, digits = identifier.partition("_")
    if len(digits) != _LENGTH or not set(digits) <= set(_ALPHABET):
        return None
    return next((noun for noun in Noun if noun == prefix), None)
