"""Configure logging, once, where a process starts.

Everyone else logs through the standard library, `logging.getLogger(__name__)`; what is bound here
(`request_id`, `job_id`, `user_id`) is then in every line of the task that bound it. Lines go to
standard error: for eyes on a terminal, as JSON otherwise. No secret is in any of them.
"""

import json
import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from contextlib import AbstractContextManager
from typing import Any

import structlog
from structlog.processors import JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.types import Processor

HIDDEN = "[hidden]"

# They say at INFO what our own lines say better, or what nobody asked.
TALKATIVE = ("alembic", "dramatiq", "httpcore", "httpx", "PIL", "uvicorn", "websockets")

# Of `dramatiq.worker`, with the reason.
_REDIS_IS_AWAY = "Consumer encountered a connection error: %s"

# Whatever carries one of these words in its name is never shown.
SECRET_NAME = r"authorization|password|secret|signature|credential|token|api_?key"  # noqa: S105 - names, not secrets

# What a secret looks like when nobody told us its value. The first group of each is kept.
SECRET_SHAPES = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        rf"""([\w-]*(?:{SECRET_NAME})=)[^\s&"'\\,;)]+""",  # in an address, or a setting
        r"""(\bauthorization\W{1,8}(?:b')?)(?:(?:basic|bearer|key|token)\s+)?[^\s"'\\,;)}]+""",
        r"(\bbearer\s+)[\w.~+/=-]+",
        r"(\bkey\s+)[\w-]+:[\w-]+",  # fal.ai's
        r"(\bgapi_)[\w-]+",  # our own tokens
        r"(\bsk-)[\w-]{8,}",  # OpenRouter's
        r"(\w://[^\s:/@]*:)[^\s/@]+(?=@)",  # a password in an address
        r"(webhooks(?:/|%2F)\w+?(?:/|%2F))[\w-]+",  # where a provider tells of one attempt
    )
)

# A shorter "secret" would blank out ordinary words.
SHORTEST_SECRET = 6

_known_secrets: set[str] = set()


def configure(*, secrets: Iterable[str] = (), for_eyes: bool | None = None) -> None:
    """Send every log line of this process to standard error, without secrets.

    `secrets` are values that must never be shown, such as the keys in the settings. `for_eyes`
    chooses between readable lines and JSON; None asks whether a terminal is there to read them.
    May be called again: the latest call decides.
    """
    for secret in secrets:
        hide(secret)
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_OnceAMinute())
    handler.setFormatter(_formatter(sys.stderr.isatty() if for_eyes is None else for_eyes))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def hide(secret: str) -> None:
    """Never show this value in any line from now on; shorter than 6 characters is ignored."""
    if len(secret) >= SHORTEST_SECRET:
        # A quote or a backslash looks different in a repr, in JSON, and in JSON about a repr.
        for spelling in (secret, repr(secret)[1:-1]):
            _known_secrets.update((spelling, json.dumps(spelling, ensure_ascii=False)[1:-1]))


def bound(**values: str) -> AbstractContextManager[None]:
    """Add `values` to every line logged inside the block, by this task and those it starts."""
    return structlog.contextvars.bound_contextvars(**values)


def without_secrets(text: str) -> str:
    """Return `text` with everything that is, or looks like, a secret blanked out."""
    for secret in sorted(_known_secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    for shape in SECRET_SHAPES:
        text = shape.sub(rf"\g<1>{HIDDEN}", text)
    return text


class _OnceAMinute(logging.Filter):
    """Lowers what Dramatiq says, as CRITICAL, every second that Redis is away.

    It tries again by itself: a warning now and then is enough.
    """

    def __init__(self) -> None:
        super().__init__()
        self._quiet_until = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith("dramatiq.") or record.msg != _REDIS_IS_AWAY:
            return True
        if record.created < self._quiet_until:
            return False
        self._quiet_until = record.created + 60
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg = "Jobs cannot be taken from Redis, and it is tried again every second: %s"
        return True


def _formatter(for_eyes: bool) -> logging.Formatter:  # noqa: FBT001 - private, and its one argument
    gather: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        ExtraAdder(),
        add_log_level,
        add_logger_name,
        TimeStamper(fmt="%H:%M:%S" if for_eyes else "iso", utc=not for_eyes),
        _hide_by_name,
    ]
    return ProcessorFormatter(
        foreign_pre_chain=gather,
        processors=[ProcessorFormatter.remove_processors_meta, *_renderers(for_eyes), _clean],
    )


def _renderers(for_eyes: bool) -> list[Processor]:  # noqa: FBT001 - as above
    if for_eyes:
        # Plain: the pretty tracebacks show local variables, and with them keys.
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(exception_formatter=plain, pad_event_to=0)]
    return [format_exc_info, JSONRenderer(ensure_ascii=False, default=str)]


def _hide_by_name(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    event.pop("color_message", None)  # uvicorn's second copy of its message
    for name in event:
        if re.search(SECRET_NAME, name, re.IGNORECASE):
            event[name] = HIDDEN
    return event


def _clean(_logger: Any, _method: str, line: Any) -> str:
    # Last, on the finished line: nothing gets past, neither a traceback nor a nested value.
    return without_secrets(line)
