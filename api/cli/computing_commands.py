"""`jinpai boards`, `simulate`, `titles` and `draws`: what is computed, or computed again."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.terminal import CommandFailed, DataOption, Exit, JsonOption, run

boards_app = typer.Typer(help="Boards: rebuild the ranks.", no_args_is_help=True)
simulate_app = typer.Typer(help="Rehearsals on simulated data.", no_args_is_help=True)
titles_app = typer.Typer(help="Title rounds: compute one, or compute it again.", no_args_is_help=True)
draws_app = typer.Typer(help="Draws: compute one again.", no_args_is_help=True)


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
