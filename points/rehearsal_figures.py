"""What a rehearsal found: who gains, who loses, what would be owed, by street, event and month. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from kernel.clock import month_period
from points.replay import Replayed

MOST_STEWARDS = 5_000  # kept by name, those with the greatest change first
REDEEMABLE = frozenset({"spendable", "services"})


@dataclass(slots=True)
class Pair:
    """Points as they were recorded and as they would be."""

    now: int = 0
    draft: int = 0

    @property
    def change(self) -> int:
        """How much more, or less, it would be."""
        return self.draft - self.now


@dataclass(slots=True)
class StreetFigures(Pair):
    """A street: its points, and how many of its stewards gain and lose."""

    gain: int = 0
    lose: int = 0


@dataclass(slots=True, kw_only=True)
class StewardFigures(Pair):
    """A steward, in the street of the newest event."""

    steward_id: UUID
    street_id: UUID | None


@dataclass(slots=True, kw_only=True)
class Figures:
    """A rehearsal as it is kept. `outstanding` is what could be spent: now, and had the draft been in force."""

    from_on: date
    to_on: date
    events: int
    refused: dict[str, int] = field(default_factory=dict)
    total: Pair = field(default_factory=Pair)
    redeemable: Pair = field(default_factory=Pair)
    outstanding: Pair = field(default_factory=Pair)
    gain: int = 0
    lose: int = 0
    same: int = 0
    by_street: dict[UUID | None, StreetFigures] = field(default_factory=dict)
    by_event: dict[str, Pair] = field(default_factory=dict)
    by_month: dict[str, Pair] = field(default_factory=dict)
    stewards: list[StewardFigures] = field(default_factory=list)

    def to_json(self) -> str:
        """The figures as they are stored."""
        return orjson.dumps(self.plain(), option=orjson.OPT_SORT_KEYS).decode()

    def plain(self) -> dict[str, Any]:
        """The figures as JSON shows them."""
        return {
            "from_on": self.from_on.isoformat(),
            "to_on": self.to_on.isoformat(),
            "events": self.events,
            "refused": self.refused,
            "total": _pair(self.total),
            "redeemable": _pair(self.redeemable),
            "outstanding": _pair(self.outstanding),
            "gain": self.gain,
            "lose": self.lose,
            "same": self.same,
            "by_street": [
                {"street_id": _text(street), **_pair(found), "gain": found.gain, "lose": found.lose}
                for street, found in self.by_street.items()
            ],
            "by_event": [{"event": event, **_pair(found)} for event, found in sorted(self.by_event.items())],
            "by_month": [{"month": month, **_pair(found)} for month, found in sorted(self.by_month.items())],
            "stewards": [
                {"steward_id": str(found.steward_id), "street_id": _text(found.street_id), **_pair(found)}
                for found in self.stewards
            ],
        }

    @classmethod
    def from_json(cls, stored: str) -> "Figures":
        """Figures from their stored form."""
        plain = orjson.loads(stored)
        return cls(
            from_on=date.fromisoformat(plain["from_on"]),
            to_on=date.fromisoformat(plain["to_on"]),
            events=plain["events"],
            refused=plain["refused"],
            **{name: _read(plain[name]) for name in ("total", "redeemable", "outstanding")},
            gain=plain["gain"],
            lose=plain["lose"],
            same=plain["same"],
            by_street={
                _id(row["street_id"]): StreetFigures(row["now"], row["draft"], row["gain"], row["lose"])
                for row in plain["by_street"]
            },
            by_event={row["event"]: _read(row) for row in plain["by_event"]},
            by_month={row["month"]: _read(row) for row in plain["by_month"]},
            stewards=[
                StewardFigures(
                    row["now"], row["draft"], steward_id=UUID(row["steward_id"]), street_id=_id(row["street_id"])
                )
                for row in plain["stewards"]
            ],
        )


def figures_of(
    replayed: Sequence[Replayed], *, from_on: date, to_on: date, outstanding: int, most_stewards: int = MOST_STEWARDS
) -> Figures:
    """The figures of events that were replayed; `outstanding` is what stewards could spend when it was made."""
    made = Figures(from_on=from_on, to_on=to_on, events=len(replayed))
    stewards: dict[UUID, StewardFigures] = {}
    for one in replayed:
        award = one.award
        if one.refused is not None:
            made.refused[one.refused] = made.refused.get(one.refused, 0) + 1
        steward = stewards.get(award.steward_id)
        if steward is None:
            steward = stewards[award.steward_id] = StewardFigures(
                steward_id=award.steward_id, street_id=award.street_id
            )
        steward.street_id = award.street_id
        month = month_period(award.occurred_at)
        for pair in (
            made.total,
            steward,
            made.by_event.setdefault(award.reason, Pair()),
            made.by_month.setdefault(month, Pair()),
            made.by_street.setdefault(award.street_id, StreetFigures()),
        ):
            pair.now += one.before
            pair.draft += one.points
        if award.purse in REDEEMABLE:
            made.redeemable.now += one.before
        if one.purse in REDEEMABLE:
            made.redeemable.draft += one.points - one.overflow
    made.outstanding = Pair(outstanding, outstanding + made.redeemable.change)
    _count(made, stewards.values())
    made.stewards = sorted(stewards.values(), key=lambda one: (-abs(one.change), one.steward_id))[:most_stewards]
    return made


def _count(made: Figures, stewards: Iterable[StewardFigures]) -> None:
    for steward in stewards:
        street = made.by_street[steward.street_id]
        if steward.change > 0:
            made.gain += 1
            street.gain += 1
        elif steward.change < 0:
            made.lose += 1
            street.lose += 1
        else:
            made.same += 1


def _pair(pair: Pair) -> dict[str, int]:
    return {"now": pair.now, "draft": pair.draft, "change": pair.change}


def _read(row: Any) -> Pair:
    return Pair(row["now"], row["draft"])


def _text(found: UUID | None) -> str | None:
    return str(found) if found else None


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None
