"""How the command line speaks to a person: at once, and in sentences.

No stack trace for what they can mend, and no second of imports for commands they did not ask for.
"""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

import typer
from typer.core import TyperGroup

from graphapi.errors import ConfigurationError, Refused

# What a shell, a service manager or a container reads: "called wrongly", as for a wrong option.
MISCONFIGURED = 2


class Console(TyperGroup):
    """The group of all commands; a wrong setting ends any of them with its own sentence.

    `places` tells of each command where it is found, as `module:name`, in the order in which help
    lists them. One is imported when it is asked for, or when all are to be listed.
    """

    places: Mapping[str, str] = MappingProxyType({})

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

    def list_commands(self, ctx: Any) -> list[str]:
        """List the names of all commands, in their order."""
        return [*self.places, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Find a command by its name; None if there is none."""
        # What resembles an unknown name is told from those that are known here.
        for name in [cmd_name] if cmd_name in self.places else self.places:
            self.commands[name] = _command(name, self.places[name])
        return super().get_command(ctx, cmd_name)


def _command(name: str, place: str) -> Any:
    module, _, attribute = place.partition(":")
    found = getattr(import_module(module), attribute)
    if not isinstance(found, typer.Typer):
        alone = typer.Typer(add_completion=False)
        alone.command()(found)
        return typer.main.get_command(alone)
    group = typer.main.get_group(found)
    group.name = name
    return group
