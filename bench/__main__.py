"""`make bench`: every benchmark, each in a process of its own."""

import subprocess
import sys

BENCHMARKS = ("bench.ledger", "bench.redemptions", "bench.imports", "bench.ranks")


def main() -> int:
    """Run them one after another, never side by side; the number of those that failed."""
    return sum(subprocess.run([sys.executable, "-m", name], check=False).returncode != 0 for name in BENCHMARKS)


if __name__ == "__main__":
    sys.exit(main())
