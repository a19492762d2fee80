"""Talking to whoever typed the command: data to stdout, everything else to stderr, and exit codes."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import orjson
import typer
from rich.console import Console
from rich.table import Table

from kernel.database.faults import is_disk_fault
from kernel.errors import Refusal
from kernel.messages import Locale, Text
from kernel.settings import SettingsFault
from kernel.single_server import ServerAlreadyRunning

T = TypeVar("T")

DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="An embedded district in this folder; else the JINPAI_* settings."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Find out what would happen, and change nothing.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
LanguageOption = Annotated[str | None, typer.Option("--lang", help="zh or en; else that of the terminal.")]


class Exit(IntEnum):
    """What a command's end says."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    PARTLY = 3


class CommandFailed(Exception):  # noqa: N818 - a state, like the refusals
    """A command cannot go on; the message says why and what helps."""

    def __init__(self, message: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(message)
        self.code = code


def errors() -> Console:
    """Where progress and errors go. Rich leaves colours out when NO_COLOR is set or nobody watches."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(message: str) -> None:
    """A line about what happens, to stderr."""
    errors().print(message, markup=False)


def give(text: str) -> None:
    """A line of data, to stdout."""
    sys.stdout.write(text + "\n")


def give_json(value: Any) -> None:
    """Data as JSON, to stdout."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    sys.stdout.write(orjson.dumps(value, option=options, default=str).decode() + "\n")


def give_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Data as a table, to stdout; as tab separated values where that is no terminal."""
    if not sys.stdout.isatty():
        for row in (columns, *rows):
            give("\t".join("" if cell is None else str(cell) for cell in row))
        return
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console(highlight=False, markup=False).print(table)


def give_file(path: Path | None, data: bytes) -> None:
    """A file's bytes, to a path or to stdout."""
    if path is None:
        if sys.stdout.isatty() and b"\0" in data:
            raise CommandFailed("this is not text: name a file with --out, or redirect the output", Exit.USAGE)
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    say(f"{path}: {len(data):,} bytes")


def day_of(text: str | None, option: str) -> date | None:
    """A local day that an option names.

    Raises:
        CommandFailed: it is none.

    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CommandFailed(f"{option} {text}: a day such as 2026-11-23", Exit.USAGE) from None


def language(chosen: str | None = None) -> Locale:
    """The language of a sentence: the one asked for, else that of the terminal.

    Raises:
        CommandFailed: neither zh nor en was asked for.

    """
    if chosen is not None and chosen not in {"zh", "en"}:
        raise CommandFailed("--lang: zh or en", Exit.USAGE)
    spoken = chosen or os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if spoken.lower().startswith("zh") else "en"


def both(text: Text) -> str:
    """A sentence in Chinese and, where there is one, in English."""
    chinese, english = text.render("zh"), text.render("en")
    return chinese if chinese == english else f"{chinese} / {english}"


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something that cannot be undone.

    Raises:
        CommandFailed: the answer is no, or nobody is there to ask and --yes was not given.

    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandFailed(f"{question} Nobody is here to ask: repeat with --yes.", Exit.USAGE)
    if not typer.confirm(question, err=True):
        raise CommandFailed("nothing was done")


def run(command: Callable[[], Awaitable[T]], *, on_interrupt: tuple[str, Exit] = ("interrupted", Exit.FAILED)) -> T:
    """Run a command to its end; what goes wrong becomes a message on stderr and an exit code.

    `on_interrupt` is what Ctrl-C leaves behind.
    """
    try:
        return asyncio.run(_awaited(command))
    except KeyboardInterrupt:
        stop(*on_interrupt)
    except CommandFailed as failed:
        stop(str(failed), failed.code)
    except SettingsFault as fault:
        stop(str(fault), Exit.USAGE)
    except ServerAlreadyRunning as running:
        stop(str(running))
    except Refusal as refusal:
        where = f" ({refusal.pointer})" if refusal.pointer else ""
        stop(f"{refusal.code}{where}: {both(refusal.text)}")
    except OSError as error:
        stop(str(error) or type(error).__name__)
    except Exception as error:
        if is_disk_fault(error):
            stop(f"the disk is full or failing: {error}")
        raise


def stop(message: str, code: Exit = Exit.FAILED) -> NoReturn:
    """End with a message and an exit code."""
    errors().print(f"jinpai: {message}", markup=False, style="red")
    raise typer.Exit(code)


async def _awaited(command: Callable[[], Awaitable[T]]) -> T:
    return await command()
