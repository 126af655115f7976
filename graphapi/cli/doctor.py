"""`graphapi doctor`: look at everything that the settings name."""

import asyncio

import typer

from graphapi.cli.checkup import Verdict, examine
from graphapi.cli.settings import start_logging

_COLOURS = {
    Verdict.GOOD: typer.colors.GREEN,
    Verdict.ABSENT: typer.colors.YELLOW,
    Verdict.WRONG: typer.colors.RED,
}


def doctor() -> None:
    """Check the settings and everything they name, and say what to do about each."""
    findings = asyncio.run(examine(start_logging()))
    for finding in findings:
        mark = typer.style(finding.verdict, fg=_COLOURS[finding.verdict])
        typer.echo(f"{mark}  {finding.subject:<11}{finding.sentence}")
    if any(finding.verdict is Verdict.WRONG for finding in findings):
        raise typer.Exit(1)
