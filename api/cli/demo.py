"""`jinpai demo`: a synthetic district, built once and then served."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson

from api.cli.collecting import collecting_rarely
from api.cli.opening import connected, where
from api.cli.progress import progress_on_stderr
from api.cli.terminal import CommandFailed, Exit, give, give_json, say
from api.demo.building import DemoBuilt, OnStage, build_demo
from api.demo.district import DIMENSIONS, Size
from api.demo.manifest import write_private
from cases.imports.results import Progress
from kernel.clock import SystemClock, local_date
from kernel.database.migrating import migrate
from kernel.files import FileStore
from kernel.settings import Settings, load_settings, settings_in
from migrations import APPS
from stewards.lanes import list_streets

_FOLDER = "demo"  # within the data directory, where no other folder was named


def demo_size(text: str) -> Size:
    """The size that was typed.

    Raises:
        CommandFailed: there is none of this name.

    """
    for size in DIMENSIONS:
        if text == size:
            return size
    raise CommandFailed(f"--size: {' or '.join(DIMENSIONS)}", Exit.USAGE)


def demo_settings(data: Path | None, port: int | None) -> tuple[Settings, Path]:
    """The settings of the demo and the folder of its files: DIR, else the database of the environment, else var/demo.

    Raises:
        SettingsFault: a value is wrong.

    """
    if data is not None:
        return _at_its_port(settings_in(data, demo=True, port=port)), data
    found = load_settings(demo=True, port=port)
    folder = found.data_dir / _FOLDER
    if found.embedded and "database_url" not in found.model_fields_set:
        return _at_its_port(settings_in(folder, demo=True, port=port)), folder
    return _at_its_port(found), folder


def _at_its_port(settings: Settings) -> Settings:
    """Links and QR codes of a demo lead to the port that it is served on, unless another address is set."""
    if "public_url" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"public_url": f"http://127.0.0.1:{settings.port}"})


def demo_day(text: str | None) -> date | None:
    """The day that was typed.

    Raises:
        CommandFailed: it is no date.

    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CommandFailed("--until: a date such as 2026-11-22", Exit.USAGE) from None


async def demo(settings: Settings, folder: Path, *, size: Size, seed: int, until: date | None, as_json: bool) -> None:
    """Build the demo, or leave a finished one as it is, and say how to sign in.

    Raises:
        DemoRefused: the folder or the database holds something else.

    """
    clock = SystemClock()
    yesterday = local_date(clock.now()) - timedelta(days=1)
    if until is not None and until > yesterday:
        raise CommandFailed(f"--until: a day that is over, {yesterday} at the latest", Exit.USAGE)
    base_url = f"http://127.0.0.1:{settings.port}"
    started = time.perf_counter()
    await migrate(settings.database_url, APPS)
    async with connected(settings) as database:
        with collecting_rarely(), _stages() as on_stage:
            built = await build_demo(
                database,
                FileStore(settings.files_dir),
                folder,
                size=size,
                seed=seed,
                last_day=until or yesterday,
                base_url=base_url,
                clock=clock,
                secret_key=settings.secret_key,
                on_stage=on_stage,
            )
        streets = {street.code: street.name for street in await list_streets(await database.reader())}
    credentials = orjson.loads(built.credentials.read_bytes())
    if credentials["base_url"] != base_url:
        credentials["base_url"] = base_url
        write_private(built.credentials, credentials)
    summary = _summary(built, settings, time.perf_counter() - started)
    if as_json:
        give_json(summary)
        return
    _tell(summary, credentials, built, streets)


@contextmanager
def _stages() -> Iterator[OnStage]:
    with progress_on_stderr(quiet=False) as show:
        stage_now = ""

        def on_stage(stage: str, progress: Progress) -> None:
            nonlocal stage_now
            if stage != stage_now:
                stage_now = stage
                say(f"{stage} …")
            if show:
                show(progress)

        yield on_stage


def _summary(built: DemoBuilt, settings: Settings, seconds: float) -> dict[str, Any]:
    dimensions = DIMENSIONS[built.manifest.size]
    imported = built.imported
    return {
        "fresh": built.fresh,
        "size": built.manifest.size,
        "seed": built.manifest.seed,
        "last_day": built.manifest.last_day,
        "streets": dimensions.streets,
        "stewards": dimensions.stewards,
        "cases": dimensions.cases,
        "waiting": dimensions.waiting,
        "seconds": round(seconds, 1),
        "import_seconds": round(imported.seconds, 1) if imported else None,
        "cases_per_second": round(imported.rows / imported.seconds) if imported and imported.seconds else None,
        "database": where(settings),
        "credentials": str(built.credentials),
    }


def _tell(
    summary: Mapping[str, Any], credentials: Mapping[str, Any], built: DemoBuilt, streets: Mapping[str, str]
) -> None:
    base = credentials["base_url"]
    made = "built" if built.fresh else "found as it was"
    give(
        f"演示数据，人物均为虚构。A synthetic district, {made}: {summary['streets']} streets, "
        f"{summary['stewards']:,} stewards, {summary['cases']:,} cases credited, {summary['waiting']} waiting "
        f"(a year until {summary['last_day']})."
    )
    if summary["cases_per_second"]:
        give(f"{summary['seconds']} s, of which cases {summary['import_seconds']} s: {summary['cases_per_second']:,}/s")
    give(f"\n首页 front page        {base}/")
    steward = credentials["stewards"][0]
    give(
        f"管家 steward           {base}/me             number {steward['number']}  PIN {steward['pin']}"
        f"  {streets[steward['street']]}"
    )
    for role, name in (
        ("street_admin", "街道 street office    "),
        ("community_staff", "社区 community staff  "),
        ("lane_chief", "街巷长 lane chief     "),
        ("district_admin", "区 district           "),
    ):
        member = credentials[role]
        give(
            f"{name} {base}/admin/cases    login {member['login']}  password {member['password']}"
            f"  {streets.get(member['street'], '全区 whole district')}"
        )
    give(f"\nEverybody's sign-ins and bearer tokens: {built.credentials}\n")
