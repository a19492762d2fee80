"""How a figure is written down: bench/results/<name>.json, a list that later runs replace."""

import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured value. `ratio` compares it with the figure named `ratio_to`, taken in the same run.

    `cpu_ratio` is how much more processor time that figure takes for each operation: other load on the machine moves
    rates, and this far less.
    """

    name: str
    value: float
    unit: str
    ratio_to: str | None = None
    ratio: float | None = None
    callers: int = 1
    p50_ms: float | None = None
    p99_ms: float | None = None
    cpu_us: float | None = None
    cpu_ratio: float | None = None
    rounds: int = 1
    machine: str = (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )


def write_figures(name: str, figures: list[Figure]) -> Path:
    """Keep the figures of one benchmark and print them."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps([asdict(figure) for figure in figures], indent=1) + "\n", encoding="utf-8")
    for figure in figures:
        ratio = f"  {figure.ratio:6.2f} x {figure.ratio_to}" if figure.ratio is not None else ""
        cpu = f"  {figure.cpu_us:8.0f} us CPU" if figure.cpu_us is not None else ""
        cpu += f" ({figure.cpu_ratio:.2f} x)" if figure.cpu_ratio is not None else ""
        tail = f"  p50 {figure.p50_ms:.1f} ms, p99 {figure.p99_ms:.1f} ms" if figure.p50_ms and figure.p99_ms else ""
        print(f"{figure.name:44} {figure.value:10.0f} {figure.unit:10} {figure.callers:5} callers{ratio}{cpu}{tail}")
    return path
