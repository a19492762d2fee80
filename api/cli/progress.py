"""Progress of an import on stderr: a bar where somebody watches, a line now and then where nobody does."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from api.cli.terminal import errors, say
from cases.imports.results import Progress

_SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def progress_on_stderr(*, quiet: bool = False) -> Iterator[Callable[[Progress], None] | None]:
    """What to call with each step of an import; it shows the rate and the remaining time."""
    console = errors()
    if quiet:
        yield None
    elif console.is_terminal:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]} rows/s"),
            TimeRemainingColumn(),
        )
        with Bar(*columns, console=console, transient=True) as bar:
            task = bar.add_task("importing", total=None, rate="…")

            def show(step: Progress) -> None:
                total = max(step.rows_estimated, step.rows_done)
                bar.update(task, completed=step.rows_done, total=total, rate=f"{_rate(step):,.0f}")

            yield show
    else:
        last = time.monotonic() - _SECONDS_BETWEEN_LINES

        def tell(step: Progress) -> None:
            nonlocal last
            if time.monotonic() - last < _SECONDS_BETWEEN_LINES:
                return
            last = time.monotonic()
            left = max(step.rows_estimated - step.rows_done, 0)
            rate = _rate(step)
            remaining = f", about {left / rate:,.0f} s left" if rate and left else ""
            say(f"{step.rows_done:,} of about {step.rows_estimated:,} rows, {rate:,.0f} rows/s{remaining}")

        yield tell


def _rate(step: Progress) -> float:
    return step.rows_done / step.seconds if step.seconds else 0.0
