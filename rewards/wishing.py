"""Wishes (心愿): stewards say what should be offered for points and support each other's; staff answer them.

One vote per steward and wish; whoever proposes a wish supports it. Wishes belong to a street, which answers them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from kernel.audit import AuditEntry, record
from kernel.database import Reader, Row, Tx
from kernel.errors import Refusal
from kernel.ids import derived_id, new_id
from kernel.messages import N_
from kernel.text import clean_optional_text, clean_text
from rewards.wish_models import ItemWish, ItemWishVote
from rewards.wish_refusals import (
    AnswerMissing,
    TooManyWishes,
    UnknownWish,
    WishAnswered,
    WishKnown,
)
from stewards.inbox import NewMessage, post_messages, register_message
from stewards.models import Steward
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Place, Principal
from stewards.reach import reach

TITLE_LENGTH = 40
ANSWER_LENGTH = 200
OPEN_AT_ONCE = 3
"""How many of one steward's wishes may wait for an answer at a time."""


class WishState(StrEnum):
    """How far a wish has come."""

    OPEN = "open"
    PLANNED = "planned"
    OFFERED = "offered"
    DECLINED = "declined"


WISH_STATES: Mapping[WishState, str] = {
    WishState.OPEN: N_("征集中"),
    WishState.PLANNED: N_("准备中"),
    WishState.OFFERED: N_("已上架"),
    WishState.DECLINED: N_("暂不提供"),
}
_VOTED_ON = (WishState.OPEN, WishState.PLANNED)

register_message("wish_planned", N_("您支持的心愿“{title}”正在准备。"))
register_message("wish_offered", N_("您支持的心愿“{title}”已经上架，可以兑换了。"))
register_message("wish_declined", N_("您支持的心愿“{title}”暂时不能提供，原因可在心愿单查看。"))


@dataclass(frozen=True, slots=True, kw_only=True)
class WishProposal:
    """A steward proposes something to be offered."""

    title: str
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class WishVote:
    """A steward supports a wish, or no longer does."""

    wish_id: UUID
    caller: Principal
    support: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WishAnswer:
    """What the staff say to a wish. Declining needs words."""

    wish_id: UUID
    state: WishState
    caller: Principal
    answer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WishStands:
    """A wish as it stands now; `changed` is false where it stood so already."""

    wish_id: UUID
    title: str
    state: WishState
    votes: int
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WishLine:
    """A wish as a list shows it. Whose it is is not said; `mine` and `supported` are the caller's own."""

    id: UUID
    street_id: UUID
    title: str
    state: WishState
    votes: int
    answer: str | None
    created_at: datetime
    mine: bool
    supported: bool


async def propose_wishes(tx: Tx, wishes: Sequence[WishProposal], *, now: datetime) -> list[WishStands | Refusal]:
    """Put wishes on the list of their steward's street, each with the proposer's vote.

    Refusals: NotAllowed (no steward, or none that serves), WishKnown, TooManyWishes, texts at fault.
    """
    stewards = await tx.lock(Steward, _stewards(wish.caller for wish in wishes))
    streets = sorted({row["street_id"] for row in stewards.values()})
    known = {(row["street_id"], row["title"]): row["id"] for row in await _of_streets(tx, streets)}
    waiting = Counter(
        row["proposed_by_id"]
        for row in await tx.rows(
            ItemWish, f"WHERE {tx.one_of('proposed_by_id', 1)} AND state = 'open'", sorted(stewards)
        )
    )
    rows: list[dict[str, Any]] = []
    outcomes: list[WishStands | Refusal] = []
    for wish in wishes:
        steward = stewards.get(wish.caller.steward_id) if wish.caller.steward_id else None
        if steward is None or steward["status"] != "active":
            outcomes.append(NotAllowed())
            continue
        try:
            title = clean_text(wish.title, max_length=TITLE_LENGTH, pointer="/title")
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        key = (steward["street_id"], title)
        if key in known:
            outcomes.append(WishKnown(pointer="/title", title=title))
            continue
        if waiting[steward["id"]] >= OPEN_AT_ONCE:
            outcomes.append(TooManyWishes(limit=OPEN_AT_ONCE))
            continue
        waiting[steward["id"]] += 1
        known[key] = new_id()
        rows.append(
            {
                "id": known[key],
                "street_id": steward["street_id"],
                "proposed_by_id": steward["id"],
                "title": title,
                "state": WishState.OPEN.value,
                "created_at": now,
            }
        )
        outcomes.append(WishStands(wish_id=known[key], title=title, state=WishState.OPEN, votes=1, changed=True))
    await tx.insert(ItemWish, rows)
    await tx.insert(ItemWishVote, [_vote(row["id"], row["proposed_by_id"], now) for row in rows])
    return outcomes


async def vote_on_wishes(tx: Tx, wishes: Sequence[WishVote], *, now: datetime) -> list[WishStands | Refusal]:
    """Support wishes of one's own street, or stop doing so; what stands so already is left alone.

    Refusals: UnknownWish, WishAnswered, NotAllowed.
    """
    stewards = {row["id"]: row for row in await _read_stewards(tx, _stewards(wish.caller for wish in wishes))}
    found = await tx.lock(ItemWish, {wish.wish_id for wish in wishes})  # votes on a wish wait for each other
    votes = {
        (row["wish_id"], row["steward_id"])
        for row in await tx.rows(ItemWishVote, f"WHERE {tx.one_of('wish_id', 1)}", sorted(found))
    }
    counts = Counter(wish_id for wish_id, _ in votes)
    before = set(votes)
    outcomes: list[WishStands | Refusal] = []
    for wish in wishes:
        row = found.get(wish.wish_id)
        steward = stewards.get(wish.caller.steward_id) if wish.caller.steward_id else None
        refusal = _bar_vote(row, steward)
        if refusal or row is None or steward is None:
            outcomes.append(refusal or UnknownWish(pointer="/wish_id"))
            continue
        key = (wish.wish_id, steward["id"])
        changed = (key in votes) != wish.support
        if changed:
            (votes.add if wish.support else votes.discard)(key)
            counts[wish.wish_id] += 1 if wish.support else -1
        outcomes.append(_stands(row, WishState(row["state"]), counts[wish.wish_id], changed=changed))
    await tx.insert(ItemWishVote, [_vote(wish_id, steward_id, now) for wish_id, steward_id in sorted(votes - before)])
    gone = [_vote_id(*key) for key in before - votes]
    if gone:
        await tx.execute(f"DELETE FROM rewards_item_wish_vote WHERE {tx.one_of('id', 1)}", sorted(gone))
    return outcomes


async def answer_wishes(tx: Tx, wishes: Sequence[WishAnswer], *, now: datetime) -> list[WishStands | Refusal]:
    """Answer wishes, audited; everybody who supports one is told.

    Refusals: UnknownWish, AnswerMissing, texts at fault.
    """
    found = {row_id: dict(row) for row_id, row in (await tx.lock(ItemWish, {wish.wish_id for wish in wishes})).items()}
    votes = await tx.rows(ItemWishVote, f"WHERE {tx.one_of('wish_id', 1)}", sorted(found))
    counts = Counter(row["wish_id"] for row in votes)
    outcomes: list[WishStands | Refusal] = []
    entries: list[AuditEntry] = []
    for wish in wishes:
        row = found.get(wish.wish_id)
        if row is None or not may(wish.caller, Action.WISHES_ANSWER, Place(street_id=row["street_id"])):
            outcomes.append(UnknownWish(pointer="/wish_id"))
            continue
        try:
            answer = clean_optional_text(wish.answer, max_length=ANSWER_LENGTH, pointer="/answer")
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        if wish.state is WishState.DECLINED and answer is None:
            outcomes.append(AnswerMissing(pointer="/answer"))
            continue
        answered_at = None if wish.state is WishState.OPEN else now
        changed = (row["state"], row["answer"]) != (wish.state.value, answer)
        if changed:
            row.update(state=wish.state.value, answer=answer, answered_at=answered_at)
            entries.append(
                AuditEntry(
                    actor=wish.caller.actor,
                    action=f"wishes.{wish.state}",
                    subject_kind="item_wish",
                    subject_id=wish.wish_id,
                    street_id=row["street_id"],
                )
            )
        outcomes.append(_stands(row, wish.state, counts[wish.wish_id], changed=changed))
    changed_ids = {entry.subject_id for entry in entries}
    rows = [row for row_id, row in found.items() if row_id in changed_ids]
    await tx.update(ItemWish, [{name: row[name] for name in ("id", "state", "answer", "answered_at")} for row in rows])
    messages = [
        NewMessage(
            steward_id=vote["steward_id"],
            code=f"wish_{row['state']}",
            params={"title": row["title"]},
            cause=f"wish {row['id']}/{row['state']}/{vote['steward_id']}",
        )
        for vote in votes
        for row in rows
        if vote["wish_id"] == row["id"] and row["state"] != WishState.OPEN
    ]
    if messages:
        await post_messages(tx, messages, now=now)
    if entries:
        await record(tx, entries, now=now)
    return outcomes


async def list_wishes(
    reader: Reader,
    principal: Principal,
    *,
    street_id: UUID | None = None,
    state: WishState | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[WishLine], bool]:
    """The wishes within a caller's reach, those with the most votes first, and whether there are more after them.

    A steward sees those of his or her own street.
    """
    within = reach(principal, Action.WISHES_READ)
    allowed, args = within.condition(reader, 2, street="wish.street_id")
    if principal.steward_id is not None:
        args = [principal.steward_id]
        allowed = "wish.street_id = (SELECT street_id FROM stewards_steward WHERE id = $2)"
    conditions = [allowed]
    for column, value in (("wish.street_id", street_id), ("wish.state", state)):
        if value is not None:
            args.append(value)
            conditions.append(f"{column} = ${len(args) + 1}")
    rows = await reader.fetch(
        f"""
        SELECT wish.id, wish.street_id, wish.proposed_by_id, wish.title, wish.state, wish.answer, wish.created_at,
               COUNT(vote.id) AS votes, MAX(CASE WHEN vote.steward_id = $1 THEN 1 ELSE 0 END) AS supported
        FROM rewards_item_wish wish LEFT JOIN rewards_item_wish_vote vote ON vote.wish_id = wish.id
        WHERE {" AND ".join(conditions)}
        GROUP BY wish.id, wish.street_id, wish.proposed_by_id, wish.title, wish.state, wish.answer, wish.created_at
        ORDER BY votes DESC, wish.created_at, wish.id LIMIT {int(limit) + 1} OFFSET {int(offset)}
        """,
        principal.steward_id,
        *args,
        types={"id": UUID, "street_id": UUID, "proposed_by_id": UUID, "created_at": datetime},
    )
    lines = [
        WishLine(
            id=row["id"],
            street_id=row["street_id"],
            title=row["title"],
            state=WishState(row["state"]),
            votes=row["votes"],
            answer=row["answer"],
            created_at=row["created_at"],
            mine=row["proposed_by_id"] == principal.steward_id,
            supported=bool(row["supported"]),
        )
        for row in rows[:limit]
    ]
    return lines, len(rows) > limit


def _bar_vote(row: Row | None, steward: Row | None) -> Refusal | None:
    if steward is None or steward["status"] != "active":
        return NotAllowed()
    if row is None or row["street_id"] != steward["street_id"]:
        return UnknownWish(pointer="/wish_id")
    if row["state"] not in _VOTED_ON:
        return WishAnswered()
    return None


def _stewards(callers: Any) -> set[UUID]:
    return {caller.steward_id for caller in callers if caller.steward_id is not None}


async def _read_stewards(tx: Tx, ids: set[UUID]) -> list[Row]:
    return await tx.rows(Steward, f"WHERE {tx.one_of('id', 1)}", sorted(ids))


async def _of_streets(tx: Tx, streets: Sequence[UUID]) -> list[Row]:
    return await tx.rows(
        ItemWish, f"WHERE {tx.one_of('street_id', 1)} AND state IN ('open', 'planned', 'offered')", list(streets)
    )


def _vote_id(wish_id: UUID, steward_id: UUID) -> UUID:
    return derived_id("item-wish-vote", str(wish_id), str(steward_id))


def _vote(wish_id: UUID, steward_id: UUID, now: datetime) -> dict[str, Any]:
    return {"id": _vote_id(wish_id, steward_id), "wish_id": wish_id, "steward_id": steward_id, "voted_at": now}


def _stands(row: Row, state: WishState, votes: int, *, changed: bool) -> WishStands:
    return WishStands(wish_id=row["id"], title=row["title"], state=state, votes=votes, changed=changed)
