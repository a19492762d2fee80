"""`make soak`: the promises at their full counts, one after another, with what was reached kept in docs/soak.

Each promise runs the same tests as `make test`, with the counts raised by environment variables. A promise that was
reached on this commit is not run again.
"""

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
RECORD = ROOT / "docs" / "soak"


@dataclass(frozen=True)
class Promise:
    """A promise, the tests that show it, the counts at which it is kept, and what is measured besides."""

    title: str
    tests: tuple[str, ...]
    counts: dict[str, str]
    measured: tuple[str, ...] = ()


_PART = "of the full counts"
_SERVERS = "tests/api/test_servers.py"
PROMISES: dict[int, Promise] = {
    1: Promise(
        "points are neither created nor destroyed",
        ("tests/points/test_decide.py", "tests/points/test_ledger_model.py", "tests/cases"),
        {"JINPAI_EXAMPLES": "10000", "JINPAI_OPERATIONS": "100", "JINPAI_REOPENINGS": "6000"},
    ),
    2: Promise(
        "refused means nothing changed; unclear means resolvable",
        (f"{_SERVERS}::test_a_request_that_was_cut_has_one_effect_or_none_and_its_key_settles_it",),
        {"JINPAI_CUTS": "100000"},
    ),
    3: Promise(
        "exactly once",
        ("tests/api/test_idempotency.py", f"{_SERVERS}::test_fifty_identical_requests_with_one_key_have_one_effect"),
        {"JINPAI_KEYS": "2000"},
    ),
    4: Promise(
        "limited stock is never oversold",
        ("tests/api/test_rush.py", "tests/rewards/test_deciding.py", "tests/api/test_redemption_machine.py"),
        {"JINPAI_RUSHES": "100", "JINPAI_EXAMPLES": "2000"},
    ),
    5: Promise(
        "acknowledged means on disk",
        ("tests/kernel/test_durability.py", f"{_SERVERS}::test_kill_9_loses_and_doubles_nothing_that_was_acknowledged"),
        {"JINPAI_KILLS": "1000"},
    ),
    7: Promise(
        "Redis is disposable",
        ("tests/rewards/boards/test_boards.py",),
        {"JINPAI_BOARD_OPS": "2000"},
        ("bench.ranks", "--members", "10000000", "--rounds", "3", "--calls", "600", "--results", "ranks_10m"),
    ),
    11: Promise("the contract holds", ("tests/api/test_contract.py",), {"JINPAI_CASES": "50000"}),
    12: Promise(
        "only yours is yours",
        (
            "tests/api/test_access.py",
            "tests/api/test_strict_writes.py",
            "tests/api/pages/test_page_access.py",
            "tests/api/pages/test_page_matrix.py",
            "tests/api/pages/test_form_fields.py",
            "tests/api/pages/test_canaries.py",
        ),
        {},
    ),
    13: Promise(
        "codes cannot be guessed; known and unknown numbers take as long",
        ("tests/stewards/test_guessing.py", "tests/api/test_sign_in_timing.py"),
        {"JINPAI_TRIES": "1000"},
    ),
    16: Promise(
        "one resident, one case or period, one ballot",
        ("tests/evaluation/test_casting.py", "tests/evaluation/test_open_casting.py", "tests/api/test_evaluation.py"),
        {"JINPAI_REPLAYS": "100000"},
    ),
    17: Promise(
        "collusion does not pay; intervals hold the truth; both databases close the full demo alike",
        (
            "tests/evaluation/test_trials.py",
            "tests/api/test_demo_building.py::test_both_databases_close_a_demo_alike_and_twice",
        ),
        {"JINPAI_TOWNS": "40", "JINPAI_DEMO_SIZE": "full"},
    ),
    18: Promise(
        "displays run for months",
        ("tests/api/pages/test_display.py", "tests/api/test_listeners.py", "tests/api/test_gone_live.py"),
        {"JINPAI_RESTARTS": "10", "JINPAI_LISTENERS": "500", "JINPAI_CHANGES": "30"},
    ),
    21: Promise(
        "cancelled and slow clients wedge nothing",
        ("tests/kernel/test_cancellation.py", "tests/api/test_together.py", _SERVERS),
        {"JINPAI_RESETS": "20000"},
    ),
    22: Promise(
        "every page is for everybody: in each size, language and size of text without a barrier",
        ("tests/api/pages/test_pages.py", "tests/api/pages/test_journeys.py"),
        {"JINPAI_EVERY_LAYOUT": "1"},
    ),
}


def run(number: int, promise: Promise, commit: str, share: int) -> bool:
    """Run one promise, or one share-th of its counts, and record the outcome; True when it held."""
    path = RECORD / f"promise-{number:02}.md"
    known = path.read_text(encoding="utf-8") if path.exists() else ""
    if f"commit {commit}" in known and "held" in known and (share > 1 or _PART not in known):
        print(f"{number}: reached on {commit} already")
        return True
    began = datetime.now(UTC)
    counted = {
        name: str(max(1, int(value) // share) if value.isdigit() else value) for name, value in promise.counts.items()
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *promise.tests],
        cwd=ROOT,
        env={**os.environ, **counted},
        check=False,
    )
    held = done.returncode == 0
    if promise.measured and share == 1:
        command = [sys.executable, "-m", *promise.measured]
        held = subprocess.run(command, cwd=ROOT, check=False).returncode == 0 and held
    minutes = (datetime.now(UTC) - began).total_seconds() / 60
    RECORD.mkdir(parents=True, exist_ok=True)
    counts = ", ".join(f"{name}={value}" for name, value in counted.items())
    part = "" if share == 1 else f" One {share}th {_PART}; what is measured besides was left out."
    path.write_text(
        f"# Promise {number}: {promise.title}\n\n"
        f"{'held' if held else 'BROKEN'} at {counts}, commit {commit}, {began:%Y-%m-%d}, {minutes:.0f} minutes."
        f"{part}\n\n" + "".join(f"- `{test}`\n" for test in promise.tests),
        encoding="utf-8",
    )
    return held


def main() -> int:
    """Run the promises that were asked for; 1 when one was broken."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--promise", type=int, choices=sorted(PROMISES), help="one promise alone")
    parser.add_argument("--share", type=int, default=1, help="run one so-many-th of the counts, and say so")
    options = parser.parse_args()
    asked, share = options.promise, options.share
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()
    numbers = [asked] if asked else sorted(PROMISES)
    held = [run(number, PROMISES[number], commit, share) for number in numbers]  # all of them, also after a broken one
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
