"""Databases that nobody has migrated yet, and the fixtures of those that were."""

from pathlib import Path

import pytest

from tests.persistence.conftest import (  # noqa: F401 - pytest finds fixtures by their names here
    clock,
    postgres_database_url,
    postgres_template,
    sqlite_database_url,
    sqlite_template,
)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
