"""One line in the log when something starts to fail, one when it works again."""

import logging

from graphapi.errors import Unavailable


class Outage:
    """Whether one neighbour is out of reach, told to the log only when that changes.

    `what` begins the sentences: "The doorbell", "The heartbeat".
    """

    def __init__(self, logger: logging.Logger, what: str) -> None:
        self._logger = logger
        self._what = what
        self._on = False

    def __bool__(self) -> bool:
        return self._on

    def failed(self, error: BaseException) -> None:
        """Note a failure; only the first of an outage is logged."""
        if not self._on:
            self._on = True
            self._logger.warning("%s fails, and is tried again: %s", self._what, _reason(error))

    def worked(self) -> None:
        """Note a success, which ends an outage."""
        if self._on:
            self._on = False
            self._logger.info("%s works again", self._what)


def _reason(error: BaseException) -> str:
    if isinstance(error, Unavailable) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, TimeoutError):
        return str(error) or "no answer in time"
    return f"{type(error).__name__}: {error}".removesuffix(": ")
