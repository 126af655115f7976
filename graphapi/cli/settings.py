"""Reading the settings for a command, and keeping their secrets out of the log."""

from pydantic import SecretStr

from graphapi import logs
from graphapi.settings import Settings, load_settings


def start_logging() -> Settings:
    """Read the settings and begin to log; raises ConfigurationError for a wrong one."""
    settings = load_settings()
    values = (getattr(settings, name) for name in type(settings).model_fields)
    logs.configure(secrets=[v.get_secret_value() for v in values if isinstance(v, SecretStr)])
    return settings
