"""Make the secrets that an operator did not set, once, and keep them in the data folder."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from graphapi.errors import ConfigurationError

SECRET_KEY_FILE = "secret_key"  # noqa: S105 - the name of a file
_OWNER_ONLY = 0o600


def load_or_create_secret_key(data_dir: Path) -> str:
    """Read the key that signs addresses from the data folder, or make one there.

    Every process that shares the folder gets the same key, however many start at once. Raises
    ConfigurationError when the folder does not allow it.
    """
    return load_or_create(data_dir / SECRET_KEY_FILE, lambda: secrets.token_hex(32))


def load_or_create(path: Path, make: Callable[[], str]) -> str:
    """Read the secret in this file, or put there what `make` makes, readable by its owner alone.

    Raises ConfigurationError with what to do.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _create(path, make())
        return _read(path)
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written or read ({error.strerror}). Let this user write to that "
            "folder, or choose another with GRAPHAPI_DATA_DIR."
        ) from error


def _create(path: Path, secret: str) -> None:
    # Written aside and linked into place: whoever finds the file finds it whole, and of all
    # processes that try, the first wins.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its secret is the one
    finally:
        draft.unlink()


def _read(path: Path) -> str:
    # A copy or a restored backup may have opened it to others.
    path.chmod(_OWNER_ONLY)
    secret = path.read_text(encoding="ascii", errors="replace").strip()
    if not secret:
        raise ConfigurationError(f"{path} is empty. Delete it, and a new one is made.")
    return secret
