"""`make soak`: the same tests at a larger scale, and the numbers they report.

`--soak` asks for the scale at which the promises are proven, `--kills` for another number of
kills, `--seed` for the same chances again. What a test tells with `soak.tell` is shown at the end
of the run, also of one in parallel.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest

_TOLD = "told"
_FEW, _MANY = 8, 52


@dataclass(frozen=True, slots=True)
class Soak:
    """How much is asked for. `full`: the scale at which the promises are proven."""

    full: bool
    kills: int
    seed: int
    tell: Callable[[str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the scale."""
    group = parser.getgroup("graphapi")
    group.addoption("--soak", action="store_true", help="prove at full scale: half an hour")
    group.addoption("--kills", type=int, help="how often each test of kills kills")
    group.addoption("--seed", type=int, help="the chances of an earlier run, as it told them")


@pytest.fixture
def soak(pytestconfig: pytest.Config, record_property: Callable[[str, object], None]) -> Soak:
    """Take what is asked for, and lines of numbers for the end of the run."""
    full = bool(pytestconfig.getoption("--soak"))
    kills, seed = pytestconfig.getoption("--kills"), pytestconfig.getoption("--seed")
    return Soak(
        full,
        kills or (_MANY if full else _FEW),
        random.randrange(2**32) if seed is None else seed,
        lambda line: record_property(_TOLD, line),
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what was told, whether the test that told it passed or failed."""
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        if isinstance(report, pytest.TestReport)
    ]
    lines = [value for each in reports for name, value in each.user_properties if name == _TOLD]
    if lines:
        terminalreporter.section("numbers")
    for line in lines:
        terminalreporter.write_line(str(line))
