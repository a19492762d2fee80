"""Whether a number exists cannot be told from how long a wrong PIN takes: the same work is done for both.

`JINPAI_TRIES` is how many tries are timed (`make soak PROMISE=13`); where it is not set, work is counted, not time.
"""

import os
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import median

import pytest
from argon2 import PasswordHasher

from kernel.audit import SYSTEM
from kernel.clock import FixedClock
from stewards.sign_in import set_pin
from tests.api.counted import counted
from tests.api.door import Door

TRIES = int(os.environ.get("JINPAI_TRIES", "0"))
KNOWN = ("0140001", "0140002")
MOST_APART = 0.05


def numbers() -> Iterator[tuple[str, str]]:
    """Two known numbers and four of nobody's, in turn, never known before unknown more often than the other way."""
    at = 0
    while True:
        pair = [("known", KNOWN[at % 2]), ("unknown", f"99{at % 4:05}")]
        yield from pair if at % 2 else reversed(pair)
        at += 1


async def wrong(door: Door, number: str) -> None:
    body = {"kind": "steward", "name": number, "secret": "000001"}
    answer = await door.call(None, "POST", "/api/v1/sessions", json=body)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_refused"), answer.text


async def with_pins(door: Door, clock: FixedClock) -> None:
    for steward_id in (door.district.zhao, door.district.qian):
        await set_pin(door.database, steward_id, "730418", by=SYSTEM, clock=clock)
    for number in (*KNOWN, "9900000"):  # caches are filled, and the hash of nobody is made
        await wrong(door, number)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_wrong_pin_costs_the_same_work_whether_the_number_exists_or_not(
    door: Door,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await with_pins(door, clock)
    hashed: list[str] = []
    verify = PasswordHasher.verify

    def heard(self: PasswordHasher, stored: str, secret: str) -> bool:
        hashed.append(stored.rsplit("$", 2)[0])  # the parameters: what it costs
        return verify(self, stored, secret)

    monkeypatch.setattr(PasswordHasher, "verify", heard)
    work: dict[str, tuple[list[str], list[str]]] = {}
    for kind, number in (("known", KNOWN[0]), ("unknown", "9900001")):
        hashed.clear()
        async with counted(door) as statements:
            await wrong(door, number)
        asked = [re.sub(r"'[^']*'|\d+", "?", statement) for statement in statements]
        work[kind] = (sorted(asked), list(hashed))
    assert work["known"] == work["unknown"]
    assert len(work["known"][1]) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_medians_of_known_and_unknown_numbers_lie_within_a_twentieth(
    door: Door,
    clock: FixedClock,
) -> None:
    """Four tries of each in a run of the tests, where a loaded machine says nothing about time."""
    await with_pins(door, clock)
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    for kind, number in numbers():
        clock.at += timedelta(days=3)  # within every budget
        began = time.perf_counter()
        await wrong(door, number)
        took[kind].append(time.perf_counter() - began)
        if len(took["known"]) == len(took["unknown"]) == (TRIES or 4):
            break
    known, unknown = median(took["known"]), median(took["unknown"])
    apart = abs(known - unknown) / min(known, unknown)
    said = f"medians of {len(took['known'])}: known {known * 1000:.2f} ms, unknown {unknown * 1000:.2f} ms, {apart:.1%}"
    print(said)  # noqa: T201 - the figure is what a long run is for
    if TRIES:
        assert apart <= MOST_APART, said
