"""The commands and their options. What each does stands in a module of its own, imported when it is called."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.access_commands import keys_app, staff_app
from api.cli.computing_commands import boards_app, draws_app, simulate_app, titles_app
from api.cli.export_commands import OutOption, export_app
from api.cli.rule_commands import rules_app
from api.cli.terminal import CommandFailed, DataOption, DryRunOption, Exit, JsonOption, YesOption, give_file, run, stop

app = typer.Typer(
    name="jinpai",
    help="金牌: points, evaluation and honours for neighbourhood volunteers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(export_app, name="export")
app.add_typer(boards_app, name="boards")
app.add_typer(simulate_app, name="simulate")
app.add_typer(rules_app, name="rules")
app.add_typer(keys_app, name="keys")
app.add_typer(staff_app, name="staff")
holidays_app = typer.Typer(help="The working calendar: take in published holidays.", no_args_is_help=True)
app.add_typer(holidays_app, name="holidays")
app.add_typer(titles_app, name="titles")
app.add_typer(draws_app, name="draws")
_IMPORTED = "cases, places, stewards, staff, balances, items, titles, reopenings, street_scores or teams"


@app.command()
def serve(
    data: DataOption = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port; 0 takes a free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="Server processes; more than 1 on PostgreSQL.")] = None,
) -> None:
    """Serve the district until SIGTERM or Ctrl-C."""
    from api.cli.opening import settings_for
    from api.cli.serving import check_before_serving
    from api.cli.serving import serve as serve_settings
    from kernel.settings import Settings

    async def check() -> Settings:
        settings = settings_for(data, host=host, port=port, workers=workers)
        await check_before_serving(settings)
        return settings

    serve_settings(run(check))


@app.command()
def demo(
    *,
    size: Annotated[str, typer.Option(help="small (2,100 cases) or full (72,240).")] = "small",
    data: DataOption = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same places, people and cases.")] = 1,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="The last day of the demo year; else yesterday.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="The port to serve on.")] = None,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Build it, and leave serving for later.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Build a synthetic district (once) and serve it, with every page one click away."""
    from api.cli.demo import demo as build
    from api.cli.demo import demo_day, demo_settings, demo_size
    from api.cli.serving import check_before_serving
    from api.cli.serving import serve as serve_settings
    from kernel.settings import Settings

    async def command() -> Settings:
        settings, folder = demo_settings(data, port)
        await build(settings, folder, size=demo_size(size), seed=seed, until=demo_day(until), as_json=as_json)
        if not no_serve:
            await check_before_serving(settings)
        return settings

    settings = run(command)
    if not no_serve:
        serve_settings(settings)


@app.command()
def migrate(data: DataOption = None, dry_run: DryRunOption = False, as_json: JsonOption = False) -> None:
    """Bring the schema to the newest version; safe to run twice or at once."""
    from api.cli.migrating import bring_up
    from api.cli.opening import settings_for

    async def command() -> None:
        await bring_up(settings_for(data), dry_run=dry_run, as_json=as_json)

    run(command)


@app.command("import")
def import_(
    *,
    kind: Annotated[str, typer.Argument(help=_IMPORTED)],
    file: Annotated[Path, typer.Argument(help="A .csv, .xls, .xlsx or .ndjson file.")],
    mapping: Annotated[Path | None, typer.Option(help="What the columns mean; else they are the template's.")] = None,
    faults: Annotated[int, typer.Option(help="How many faults to show.", min=0)] = 20,
    data: DataOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take in a file: faults are named by line and column, a repeated import adds nothing."""
    from api.cli.importing import import_from, import_kind
    from api.cli.opening import settings_for

    if not file.is_file():
        stop(f"no file {file}", Exit.USAGE)

    async def command() -> Exit:
        return await import_from(
            settings_for(data), import_kind(kind), file, mapping, dry_run=dry_run, as_json=as_json, shown=faults
        )

    half_done = ("interrupted; the same command goes on where this one stopped", Exit.PARTLY)
    raise typer.Exit(run(command, on_interrupt=half_done))


@app.command()
def template(
    kind: Annotated[str, typer.Argument(help=_IMPORTED)],
    out: OutOption = None,
) -> None:
    """Write an .xlsx to fill in for an import."""
    from api.cli.importing import import_kind
    from cases.imports.templates import template as template_of

    async def command() -> None:
        give_file(out, template_of(import_kind(kind)))

    run(command)


@app.command("close")
def close_(
    *,
    period: Annotated[str | None, typer.Option(help="2026-Q3, 2026-09 or 2026; with --check all by default.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Compute what is closed again, and compare.")] = False,
    data: DataOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Freeze a period's evaluation: scores with the hash of their inputs, multipliers, levels. Twice is once."""
    from api.cli.closing import check as check_settings
    from api.cli.closing import close, named_period
    from api.cli.opening import settings_for

    async def command() -> Exit | None:
        chosen = named_period(period) if period else None
        if check:
            return await check_settings(settings_for(data), chosen, as_json=as_json)
        if chosen is None:
            raise CommandFailed("--period: such as 2026-Q3", Exit.USAGE)
        await close(settings_for(data), chosen, dry_run=dry_run, as_json=as_json)
        return None

    done = run(command)
    if done is not None and done is not Exit.DONE:
        raise typer.Exit(done)


@app.command()
def verify(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Recompute every invariant from the rows; exit 1 with the first break named."""
    from api.cli.opening import settings_for
    from api.cli.verifying import verify as verify_settings

    async def command() -> Exit:
        return await verify_settings(settings_for(data), as_json=as_json)

    raise typer.Exit(run(command))


@app.command("verify-credential")
def verify_credential(
    file: Annotated[Path, typer.Argument(help="A certificate's .jwt file.")],
    *,
    key: Annotated[
        Path | None, typer.Option(metavar="JWK", help="The issuer's public key; else that of the data folder.")
    ] = None,
    status: Annotated[Path | None, typer.Option(metavar="FILE", help="A saved list of revocations.")] = None,
    name: Annotated[str | None, typer.Option(help="Also check that this is the holder's name.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a certificate without network; exit 1 when it is not valid, 3 when revocations are not known."""
    from api.cli.credentials import verify_credential as verify_file
    from api.cli.opening import settings_for

    async def command() -> Exit:
        return await verify_file(settings_for(data), file, key=key, status=status, name=name, as_json=as_json)

    raise typer.Exit(run(command))


@app.command()
def tick(
    at: Annotated[str | None, typer.Option(metavar="TIME", help="As if it were this time (RFC 3339).")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run what is due: deliveries and jobs."""
    from api.cli.opening import settings_for
    from api.cli.ticking import tick as tick_settings

    async def command() -> Exit:
        return await tick_settings(settings_for(data), at, as_json=as_json)

    raise typer.Exit(run(command))


@holidays_app.command("load")
def holidays_load(
    file: Annotated[Path | None, typer.Argument(help="A file of later years; else the years that are shipped.")] = None,
    *,
    year: Annotated[int | None, typer.Option(help="One year alone.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add published holidays and worked weekends to the calendar; what was set before stays."""
    from api.cli.holidays import load
    from api.cli.opening import settings_for

    async def command() -> None:
        await load(settings_for(data), file, year=year, as_json=as_json)

    run(command)


@app.command()
def doctor(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Look at settings, database, schema, durability, clock and disk; exit 1 when something is to be mended."""
    from api.cli.doctor import examine
    from api.cli.opening import settings_for

    async def command() -> Exit:
        return await examine(settings_for(data), as_json=as_json)

    raise typer.Exit(run(command))


@app.command()
def backup(file: Path, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Copy an embedded district into one file, while it is served."""
    from api.cli.backup import backup as back_up
    from api.cli.opening import settings_for
    from api.cli.terminal import give_json

    async def command() -> None:
        manifest = back_up(settings_for(data), file)
        if as_json:
            give_json(manifest)

    run(command)


@app.command()
def restore(file: Path, data: DataOption = None, yes: YesOption = False) -> None:
    """Put a backup in place of an embedded district that is not being served."""
    from api.cli.backup import restore as put_back
    from api.cli.opening import settings_for

    async def command() -> None:
        put_back(settings_for(data), file, yes=yes)

    run(command)
