"""Processor time, which other load on a machine moves far less than rates."""

import os
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(*roots: int) -> float:
    """Processor time so far of this process, of the processes with these ids and of their children."""
    total = time.process_time()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        own = int(stat.parent.name)
        if own in roots:
            total += sum(map(int, fields[11:15])) / _TICKS  # with the children that have ended
        elif int(fields[1]) in roots:
            total += sum(map(int, fields[11:13])) / _TICKS
    return total
