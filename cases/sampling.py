"""Which verified cases are looked at again, and which run of credits is too quick: pure, and explained.

A week's sample is a draw that anybody can recompute: the cases are put in the order of SHA-256 over the week's seed and
the case's number and episode, and the first so many percent, rounded up, are taken. The seed is drawn once the week is
over, so nobody who verifies can know.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

SubjectKind = Literal["steward", "verifier"]


def drawn(seed: str, keys: Iterable[str], percent: int) -> list[str]:
    """The keys of a sample of so many percent, rounded up, in the order of the draw."""
    ordered = sorted(set(keys), key=lambda key: hashlib.sha256(f"{seed}/{key}".encode()).hexdigest())
    return ordered[: (len(ordered) * percent + 99) // 100]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A verification by a person: when, whose case, by whom."""

    at: datetime
    steward_id: UUID
    verifier_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """More verifications than usual for one steward, or by one member of staff, within minutes."""

    kind: SubjectKind
    subject_id: UUID
    first_at: datetime
    last_at: datetime
    count: int


def bursts(found: Sequence[Verified], *, within: timedelta, most: int) -> list[Burst]:
    """Every longest run in which any window of `within` that begins with one of its members holds more than `most`."""
    by_subject: dict[tuple[SubjectKind, UUID], list[datetime]] = {}
    for one in found:
        by_subject.setdefault(("steward", one.steward_id), []).append(one.at)
        by_subject.setdefault(("verifier", one.verifier_id), []).append(one.at)
    runs = []
    for (kind, subject_id), moments in sorted(by_subject.items()):
        moments.sort()
        covered: list[tuple[int, int]] = []  # first and last member of each crowded window, joined where they overlap
        end = 0
        for start, at in enumerate(moments):
            end = max(end, start)
            while end + 1 < len(moments) and moments[end + 1] - at <= within:
                end += 1
            if end - start + 1 > most:
                if covered and covered[-1][1] >= start:
                    covered[-1] = (covered[-1][0], end)
                else:
                    covered.append((start, end))
        runs += [
            Burst(
                kind=kind,
                subject_id=subject_id,
                first_at=moments[first],
                last_at=moments[last],
                count=last - first + 1,
            )
            for first, last in covered
        ]
    return runs
