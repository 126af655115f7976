"""Identifiers: opaque to callers, sortable by time of creation for the database's sake."""

import secrets
import threading
import time
from enum import StrEnum

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS = 80
_LENGTH = 26


class Noun(StrEnum):
    """What an id names; its value is the id's prefix."""

    GENERATION = "gen"
    IMAGE = "img"
    JOB = "job"
    PICTURE = "pic"
    RECORDING = "rec"
    TOKEN = "tok"  # noqa: S105 - a prefix, no secret
    USER = "usr"
    WORKER = "wrk"


class _Sequence:
    """Numbers that only grow, from however many threads they are taken."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def take(self) -> int:
        fresh = (time.time_ns() // 1_000_000 << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
        with self._lock:
            self._last = max(fresh, self._last + 1)
            return self._last


_sequence = _Sequence()


def new_id(noun: Noun) -> str:
    """Make a new id: the noun's prefix, then 48 bits of time and 80 bits of chance.

    Ids made by one process always sort in the order they were made (as in the ULID
    specification's monotonic mode), so rows made in one transaction keep their order.
    """
    number = _sequence.take()
    digits = [_ALPHABET[number >> shift & 31] for shift in range((_LENGTH - 1) * 5, -1, -5)]
    return f"{noun}_{''.join(digits)}"


def noun_of(identifier: str) -> Noun | None:
    """Tell what an id names, or None when it is not one of ours."""
    prefix, _, digits = identifier.partition("_")
    if len(digits) != _LENGTH or not set(digits) <= set(_ALPHABET):
        return None
    return next((noun for noun in Noun if noun == prefix), None)
