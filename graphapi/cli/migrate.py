"""`graphapi migrate`."""

import asyncio

from graphapi.cli import migrations
from graphapi.cli.console import begin


def migrate() -> None:
    """Bring the database to the newest schema; harmless when it has it already."""
    settings = begin()
    settings.make_data_dir()
    asyncio.run(migrations.migrate(settings.resolved_database_url))
