import re
import tomllib
from functools import cache

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.rules.sources import ROOT

RUNTIME = "requirements.lock"
DEVELOPMENT = "requirements-dev.lock"


@cache
def _entries(lock: str) -> dict[str, str]:
    """Return each locked requirement by its name, with its hashes."""
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    return {canonicalize_name(re.split(r"[=<>;@ \[]", line)[0]): line for line in text.splitlines()}


def _locked(lock: str, name: str) -> Version:
    found = re.match(r"\S+?==([^\s;]+)", _entries(lock)[canonicalize_name(name)])
    assert found, f"{name} is not pinned"
    return Version(found[1])


def _wanted(*extras: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("lock", [RUNTIME, DEVELOPMENT])
def test_a_lock_names_no_place(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"://| @ |--(index|extra-index|find|trusted|no-index)", text)


@pytest.mark.parametrize("lock", [RUNTIME, DEVELOPMENT])
def test_every_entry_is_pinned_and_hashed(lock: str) -> None:
    assert len(_entries(lock)) > 20
    for name, entry in _entries(lock).items():
        assert _locked(lock, name)
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry


@pytest.mark.parametrize(
    ("lock", "extras"), [(RUNTIME, ("build",)), (DEVELOPMENT, ("build", "dev"))]
)
def test_a_lock_covers_what_pyproject_asks_for(lock: str, extras: tuple[str, ...]) -> None:
    for requirement in _wanted(*extras):
        assert _locked(lock, requirement.name) in requirement.specifier, "run `make lock`"


def test_what_is_tested_is_what_is_run() -> None:
    for name in _entries(RUNTIME):
        assert _locked(RUNTIME, name) == _locked(DEVELOPMENT, name), "run `make lock`"
