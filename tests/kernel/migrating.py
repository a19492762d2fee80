"""A process that migrates: `python -m tests.kernel.migrating URL` prints the migrations that it applied."""

import asyncio
import sys

from kernel.database.migrating import migrate
from migrations import APPS

if __name__ == "__main__":
    print(" ".join(asyncio.run(migrate(sys.argv[1], APPS))))  # noqa: T201 - its answer
