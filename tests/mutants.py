"""Break the promises about money on purpose, one at a time, and see that the tests notice.

`make mutants` runs this; `python -m tests.mutants doubt` tries those whose promise holds the word.
Each mutant is applied to a copy of the checkout, and the tests that stand guard must fail there;
which of them did is told. The unchanged copy must pass, or a failure would prove nothing.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.mutations import MUTANTS, Mutant

ROOT = Path(__file__).parents[1]
COPIED = ("graphapi", "tests", "alembic", "alembic.ini", "pyproject.toml", "schema.graphql")
# The state machine comes last: it notices nearly everything, and takes long to say what.
GUARDS = (
    "tests/services/test_sending.py",
    "tests/services/test_insisting.py",
    "tests/services/test_finishing.py",
    "tests/services/test_sweeping.py",
    "tests/services/test_riding.py",
    "tests/services/test_riding_stops.py",
    "tests/persistence/test_transition.py",
    "tests/persistence/test_ledger.py",
    "tests/persistence/test_patience.py",
    "tests/providers/test_http.py",
    "tests/services/test_life.py",
)
_FAILED = re.compile(r"^(?:FAILED|ERROR) (tests/.+?)(?: - .*)?$", re.MULTILINE)


def main() -> int:
    """Try every mutant, or those whose promise holds a word given; answers how many live."""
    words = sys.argv[1:] or [""]
    mutants = [each for each in MUTANTS if any(word in each.promise for word in words)]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        _copy(copy)
        if red := _red(copy):
            _say(f"The unchanged copy fails {red}: mend that first.")
            return 1
        unnoticed = [mutant for mutant in mutants if not _noticed(copy, mutant)]
    _say(f"{len(mutants) - len(unnoticed)} noticed, {len(unnoticed)} unnoticed")
    return len(unnoticed)


def _copy(folder: Path) -> None:
    folder.mkdir()
    skipped = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=skipped)
        else:
            shutil.copy(source, folder / name)


def _noticed(copy: Path, mutant: Mutant) -> bool:
    file = copy / mutant.file
    sound = file.read_text()
    file.write_text(sound.replace(mutant.old, mutant.new))
    red = _red(copy)
    file.write_text(sound)
    _say(
        f"noticed    {mutant.promise}\n           by {red}"
        if red
        else f"UNNOTICED  {mutant.promise}"
    )
    return bool(red)


def _red(copy: Path, *strays: str) -> str | None:
    """Run the guards in a copy, but for some; answers the first test that fails, also alone."""
    left_out = [word for stray in strays for word in ("--deselect", stray)]
    said = _run(copy, *GUARDS, *left_out, "-n", "2")
    if said is None:
        return None
    failed = _FAILED.search(said)
    if failed is None:
        return said
    # On a busy machine a test may fail for want of time, which proves nothing of the mutant.
    return failed[1] if _run(copy, failed[1]) else _red(copy, *strays, failed[1])


def _run(copy: Path, *arguments: str) -> str | None:
    """Run tests until one fails; answers what was said then."""
    # `-m pytest` puts the copy before the installed checkout.
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else None


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command


if __name__ == "__main__":
    sys.exit(main())
