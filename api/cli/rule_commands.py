"""`jinpai rules`: rule sets checked, rehearsed, published, listed, and past months recalculated."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.terminal import DataOption, DryRunOption, Exit, JsonOption, YesOption, run

rules_app = typer.Typer(help="Rule sets: check, rehearse, publish, list.", no_args_is_help=True)


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
