"""How much of a file is taken in at most."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLimits:
    """What is taken in at most."""

    file_bytes: int = 64 << 20
    unpacked_bytes: int = 512 << 20
    rows: int = 200_000
    columns: int = 256
    cells: int = 8_000_000


LIMITS = SheetLimits()
