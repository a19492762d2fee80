"""`make bench`: every benchmark, each in a process of its own.

`python -m bench --short` takes the short way where a benchmark has one.
"""

import argparse
import subprocess
import sys

BENCHMARKS = (
    *("bench.ledger", "bench.verifying", "bench.http", "bench.redemptions", "bench.embedded", "bench.growth"),
    "bench.rank_http",
)
OTHERS = ("bench.imports", "bench.ranks")  # which have no short way


def main() -> int:
    """Run them one after another, never side by side; the number of those that failed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="those that have a short way, the short way")
    short = ["--short"] if parser.parse_args().short else []
    commands = [[name, *short] for name in BENCHMARKS] + ([] if short else [[name] for name in OTHERS])
    return sum(subprocess.run([sys.executable, "-m", *each], check=False).returncode != 0 for each in commands)


if __name__ == "__main__":
    sys.exit(main())
