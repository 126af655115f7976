"""Reading the settings for a command, and keeping their secrets out of the log."""

import logging

from graphapi import logs
from graphapi.settings import Settings, load_settings, unknown_settings

logger = logging.getLogger(__name__)


def start_logging() -> Settings:
    """Read the settings and begin to log; raises ConfigurationError for a wrong one."""
    settings = load_settings()
    logs.configure(secrets=settings.secrets())
    return settings


def warn_of(settings: Settings) -> None:
    """Log what was set, but hardly meant so, in a line each."""
    if strangers := unknown_settings():
        logger.warning(" ".join(strangers))
    if settings.homeless:
        logger.warning(settings.homeless)
