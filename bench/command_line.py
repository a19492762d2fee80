"""The command of a measurement beside PostgreSQL: how many callers, how often, how long, and where the figures go."""

import argparse
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop

from bench.figures import Figure, write_figures
from bench.postgres import postgres
from kernel.garbage import spare_collections


def measured(
    name: str, about: str | None, measure: Callable[..., Coroutine[Any, Any, list[Figure]]], *, seconds: float
) -> None:
    """Measure and write bench/results/NAME.json. `seconds` is how long a round lasts unless the command says."""
    parser = argparse.ArgumentParser(prog=f"python -m bench.{name}", description=about)
    parser.add_argument("--callers", type=int, nargs="+", default=[1, 32, 256, 1_024])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=seconds)
    parser.add_argument("--short", action="store_true", help="three rounds of a second")
    asked = parser.parse_args()
    rounds, lasting = (3, 1.0) if asked.short else (asked.rounds, asked.seconds)
    with postgres() as server:
        server.prepare_floor()
        spare_collections()  # as a server does
        figures = uvloop.run(measure(server, callers=asked.callers, rounds=rounds, seconds=lasting))
    write_figures(name, figures)
