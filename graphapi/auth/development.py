"""The token of the development user, on a server that only this machine can reach."""

import secrets
from pathlib import Path

from graphapi.auth.secret import load_or_create

TOKEN_FILE = "development_token"  # noqa: S105 - the name of a file
USER_NAME = "developer"


def load_or_create_development_token(data_dir: Path) -> str:
    """Read the development user's token from the data folder, or make one there.

    Raises ConfigurationError when the folder does not allow it.
    """
    return load_or_create(data_dir / TOKEN_FILE, lambda: "gapi_" + secrets.token_urlsafe(32))
