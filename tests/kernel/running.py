"""Running other processes on the same database, as a second server or the command line would be."""

import asyncio
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


async def python(module: str, *args: str) -> str:
    """What a module prints when it runs as a process of its own; fails with its errors when it does."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *args,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, err.decode()
    return out.decode()
