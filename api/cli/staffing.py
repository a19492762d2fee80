"""`jinpai staff password`: how the first administrator of a new district gets in."""

import sys

import typer

from api.cli.opening import opened
from api.cli.terminal import CommandFailed, say
from kernel.audit import SYSTEM
from kernel.clock import SystemClock
from kernel.settings import Settings
from stewards.second_factor import reset_factor
from stewards.sign_in import set_password
from stewards.staffing import list_staff


async def set_staff_password(settings: Settings, login: str, *, forget_second_factor: bool = False) -> None:
    """Set a password that nobody sees on the screen or in the shell's history.

    Raises:
        CommandFailed: nobody has this login.
        Refusal: the password is too short or too common.

    """
    async with opened(settings) as database:
        people = {person.login: person for person in await list_staff(await database.reader())}
        if login not in people:
            raise CommandFailed(f"nobody on the staff has the login {login} (jinpai import staff FILE adds people)")
        if sys.stdin.isatty():
            password = typer.prompt("New password", hide_input=True, confirmation_prompt=True, err=True)
        else:
            password = sys.stdin.readline().rstrip("\r\n")
        await set_password(database, people[login].id, password, by=SYSTEM, clock=SystemClock())
        if forget_second_factor:
            staff_id = people[login].id
            await database.run(lambda tx: reset_factor(tx, staff_id, by=SYSTEM, now=SystemClock().now()))
    say(f"{login} may sign in with the new password; every earlier session has ended")
