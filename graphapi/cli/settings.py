"""Reading the settings for a command, and keeping their secrets out of the log."""

from graphapi import logs
from graphapi.settings import Settings, load_settings


def start_logging() -> Settings:
    """Read the settings and begin to log; raises ConfigurationError for a wrong one."""
    settings = load_settings()
    logs.configure(secrets=settings.secrets())
    return settings
