"""`jinpai export`: tables for a spreadsheet."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.terminal import DataOption, JsonOption, LanguageOption, language, run

export_app = typer.Typer(help="Tables for a spreadsheet.", no_args_is_help=True)
OutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write here; else to stdout.")]


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
