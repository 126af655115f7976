"""People, and the tokens that sign them in."""

import hashlib
import secrets

from graphapi.domain.users import User
from graphapi.errors import Refused, UserErrorCode
from graphapi.persistence import users
from graphapi.persistence.database import Database
from graphapi.ports.clock import Clock

TOKEN_PREFIX = "gapi_"  # noqa: S105 - a prefix by which a leaked token is recognised, no secret
_MAX_NAME = 80


class Users:
    """Signs people in and makes their tokens."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def authenticate(self, token: str) -> User | None:
        """Find whom a token signs in; None for a token that is not one of ours."""
        async with self._database.read() as connection:
            return await users.by_token_hash(connection, _hash(token))

    async def create_token(self, name: str) -> str:
        """Make a token for the person of this name, who is added when new; shown only now.

        Raises Refused for a name that is empty or longer than 80 characters.
        """
        name = name.strip()
        if not 1 <= len(name) <= _MAX_NAME:
            message = f"A user's name has 1 to {_MAX_NAME} characters."
            raise Refused(UserErrorCode.INVALID_INPUT, message, ("name",))
        token = TOKEN_PREFIX + secrets.token_urlsafe(32)
        await self.adopt_token(name, token)
        return token

    async def adopt_token(self, name: str, token: str) -> User:
        """Let this token sign in the person of this name, who is added when new."""
        now = self._clock.now()
        async with self._database.write() as unit:
            known = await users.by_token_hash(unit.connection, _hash(token))
            if known is not None:
                return known
            user = await users.ensure(unit, name, now)
            await users.add_token(unit, user.id, _hash(token), now)
        return user


def _hash(token: str) -> str:
    # A token is 256 random bits: a plain hash is enough, and quick enough for every request.
    return hashlib.sha256(token.encode()).hexdigest()
