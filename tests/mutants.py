"""Break the promises about money on purpose, one at a time, and see that the tests notice.

`make mutants` runs this. Each mutant is one small change of the kind that a tired engineer could
make; it is applied to a copy of the checkout, and the tests that stand guard must fail there. The
unchanged copy must pass, or a failure would prove nothing.
"""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPIED = ("graphapi", "tests", "alembic", "alembic.ini", "pyproject.toml", "schema.graphql")
GUARDS = (
    "tests/services/test_life.py",
    "tests/services/test_sending.py",
    "tests/services/test_finishing.py",
    "tests/services/test_sweeping.py",
    "tests/persistence/test_transition.py",
    "tests/persistence/test_ledger.py",
)


@dataclass(frozen=True)
class Mutant:
    """One change for the worse: `old` stands once in `file`, and `new` takes its place."""

    promise: str
    file: str
    old: str
    new: str


MUTANTS = (
    Mutant(
        "the intent is committed before anything is sent",
        "graphapi/services/submitting.py",
        """        intent = await self._sender.intend(job_id, editor.slots)
        if intent is None:
            return
        answer = await self._sender.send(intent, lambda: self._call(editor, intent, source))
""",
        """        from graphapi.services.sending import Intent
        early = await self._call(editor, Intent(job, "token"), source)
        intent = await self._sender.intend(job_id, editor.slots)
        if intent is None:
            return
        answer = early
""",
    ),
    Mutant(
        "the attempt's token is written down with the intent",
        "graphapi/services/sending.py",
        "attempt_token_hash=_hash(token),",
        "attempt_token_hash=None,",
    ),
    Mutant(
        "a request whose worker died is never sent again",
        "graphapi/services/sweeping.py",
        "        if self._repeatable(job.provider):\n",
        "        if True:\n",
    ),
    Mutant(
        "a request in doubt is never sent again",
        "graphapi/services/sending.py",
        """        except InDoubt as error:
            await self._doubt(intent, error)
""",
        """        except InDoubt as error:
            await self._postpone(intent, error)
""",
    ),
    Mutant(
        "a result is taken in once, however often it is taken up",
        "graphapi/services/finishing.py",
        """            if moved is None:
                return
            picture_id""",
        """            picture_id""",
    ),
    Mutant(
        "what was certainly not charged is released",
        "graphapi/domain/ledger.py",
        "        return Closing(Entry.RELEASE, reserved, Billed.NO)\n",
        "        return Closing(Entry.SETTLE, reserved, Billed.NO)\n",
    ),
    Mutant(
        "a move is made by whoever holds the fence, and nobody else",
        "graphapi/persistence/transition.py",
        "    if guard.fence is not None:\n",
        "    if guard.fence is None:\n",
    ),
    Mutant(
        "a move that only looked is made on what it saw",
        "graphapi/persistence/transition.py",
        "    if guard.version is not None:\n",
        "    if False:\n",
    ),
    Mutant(
        "what has ended stays ended",
        "graphapi/persistence/transition.py",
        "where(JobRow.id == job_id, JobRow.state.in_(starts))",
        "where(JobRow.id == job_id)",
    ),
)


def main() -> int:
    """Try every mutant; answers how many went unnoticed."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        _copy(copy)
        if not _passes(copy):
            print("The unchanged copy fails its tests: mend that first.")  # noqa: T201 - a command
            return 1
        unnoticed = [mutant for mutant in MUTANTS if not _noticed(copy, mutant)]
    print(f"{len(MUTANTS) - len(unnoticed)} noticed, {len(unnoticed)} unnoticed")  # noqa: T201 - a command
    return len(unnoticed)


def _copy(folder: Path) -> None:
    folder.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)


def _noticed(copy: Path, mutant: Mutant) -> bool:
    file = copy / mutant.file
    sound = file.read_text()
    if sound.count(mutant.old) != 1:
        raise SystemExit(f"{mutant.file} has changed; write this mutant anew: {mutant.promise}")
    file.write_text(sound.replace(mutant.old, mutant.new))
    noticed = not _passes(copy)
    file.write_text(sound)
    print(f"{'noticed  ' if noticed else 'UNNOTICED'}  {mutant.promise}", flush=True)  # noqa: T201 - a command
    return noticed


def _passes(copy: Path) -> bool:
    # `-m pytest` puts the copy before the installed checkout.
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "2", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, *GUARDS], cwd=copy, capture_output=True, check=False)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
