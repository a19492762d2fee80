"""`jinpai keys` and `jinpai staff`: bearer tokens and passwords."""

from typing import Annotated

import typer

from api.cli.terminal import CommandFailed, DataOption, Exit, JsonOption, YesOption, run

staff_app = typer.Typer(help="Staff: set a password.", no_args_is_help=True)
keys_app = typer.Typer(help="Bearer tokens: create, list, revoke.", no_args_is_help=True)


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
def staff_password(
    login: str,
    forget_second_factor: Annotated[
        bool, typer.Option("--forget-second-factor", help="Also forget the second factor; the next sign-in sets one.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Set the password of a member of staff: asked twice, or the first line of stdin."""
    from api.cli.opening import settings_for
    from api.cli.staffing import set_staff_password

    async def command() -> None:
        await set_staff_password(settings_for(data), login, forget_second_factor=forget_second_factor)

    run(command)
