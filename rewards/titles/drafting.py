"""Rounds before anything is computed: drafted, edited, published before the period ends, called off.

draft -> published    (until the last day that counts)
published -> proposed (once that day is over, see proposing.py)
draft, published, proposed -> cancelled, while no title was given
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import orjson

from kernel.audit import AuditEntry, record
from kernel.clock import local_date
from kernel.database import Row, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import Text
from points.rules import TitleRule
from rewards.titles.awards import held_as, period_of_title, rule_of_title
from rewards.titles.causes import ROUND_STATES
from rewards.titles.inputs import sha256_of
from rewards.titles.models import TitleAward, TitleList, TitleRound
from rewards.titles.refusals import (
    PublishedTooLate,
    RoundChanged,
    RoundExists,
    RoundSpanWrong,
    RoundStands,
    UnknownRound,
    UnknownTitle,
)
from rewards.titles.rules import parse_title_rule, read_title_rule
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Principal

MOST_DAYS = 366
RoundAction = Literal["publish", "cancel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRound:
    """A round to draft. Without `rules` those of the rule set in force; without days those of the period."""

    title: str
    period: str
    caller: Principal
    begins_on: date | None = None
    ends_on: date | None = None
    rules: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundEdit:
    """Other rules for a draft; `revision` is the one that was looked at, None whichever it is."""

    round_id: UUID
    revision: int | None
    rules: Mapping[str, Any]
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundStep:
    """A draft to publish, or a round to call off."""

    round_id: UUID
    action: RoundAction
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundNow:
    """A round as it stands after a wish; `changed` is false where it stood so already."""

    round_id: UUID
    state: str
    revision: int
    changed: bool


async def draft_rounds(tx: Tx, wishes: Sequence[NewRound], *, now: datetime) -> list[RoundNow | Refusal]:
    """Draft rounds, audited.

    Refusals: NotAllowed; NoRulesInForce; UnknownTitle; TitleRulesRefused; PeriodUnknown; PeriodDiffers;
    RoundSpanWrong; RoundExists.
    """
    taken = await tx.lock(TitleRound, {held_as(wish.title, wish.period) for wish in wishes}, key="held_as")
    standing = set(taken)
    rows: list[dict[str, Any]] = []
    outcomes: list[RoundNow | Refusal] = []
    for wish in wishes:
        try:
            row = await _drafted(tx, wish, now)
            entered = await tx.rows(TitleAward, "WHERE title = $1 AND period = $2 LIMIT 1", row["title"], row["period"])
            if entered or row["held_as"] in standing:
                raise RoundExists(pointer="/period", period=wish.period)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        standing.add(row["held_as"])
        rows.append(row)
        outcomes.append(RoundNow(round_id=row["id"], state="draft", revision=1, changed=True))
        await record(tx, [audit_of(row, "titles.draft", wish.caller)], now=now)
    await tx.insert(TitleRound, rows)
    return outcomes


async def _drafted(tx: Tx, wish: NewRound, now: datetime) -> dict[str, Any]:
    if not may(wish.caller, Action.TITLES_DRAFT):
        raise NotAllowed
    if wish.rules is None:
        document = _without_nothing(await rule_of_title(tx, wish.title, now=now))
    else:
        document = dict(wish.rules)
    rule, canonical = read_title_rule(document)
    if rule.code != wish.title:
        raise UnknownTitle(pointer="/rules/code", title=rule.code)
    period = period_of_title(rule, wish.period)
    begins_on, ends_on = wish.begins_on or period.first, wish.ends_on or period.last
    if not 0 <= (ends_on - begins_on).days < MOST_DAYS or ends_on.year != period.last.year:
        raise RoundSpanWrong(pointer="/ends_on")
    return {
        "id": new_id(),
        "title": rule.code,
        "period": period.name,
        "begins_on": begins_on,
        "ends_on": ends_on,
        "state": "draft",
        "revision": 1,
        "rules": canonical,
        "rules_sha256": sha256_of(canonical),
        "created_by_id": wish.caller.id,
        "created_at": now,
        "published_by_id": None,
        "published_at": None,
        "proposed_at": None,
        "held_as": held_as(rule.code, period.name),
    }


def _without_nothing(rule: TitleRule) -> dict[str, Any]:
    """A title of the rule set as a document: what is not said stays unsaid."""
    found: dict[str, Any] = orjson.loads(rule.model_dump_json(exclude_unset=True))
    return found


async def edit_rounds(tx: Tx, wishes: Sequence[RoundEdit], *, now: datetime) -> list[RoundNow | Refusal]:
    """Give drafts other rules, audited.

    Refusals: UnknownRound; NotAllowed; RoundStands; RoundChanged; TitleRulesRefused; UnknownTitle;
    PeriodDiffers.
    """
    rounds = {key: dict(row) for key, row in (await tx.lock(TitleRound, {w.round_id for w in wishes})).items()}
    outcomes: list[RoundNow | Refusal] = []
    for wish in wishes:
        row = rounds.get(wish.round_id)
        try:
            row = _within_reach(row, wish.caller)
            if row["state"] != "draft":
                raise stands(row)
            if wish.revision not in {None, row["revision"]}:
                raise RoundChanged
            rule, canonical = read_title_rule(wish.rules)
            if rule.code != row["title"]:
                raise UnknownTitle(pointer="/rules/code", title=rule.code)
            period_of_title(rule, row["period"])
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        row |= {"rules": canonical, "rules_sha256": sha256_of(canonical), "revision": row["revision"] + 1}
        await tx.update(TitleRound, [{name: row[name] for name in ("id", "rules", "rules_sha256", "revision")}])
        await record(tx, [audit_of(row, "titles.edit", wish.caller)], now=now)
        outcomes.append(RoundNow(round_id=row["id"], state="draft", revision=row["revision"], changed=True))
    return outcomes


async def step_rounds(tx: Tx, wishes: Sequence[RoundStep], *, now: datetime) -> list[RoundNow | Refusal]:
    """Publish or call off rounds, audited; what stands so already is left alone.

    Refusals: UnknownRound; NotAllowed; RoundStands; PublishedTooLate.
    """
    rounds = {key: dict(row) for key, row in (await tx.lock(TitleRound, {w.round_id for w in wishes})).items()}
    outcomes: list[RoundNow | Refusal] = []
    for wish in wishes:
        row = rounds.get(wish.round_id)
        try:
            row = _within_reach(row, wish.caller)
            changes = await _stepped(tx, row, wish, now)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        if changes:
            row |= changes
            await tx.update(TitleRound, [{"id": row["id"], **changes}])
            await record(tx, [audit_of(row, f"titles.{wish.action}", wish.caller)], now=now)
        outcomes.append(
            RoundNow(round_id=row["id"], state=row["state"], revision=row["revision"], changed=bool(changes))
        )
    return outcomes


async def _stepped(tx: Tx, row: Row, wish: RoundStep, now: datetime) -> dict[str, Any]:
    if wish.action == "publish":
        if row["state"] == "published":
            return {}
        if row["state"] != "draft":
            raise stands(row)
        if local_date(now) > row["ends_on"]:
            raise PublishedTooLate(ends_on=row["ends_on"].isoformat())
        return {"state": "published", "published_at": now, "published_by_id": wish.caller.id}
    if row["state"] == "cancelled":
        return {}
    found = await tx.rows(TitleList, "WHERE round_id = $1 ORDER BY id", row["id"])
    lists = await tx.lock(TitleList, [one["id"] for one in found])
    if any(one["state"] == "awarded" for one in lists.values()):
        raise stands(row)
    await tx.update(TitleList, [{"id": list_id, "state": "cancelled"} for list_id in lists])
    return {"state": "cancelled", "held_as": None}


def _within_reach(row: dict[str, Any] | None, caller: Principal) -> dict[str, Any]:
    if row is None:
        raise UnknownRound
    if not may(caller, Action.TITLES_DRAFT):
        raise NotAllowed
    return row


def stands(row: Row) -> RoundStands:
    """The refusal of a round that is in another state."""
    return RoundStands(state=Text(ROUND_STATES[row["state"]]))


def audit_of(row: Row, action: str, caller: Principal, **detail: Any) -> AuditEntry:
    """What was done with a round."""
    return AuditEntry(
        actor=caller.actor,
        action=action,
        subject_kind="title_round",
        subject_id=row["id"],
        detail={"title": row["title"], "period": row["period"], "rules": row["rules_sha256"], **detail},
    )


def rule_of(row: Row) -> TitleRule:
    """The rules of a stored round."""
    return parse_title_rule(row["rules"])


def due_from(row: Row) -> date:
    """The first local day on which a round can be computed."""
    day: date = row["ends_on"] + timedelta(days=1)
    return day
