"""Opening the district that a command is about."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from api.cli.terminal import CommandFailed
from kernel.database import Database
from kernel.database.migrating import missing_migrations
from kernel.settings import Settings, load_settings, settings_in
from migrations import APPS


def settings_for(data: Path | None, **overrides: Any) -> Settings:
    """The settings of a command: an embedded district in a folder, else those of the environment.

    Raises:
        SettingsFault: a value is wrong.

    """
    if data is not None:
        return settings_in(data, **overrides)
    return load_settings(**overrides)


def where(settings: Settings) -> str:
    """A database as it may be shown: without its password."""
    if settings.embedded:
        return str(settings.database_path)
    parts = urlsplit(settings.database_url)
    host = parts.hostname or "localhost"
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"


def this_command(command: str, settings: Settings) -> str:
    """How to type another command about the same district."""
    return f"jinpai {command} --data {settings.data_dir}" if settings.embedded else f"jinpai {command}"


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Database]:
    """The open database, whatever its schema.

    Raises:
        CommandFailed: there is none, or nothing answers.

    """
    if settings.embedded and not settings.database_path.is_file():
        raise CommandFailed(
            f"no database at {settings.database_path}; make one with: {this_command('migrate', settings)}"
        )
    try:
        database = await Database.open(settings.database_url, APPS, pool_size=settings.pool_size)
    except Exception as error:
        raise CommandFailed(f"cannot open {where(settings)}: {error or type(error).__name__}") from error
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The open database of the newest schema.

    Raises:
        CommandFailed: there is none, nothing answers, or its schema is behind this version.

    """
    async with connected(settings) as database:
        behind = await missing_migrations(database, APPS)
        if behind:
            raise CommandFailed(
                f"the schema of {where(settings)} is behind by {len(behind)} ({', '.join(behind)}); "
                f"bring it up with: {this_command('migrate', settings)}"
            )
        yield database
