"""`jinpai tick`: what is due, as of now or of another time."""

from datetime import datetime

from api.cli.opening import opened
from api.cli.terminal import CommandFailed, Exit, give, give_json, say
from kernel.clock import LOCAL_ZONE, Clock, FixedClock, SystemClock
from kernel.jobs import JobsFailed, run_due
from kernel.settings import Settings


def clock_at(text: str | None) -> Clock:
    """The system's clock, or one that stands at a time (RFC 3339; without an offset it is Beijing's).

    Raises:
        CommandFailed: the text is no time.

    """
    if text is None:
        return SystemClock()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CommandFailed(f"--at {text}: a time such as 2026-11-23T08:00:00+08:00", Exit.USAGE) from None
    return FixedClock(at if at.tzinfo else at.replace(tzinfo=LOCAL_ZONE))


async def tick(settings: Settings, at: str | None, *, as_json: bool) -> Exit:
    """Deliver what waits in the outbox, then run the jobs that are due and that no other process runs."""
    from api.composition import District

    clock = clock_at(at)
    async with opened(settings) as database:
        district = District(settings, clock, database)
        delivered = 0
        while handled := await district.dispatcher.deliver_due():
            delivered += handled
        delivered += await district.outside.deliver_due()
        failures: dict[str, Exception] = {}
        try:
            ran = await run_due(database, district.jobs, clock)
        except JobsFailed as failed:
            ran, failures = failed.ran, failed.failures
        reader = await database.reader()
        row = await reader.fetch_one("SELECT count(*) AS waiting FROM kernel_outbox WHERE handled_at IS NULL")
        waiting = int(row["waiting"]) if row else 0
    if as_json:
        failed_names = {name: f"{type(error).__name__}: {error}" for name, error in failures.items()}
        give_json({"delivered": delivered, "waiting": waiting, "jobs": ran, "failed": failed_names})
    else:
        give(f"{delivered} delivered, {waiting} waiting; jobs: {', '.join(ran) or 'none due'}")
    for name, error in failures.items():
        say(f"job {name} failed: {type(error).__name__}: {error}")
    if failures:
        return Exit.PARTLY if ran else Exit.FAILED
    return Exit.DONE
