"""The files that the rules are about."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

# What an editor, a tool or a build leaves behind is nobody's style.
LEFTOVERS = {"__pycache__", "node_modules", "graphiql"}


def files(*folders: str, suffixes: tuple[str, ...] = (".py",)) -> Iterator[Path]:
    """Yield our own files of these folders, in order."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and not LEFTOVERS.intersection(path.parts):
                yield path


def place(path: Path, line: int) -> str:
    """Return where that is, as an editor understands it."""
    return f"{path.relative_to(ROOT)}:{line}"
