"""How the command line speaks to a person: in sentences; no stack trace for what they can mend."""

from typing import Any

import typer
from typer.core import TyperGroup

from graphapi.errors import ConfigurationError, Refused

# What a shell, a service manager or a container reads: "called wrongly", as for a wrong option.
MISCONFIGURED = 2


class Console(TyperGroup):
    """The group of all commands; a wrong setting ends any of them with its own sentence."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as wrong:
            # Typer checks values with pydantic, whose word for "one of ours said no" this is.
            wrong.message = wrong.message.removeprefix("Value error, ")
            raise
        except (ConfigurationError, Refused) as error:
            typer.secho(str(error), err=True, fg=typer.colors.RED)
            raise typer.Exit(MISCONFIGURED) from None
