import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

from tests.rules.sources import ROOT

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(
        ROOT / "graphapi", tmp_path / "graphapi", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _verdict(copy: Path, contract: str) -> tuple[bool, str]:
    done = subprocess.run(
        [LINT_IMPORTS, "--no-logo", "--no-cache", "--contract", contract],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0, " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize(
    ("contract", "module", "forbidden"),
    [
        ("layers", "domain/planted.py", "graphapi.ports.clock"),
        ("layers", "services/planted.py", "graphapi.storage"),
        ("layers", "api/planted.py", "graphapi.providers"),
        ("layers", "persistence/planted.py", "graphapi.services"),
        ("services", "providers/planted.py", "graphapi.services"),
        ("rows", "api/planted.py", "graphapi.persistence"),
        ("settings", "services/planted.py", "graphapi.settings"),
        ("sql", "services/planted.py", "sqlalchemy"),
        ("graphql", "services/planted.py", "strawberry"),
        ("http-server", "api/planted.py", "starlette"),
        ("http-client", "services/planted.py", "httpx"),
        ("broker", "web/planted.py", "dramatiq"),
    ],
)
def test_a_planted_import_is_found_and_named(
    copy: Path, contract: str, module: str, forbidden: str
) -> None:
    planted = copy / "graphapi" / module
    planted.write_text(f"import {forbidden}\n")
    kept, said = _verdict(copy, contract)
    assert not kept
    name = "graphapi." + module.removesuffix(".py").replace("/", ".")
    assert f"{name} -> {forbidden}" in said
    planted.unlink()
    assert _verdict(copy, contract)[0], "the contract is broken without the planted import too"


def test_a_module_without_a_layer_is_found_and_named(copy: Path) -> None:
    (copy / "graphapi" / "helpers.py").touch()
    kept, said = _verdict(copy, "layers")
    assert not kept
    assert "graphapi.helpers" in said


def test_every_outside_package_has_its_house() -> None:
    graph = grimp.build_graph("graphapi", include_external_packages=True)
    imported = {name for name in graph.modules if graph.is_module_squashed(name)}
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    housed = {
        package
        for contract in config["contracts"]
        for package in contract.get("protected_modules", ())
    }
    assert imported - sys.stdlib_module_names - housed == set()
