"""People, and the tokens that sign them in."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from graphapi.domain.users import Token, User
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.persistence import users
from graphapi.persistence.database import Database
from graphapi.ports.clock import Clock

TOKEN_PREFIX = "gapi_"  # noqa: S105 - a prefix by which a leaked token is recognised, no secret
_MAX_NAME = 80


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made, with all of its text: it is shown now and never again."""

    text: str
    user_is_new: bool


class Users:
    """Signs people in and makes their tokens."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def authenticate(self, token: str) -> User | None:
        """Find whom a token signs in; None for a token that is not one of ours."""
        async with self._database.read() as connection:
            return await users.by_token_hash(connection, _hash(token))

    async def create_token(self, name: str) -> NewToken:
        """Make a token for the person of this name, who is added when new; shown only now.

        Raises Refused for a name that is empty or longer than 80 characters.
        """
        name = name.strip()
        if not 1 <= len(name) <= _MAX_NAME:
            message = f"A user's name has 1 to {_MAX_NAME} characters."
            raise Refused(UserErrorCode.INVALID_INPUT, message, ("name",))
        text, now = TOKEN_PREFIX + secrets.token_urlsafe(32), self._clock.now()
        async with self._database.write() as unit:
            user_is_new = not await users.is_known(unit.connection, name)
            user = await users.ensure(unit, name, now)
            await users.add_token(unit, user.id, _hash(text), now)
        return NewToken(text, user_is_new)

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

    async def tokens(self) -> Sequence[Token]:
        """List every token, the newest first."""
        async with self._database.read() as connection:
            return await users.tokens(connection)

    async def revoke_token(self, token: str) -> Token:
        """Let a token, named by its id or by its own text, sign nobody in any more.

        Raises NotFound.
        """
        token = token.strip()
        async with self._database.write() as unit:
            known = await users.token(unit.connection, token, _hash(token))
            if known is None:
                raise NotFound("token")
            await users.remove_token(unit, known.id)
        return known


def _hash(token: str) -> str:
    # A token is 256 random bits: a plain hash is enough, and quick enough for every request.
    return hashlib.sha256(token.encode()).hexdigest()
