"""`jinpai migrate`: the newest schema."""

from api.cli.opening import connected, where
from api.cli.terminal import CommandFailed, give, give_json, say
from kernel.database.migrating import migrate, missing_migrations
from kernel.settings import Settings
from migrations import APPS


async def bring_up(settings: Settings, *, dry_run: bool, as_json: bool) -> None:
    """Apply what is missing; safe to run twice or at once.

    Raises:
        CommandFailed: nothing answers at the database's address.

    """
    if dry_run:
        applied = await _missing(settings)
    else:
        say(f"migrating {where(settings)}")
        try:
            applied = await migrate(settings.database_url, APPS)
        except OSError as error:
            raise CommandFailed(f"cannot open {where(settings)}: {error}") from error
    if as_json:
        give_json(
            {"database": where(settings), "applied": [] if dry_run else applied, "missing": applied if dry_run else []}
        )
        return
    for name in applied:
        give(name)
    if not applied:
        say("the schema is the newest")


async def _missing(settings: Settings) -> list[str]:
    if settings.embedded and not settings.database_path.exists():
        return ["everything: there is no database yet"]
    async with connected(settings) as database:
        return await missing_migrations(database, APPS)
