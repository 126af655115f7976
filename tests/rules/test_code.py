import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.rules.sources import ROOT, files, place

LONGEST_FILE = 400
LONGEST_FUNCTION = 60

# A silenced check names itself and says why: `noqa: S105 - not a secret`.
EXPLAINED = re.compile(
    r"# (?:noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*|type: ignore\[[\w, -]+\]) *[-#] *.*\w{2}"
)
SILENCED = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma|mypy:|ruff:)")

# Folders of one machine, which no other machine has.
MACHINE = re.compile(r"(?<![\w.:/])/(?:work|root|home|Users|opt)/\w+")


def _comments(path: Path) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def test_files_are_short() -> None:
    long = {
        place(path, count)
        for path in files("graphapi", "tests", "alembic")
        if (count := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert long == set()


def test_functions_are_short() -> None:
    long = {
        place(path, node.lineno)
        for path in files("graphapi", "tests")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    }
    assert long == set()


def test_every_silenced_check_names_itself_and_says_why() -> None:
    unexplained = {
        f"{place(path, line)}: {comment}"
        for path in files("graphapi", "tests", "alembic")
        for line, comment in _comments(path)
        if SILENCED.search(comment) and not EXPLAINED.search(comment)
    }
    assert unexplained == set()


def test_only_the_settings_read_the_environment() -> None:
    elsewhere = {
        place(path, node.lineno)
        for path in files("graphapi")
        if path.name != "settings.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom | ast.Attribute) and _reads_environment(node)
    }
    assert elsewhere == set()


def _reads_environment(node: ast.ImportFrom | ast.Attribute) -> bool:
    names = {"environ", "environb", "getenv", "getenvb", "putenv"}
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and any(alias.name in names for alias in node.names)
    return isinstance(node.value, ast.Name) and node.value.id == "os" and node.attr in names


def test_nothing_knows_the_machine_it_was_written_on() -> None:
    suffixes = (".py", ".md", ".toml", ".graphql", ".html", ".js", ".ts", ".css", ".json", ".mako")
    paths = [*files("graphapi", "tests", "alembic", suffixes=suffixes)]
    paths += [ROOT / name for name in ("README.md", "Makefile", "pyproject.toml", ".env.example")]
    known = {
        place(path, number)
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if MACHINE.search(line)
    }
    assert known == set()


def test_every_folder_of_code_is_a_package() -> None:
    missing = {
        str(folder.relative_to(ROOT))
        for folder in {path.parent for path in files("graphapi", "tests")}
        if not (folder / "__init__.py").exists()
    }
    assert missing == set()
