"""`jinpai boards rebuild`: the ranks are forgotten and built again from the rows."""

from api.cli.opening import opened
from api.cli.terminal import CommandFailed, give, give_json
from kernel.clock import SystemClock
from kernel.database import Tx
from kernel.ranking import RanksUnavailable
from kernel.settings import Settings
from rewards.boards.feed import mark_everything


async def rebuild(settings: Settings, *, as_json: bool) -> None:
    """Have every board built again: those in Redis at once, those in servers' memory within seconds.

    Raises:
        CommandFailed: Redis is configured and does not answer; servers answer from SQL meanwhile.

    """
    from api.composition import ranks_of

    async with opened(settings) as database:

        async def mark(tx: Tx) -> None:
            await mark_everything(tx, [], SystemClock().now())

        await database.run(mark)
    ranks = ranks_of(settings)
    try:
        await ranks.clear()
    except RanksUnavailable as error:
        raise CommandFailed(f"Redis does not answer ({error}); the servers answer from the database") from error
    finally:
        await ranks.close()
    if as_json:
        give_json({"rebuilding": True, "redis": settings.redis_url is not None})
    else:
        give("the boards are built again from the rows; until then servers answer from the rows themselves")
