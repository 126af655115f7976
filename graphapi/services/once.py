"""Doing what is asked under an idempotency key once, however often it is asked."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any, Self

from graphapi.errors import Refused, UserErrorCode
from graphapi.persistence import idempotency
from graphapi.persistence.database import Database
from graphapi.persistence.unit_of_work import Connection, UnitOfWork

LONGEST_KEY = 200
_FIELD = ("idempotencyKey",)


@dataclass(frozen=True, slots=True)
class Once:
    """One call under a key; without a key, a call like any other: never known, never remembered.

    Ask `known` under the owner's lock before the work, `remember` after it, in one transaction.
    """

    operation: str
    key: str | None
    arguments_hash: str

    @classmethod
    def of(cls, key: str | None, operation: str, *arguments: Any) -> Self:
        """Make the call; raises Refused for a key that is blank or too long."""
        return cls(operation, _checked(key), fingerprint(arguments))

    async def known(self, unit: UnitOfWork, owner_id: str) -> Mapping[str, Any] | None:
        """Read what came of the first call with this key; None when this is the first.

        Raises Refused with IDEMPOTENCY_CONFLICT when the first call asked for something else.
        """
        return await self._first(unit.connection, owner_id)

    async def known_already(self, database: Database, owner_id: str) -> Mapping[str, Any] | None:
        """Read the same without the lock, before anything slow is done; None proves nothing."""
        if self.key is None:
            return None
        async with database.read() as connection:
            return await self._first(connection, owner_id)

    async def rehearse(self, connection: Connection, owner_id: str) -> None:
        """Check the key of a call that is only tried; raises Refused as `known` would."""
        await self._first(connection, owner_id)

    async def remember(
        self, unit: UnitOfWork, owner_id: str, result: Mapping[str, Any], now: datetime
    ) -> None:
        """Write down what came of this call, as ids."""
        if self.key is None:
            return
        asked = {
            "operation": self.operation,
            "arguments_hash": self.arguments_hash,
            "result": dict(result),
        }
        await idempotency.add(unit, owner_id, self.key, asked, now)

    async def _first(self, connection: Connection, owner_id: str) -> Mapping[str, Any] | None:
        if self.key is None:
            return None
        first = await idempotency.get(connection, owner_id, self.key)
        if first is None:
            return None
        if (first.operation, first.arguments_hash) != (self.operation, self.arguments_hash):
            raise Refused(
                UserErrorCode.IDEMPOTENCY_CONFLICT,
                f"This key was used on {first.created_at:%Y-%m-%d at %H:%M:%S} UTC, by "
                f"{first.operation} with other arguments. Use a new key for a new request.",
                _FIELD,
            )
        return dict(first.result)


def fingerprint(arguments: Any) -> str:
    """Hash arguments by their meaning.

    What has its default is left out, so that a later version, which knows more arguments, still
    recognises the calls of an earlier one.
    """
    return hashlib.sha256(json.dumps(_plain(arguments), sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        given = {field.name: getattr(value, field.name) for field in fields(value)}
        usual = {field.name: _default(field) for field in fields(value)}
        return {name: _plain(each) for name, each in given.items() if each != usual[name]}
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value


def _default(field: Any) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _checked(key: str | None) -> str | None:
    if key is None:
        return None
    tidy = key.strip()
    if not 1 <= len(tidy) <= LONGEST_KEY:
        message = f"An idempotency key has 1 to {LONGEST_KEY} characters, such as a UUID."
        raise Refused(UserErrorCode.INVALID_INPUT, message, _FIELD)
    return tidy
