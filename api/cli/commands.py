"""The commands and their options. What each does stands in a module of its own, imported when it is called."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.terminal import (
    CommandFailed,
    DataOption,
    DryRunOption,
    Exit,
    JsonOption,
    LanguageOption,
    YesOption,
    give_file,
    language,
    run,
    stop,
)

app = typer.Typer(
    name="jinpai",
    help="金牌: points, evaluation and honours for neighbourhood volunteers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
export_app = typer.Typer(help="Tables for a spreadsheet.", no_args_is_help=True)
rules_app = typer.Typer(help="Rule sets: check, rehearse, publish, list.", no_args_is_help=True)
staff_app = typer.Typer(help="Staff: set a password.", no_args_is_help=True)
keys_app = typer.Typer(help="Bearer tokens: create, list, revoke.", no_args_is_help=True)
boards_app = typer.Typer(help="Boards: rebuild the ranks.", no_args_is_help=True)
app.add_typer(export_app, name="export")
app.add_typer(boards_app, name="boards")
simulate_app = typer.Typer(help="Rehearsals on simulated data.", no_args_is_help=True)
app.add_typer(simulate_app, name="simulate")
app.add_typer(rules_app, name="rules")
app.add_typer(keys_app, name="keys")
app.add_typer(staff_app, name="staff")
holidays_app = typer.Typer(help="The working calendar: take in published holidays.", no_args_is_help=True)
app.add_typer(holidays_app, name="holidays")
titles_app = typer.Typer(help="Title rounds: compute one, or compute it again.", no_args_is_help=True)
app.add_typer(titles_app, name="titles")
draws_app = typer.Typer(help="Draws: compute one again.", no_args_is_help=True)
app.add_typer(draws_app, name="draws")

_IMPORTED = "cases, places, stewards, staff, balances, items, titles, reopenings or street_scores"
OutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write here; else to stdout.")]


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


@export_app.command("statement")
def export_statement(
    number: Annotated[str, typer.Argument(help="The steward's number.")],
    out: OutOption = None,
    data: DataOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write what a steward was given and lost, newest first, as .csv or .xlsx."""
    from api.cli.exporting import export_statement as export
    from api.cli.opening import settings_for

    async def command() -> None:
        await export(settings_for(data), number, out, locale=language(lang), as_json=as_json)

    run(command)


@export_app.command("orders")
def export_orders(
    *,
    out: OutOption = None,
    data: DataOption = None,
    state: Annotated[str | None, typer.Option(help="States, separated by commas; else all.")] = None,
    place: Annotated[str | None, typer.Option(metavar="CODE", help="Of this pick-up place alone.")] = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write orders with their lines, newest first, as .csv or .xlsx."""
    from api.cli.exporting_orders import export_orders as export
    from api.cli.opening import settings_for

    async def command() -> None:
        await export(settings_for(data), out, state=state, place=place, locale=language(lang), as_json=as_json)

    run(command)


@export_app.command("scores")
def export_scores(
    *,
    period: Annotated[str, typer.Option(help="A closed period: 2026-Q3, 2026-09 or 2026.")],
    out: OutOption = None,
    data: DataOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the scores of a closed period, a line for each steward, as .csv or .xlsx."""
    from api.cli.closing import named_period
    from api.cli.exporting_scores import export_scores as export
    from api.cli.opening import settings_for

    async def command() -> None:
        await export(settings_for(data), named_period(period), out, locale=language(lang), as_json=as_json)

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


@rules_app.command("check")
def rules_check(file: Path, as_json: JsonOption = False) -> None:
    """Name every mistake of a rule set by its place in the document."""
    from api.cli.ruling import check

    async def command() -> Exit:
        return check(file, as_json=as_json)

    raise typer.Exit(run(command))


@rules_app.command("rehearse")
def rules_rehearse(
    file: Path,
    *,
    from_on: Annotated[
        str | None, typer.Option("--from", help="The first local day; a year before the last one.")
    ] = None,
    to_on: Annotated[str | None, typer.Option("--to", help="The last local day; today.")] = None,
    workbook: Annotated[Path | None, typer.Option("--xlsx", help="Write the figures to a workbook.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Assess past events again under a rule set: who gains, who loses, what would be owed, by street."""
    from api.cli.opening import settings_for
    from api.cli.ruling import rehearse_file
    from api.cli.terminal import day_of

    async def command() -> Exit:
        return await rehearse_file(
            settings_for(data),
            file,
            from_on=day_of(from_on, "--from"),
            to_on=day_of(to_on, "--to"),
            workbook=workbook,
            as_json=as_json,
        )

    raise typer.Exit(run(command))


@rules_app.command("recalculate")
def rules_recalculate(
    *,
    first: Annotated[str, typer.Option(help="The first month, such as 2026-10.")],
    last: Annotated[str, typer.Option(help="The last month.")],
    cause: Annotated[str, typer.Option(help="A name for this recalculation; the same again goes on with it.")],
    version: Annotated[int | None, typer.Option(help="Under this version; else under the rules of each day.")] = None,
    data: DataOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Post what past months should have been worth as corrections; nothing that was recorded is rewritten."""
    from api.cli.opening import settings_for
    from api.cli.ruling import recalculated

    async def command() -> Exit:
        return await recalculated(
            settings_for(data),
            first=first,
            last=last,
            version=version,
            cause=cause,
            dry_run=dry_run,
            yes=yes,
            as_json=as_json,
        )

    raise typer.Exit(run(command))


@rules_app.command("publish")
def rules_publish(
    file: Path,
    data: DataOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Publish a rule set as the next version."""
    from api.cli.opening import settings_for
    from api.cli.ruling import publish

    async def command() -> Exit:
        return await publish(settings_for(data), file, dry_run=dry_run, yes=yes, as_json=as_json)

    raise typer.Exit(run(command))


@rules_app.command("list")
def rules_list(data: DataOption = None, as_json: JsonOption = False) -> None:
    """List the published versions."""
    from api.cli.opening import settings_for
    from api.cli.ruling import listed

    async def command() -> None:
        await listed(settings_for(data), as_json=as_json)

    run(command)


@boards_app.command("rebuild")
def boards_rebuild(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Forget the ranks and build them again from the rows; nothing true is lost."""
    from api.cli.opening import settings_for
    from api.cli.ranking import rebuild

    async def command() -> None:
        await rebuild(settings_for(data), as_json=as_json)

    run(command)


@simulate_app.command("ratings")
def simulate_ratings(
    *,
    scheme: Annotated[Path | None, typer.Option(help="A scheme; else the one that comes with the service.")] = None,
    share: Annotated[list[int] | None, typer.Option(help="Percent of a steward's ballots that collude.")] = None,
    ballots: Annotated[list[int] | None, typer.Option(help="Residents' ballots for each steward.")] = None,
    towns: Annotated[int, typer.Option(help="Simulated streets of 100 stewards.", min=1)] = 10,
    seed: Annotated[int, typer.Option(help="The same seed gives the same figures.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Print how many places of 100 colluders move a steward, and how near scores come to the truth."""
    from api.cli.simulating import simulate_ratings as simulate

    async def command() -> None:
        simulate(
            scheme,
            shares=share or [10, 20, 30],
            ballots=ballots or [5, 10, 35],
            towns=towns,
            seed=seed,
            as_json=as_json,
        )

    run(command)


@keys_app.command("create")
def keys_create(
    *,
    label: Annotated[str, typer.Option(help="What it is for, for your own list.")] = "jinpai keys create",
    role: Annotated[str | None, typer.Option(help="A machine's role: integrator, display or partner.")] = None,
    street: Annotated[str | None, typer.Option(metavar="CODE", help="For this street alone.")] = None,
    community: Annotated[str | None, typer.Option(metavar="CODE", help="For this community alone.")] = None,
    partner: Annotated[str | None, typer.Option(metavar="CODE", help="For what this partner provides.")] = None,
    steward: Annotated[str | None, typer.Option(metavar="NUMBER", help="In the name of this steward.")] = None,
    staff: Annotated[str | None, typer.Option(metavar="LOGIN", help="In the name of this member of staff.")] = None,
    days: Annotated[int | None, typer.Option(help="How long it lasts; else until it is revoked.", min=1)] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Issue a bearer token; its secret is shown once."""
    from api.cli.keys import create
    from api.cli.opening import settings_for
    from stewards.roles import ScopeKind

    async def command() -> None:
        named = [
            (kind, code)
            for kind, code in (
                (ScopeKind.STREET, street), (ScopeKind.COMMUNITY, community), (ScopeKind.PARTNER, partner)
            )
            if code
        ]  # fmt: skip
        if len(named) > 1:
            raise CommandFailed("--street, --community or --partner, only one of them", Exit.USAGE)
        scope = named[0] if named else None
        await create(
            settings_for(data),
            label=label,
            role=role,
            scope=scope,
            steward=steward,
            staff=staff,
            days=days,
            as_json=as_json,
        )

    run(command)


@keys_app.command("list")
def keys_list(data: DataOption = None, as_json: JsonOption = False) -> None:
    """List the tokens that were issued, without their secrets."""
    from api.cli.keys import listed
    from api.cli.opening import settings_for

    async def command() -> None:
        await listed(settings_for(data), as_json=as_json)

    run(command)


@keys_app.command("revoke")
def keys_revoke(token_id: str, data: DataOption = None, yes: YesOption = False) -> None:
    """End a token at once."""
    from api.cli.keys import revoke
    from api.cli.opening import settings_for

    async def command() -> None:
        await revoke(settings_for(data), token_id, yes=yes)

    run(command)


@staff_app.command("password")
def staff_password(login: str, data: DataOption = None) -> None:
    """Set the password of a member of staff: asked twice, or the first line of stdin."""
    from api.cli.opening import settings_for
    from api.cli.staffing import set_staff_password

    async def command() -> None:
        await set_staff_password(settings_for(data), login)

    run(command)


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


@draws_app.command("recompute")
def draws_recompute(
    draw: Annotated[str, typer.Argument(metavar="FILE|ID", help="What was published of a draw, or its id here.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compute a draw again from what was published of it; exit 1 with what does not fit."""
    from uuid import UUID

    from api.cli.drawing import recompute_file, recompute_id
    from api.cli.opening import settings_for

    path = Path(draw)
    published = path.is_file()

    async def command() -> Exit:
        if published:
            return recompute_file(path, as_json=as_json)
        try:
            draw_id = UUID(draw)
        except ValueError:
            raise CommandFailed(f"no file and no id: {draw}", Exit.USAGE) from None
        return await recompute_id(settings_for(data), draw_id, as_json=as_json)

    raise typer.Exit(run(command))


@titles_app.command("propose")
def titles_propose(
    round_id: Annotated[str, typer.Argument(metavar="ROUND", help="The id of a published round whose period is over.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Freeze a round's inputs and make its lists; what was computed stays as it is."""
    from api.cli.opening import settings_for
    from api.cli.titles import propose, round_named

    async def command() -> None:
        await propose(settings_for(data), round_named(round_id), as_json=as_json)

    run(command)


@titles_app.command("recompute")
def titles_recompute(
    source: Annotated[
        str, typer.Argument(metavar="FILE|ROUND", help="What was published of a round (…/versions), or its id here.")
    ],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compute every version of a round's lists again from its published inputs; exit 1 with what does not fit."""
    from api.cli.opening import settings_for
    from api.cli.titles import recompute_file, recompute_round, round_named

    path = Path(source)
    published = path.is_file()

    async def command() -> Exit:
        if published:
            return recompute_file(path, as_json=as_json)
        return await recompute_round(settings_for(data), round_named(source), as_json=as_json)

    raise typer.Exit(run(command))


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
