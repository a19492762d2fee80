"""Pick-up codes as drawings: QR and Code 128 as paths of dark modules, so that a page needs no picture file."""

from collections.abc import Iterable
from dataclasses import dataclass

import segno
from barcode.codex import Code128

_QUIET_QR = 4  # modules of silence around a QR code (ISO/IEC 18004)
_QUIET_BARS = 10  # and beside Code 128 (ISO/IEC 15417)
_BAR_HEIGHT = 28


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG path of dark modules in a box of so many modules."""

    width: int
    height: int
    path: str


def qr_drawing(payload: str) -> Drawing:
    """The QR code of a text, with its quiet zone."""
    rows = segno.make(payload, error="m", micro=False).matrix
    parts = [
        f"M{_QUIET_QR + start} {_QUIET_QR + y}h{length}v1h-{length}z"
        for y, row in enumerate(rows)
        for start, length in _runs(row)
    ]
    side = len(rows) + 2 * _QUIET_QR
    return Drawing(side, side, "".join(parts))


def bars_drawing(digits: str) -> Drawing:
    """Digits as Code 128, with its quiet zones."""
    [modules] = Code128(digits).build()
    parts = [
        f"M{_QUIET_BARS + start} 0h{length}v{_BAR_HEIGHT}h-{length}z"
        for start, length in _runs(module == "1" for module in modules)
    ]
    return Drawing(len(modules) + 2 * _QUIET_BARS, _BAR_HEIGHT, "".join(parts))


def _runs(modules: Iterable[int | bool]) -> list[tuple[int, int]]:
    """Where runs of dark modules begin, and how long they are."""
    runs: list[tuple[int, int]] = []
    for at, dark in enumerate(modules):
        if not dark:
            continue
        if runs and sum(runs[-1]) == at:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((at, 1))
    return runs
