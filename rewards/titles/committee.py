"""The committee (评审): two people agree to one version of a list, or somebody is struck off with a cause.

proposed -> reviewed   (two people agreed to this version)
any but awarded -> proposed, with the next version (somebody was struck)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.audit import AuditEntry, record
from kernel.database import Row, Tx
from kernel.errors import Refusal
from kernel.ids import derived_id
from kernel.messages import N_, Text
from kernel.text import clean_text
from points.notes import NOTE_LENGTH, NewNote, write_notes
from points.receipt import Label
from rewards.titles.behind import behind_tickets
from rewards.titles.causes import STRIKES
from rewards.titles.drafting import rule_of
from rewards.titles.lists import (
    check_state,
    check_version,
    name_of,
    newest_snapshots,
    read_list,
    struck_off,
    within_reach,
)
from rewards.titles.models import TitleCandidate, TitleList, TitleReview, TitleRound
from rewards.titles.refusals import CauseUnknown, OwnTitle, ReviewedBefore, UnknownCandidate
from stewards.inbox import post_messages, register_message
from stewards.own_stewards import own_steward_of
from stewards.permissions import Action
from stewards.principal import Principal

REVIEWERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Somebody agrees to a version of a list."""

    list_id: UUID
    version: int
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class StrikeWish:
    """Somebody is to be taken off a list: a code of causes.STRIKES, and the reason in words."""

    list_id: UUID
    version: int
    ticket: UUID
    cause: str
    reason: str
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class ListNow:
    """A list as it stands after a step."""

    list_id: UUID
    state: str
    version: int
    winners: int
    reviews: int


def _struck_text(message: str) -> Callable[[Any], Text]:
    def render(params: Any) -> Text:
        cause = Text(STRIKES[params["cause"]]) if params["cause"] in STRIKES else params["cause"]
        title = Label(params["title_zh"], english=params["title_en"])
        return Text(message, {**params, "title": title, "cause": cause})

    return render


register_message(
    "title_struck",
    _struck_text(N_("您已被移出 {period} {title} 的推荐名单，原因：{cause}。有不同意见可以向街道提出。")),
)
register_message(
    "team_title_struck",
    _struck_text(N_("你们团“{team}”已被移出 {period} {title} 的推荐名单，原因：{cause}。有不同意见可以向街道提出。")),
)


async def review_lists(tx: Tx, wishes: Sequence[Review], *, now: datetime) -> list[ListNow | Refusal]:
    """Agree to versions of lists, audited: the second person makes the list ready for its notice.

    Refusals: UnknownList; NotAllowed; ListChanged; ListStands; OwnTitle (the caller is on the list); ReviewedBefore.
    """
    lists = {key: dict(row) for key, row in (await tx.lock(TitleList, {wish.list_id for wish in wishes})).items()}
    outcomes: list[ListNow | Refusal] = []
    for wish in wishes:
        try:
            outcomes.append(await _reviewed(tx, lists.get(wish.list_id), wish, now))
        except Refusal as refusal:
            outcomes.append(refusal)
    return outcomes


async def _reviewed(tx: Tx, row: dict[str, Any] | None, wish: Review, now: datetime) -> ListNow:
    row = within_reach(row, wish.caller, Action.TITLES_REVIEW)
    check_version(row, wish.version)
    check_state(row, "proposed")
    await refuse_own(tx, row, wish.caller)
    by = wish.caller.id or derived_id("reviewer", wish.caller.kind)
    before = await tx.rows(TitleReview, "WHERE list_id = $1 AND version = $2", row["id"], row["version"])
    if by in {review["staff_id"] for review in before}:
        raise ReviewedBefore
    review_id = derived_id("title review", str(row["id"]), str(row["version"]), str(by))
    review = {
        "id": review_id,
        "list_id": row["id"],
        "version": row["version"],
        "staff_id": by,
        "reviewed_at": now,
    }
    await tx.insert(TitleReview, [review])
    reviews = len(before) + 1
    if reviews >= REVIEWERS:
        row["state"] = "reviewed"
        await tx.update(TitleList, [{"id": row["id"], "state": "reviewed"}])
    await record(tx, [audit_of(row, "titles.review", wish.caller)], now=now)
    snapshot = (await newest_snapshots(tx, [row]))[row["id"]]
    return ListNow(
        list_id=row["id"],
        state=row["state"],
        version=row["version"],
        winners=snapshot["winners"],
        reviews=reviews,
    )


async def strike_candidates(tx: Tx, wishes: Sequence[StrikeWish], *, now: datetime) -> list[ListNow | Refusal]:
    """Take people off lists, audited and with a trace in the list itself; who was struck is told, the next moves up.

    Refusals: UnknownList; NotAllowed; ListChanged; ListStands; CauseUnknown; UnknownCandidate; OwnTitle; TextMissing
    and so on for the reason.
    """
    lists = {key: dict(row) for key, row in (await tx.lock(TitleList, {wish.list_id for wish in wishes})).items()}
    outcomes: list[ListNow | Refusal] = []
    for wish in wishes:
        try:
            outcomes.append(await _struck(tx, lists.get(wish.list_id), wish, now))
        except Refusal as refusal:
            outcomes.append(refusal)
    return outcomes


async def _struck(tx: Tx, row: dict[str, Any] | None, wish: StrikeWish, now: datetime) -> ListNow:
    row = within_reach(row, wish.caller, Action.TITLES_REVIEW)
    check_version(row, wish.version)
    check_state(row, "proposed", "reviewed", "noticed")
    if wish.cause not in STRIKES:
        raise CauseUnknown(pointer="/cause", allowed="、".join(STRIKES))
    reason = clean_text(wish.reason, max_length=NOTE_LENGTH, pointer="/reason", lines=True)
    snapshot = (await newest_snapshots(tx, [row]))[row["id"]]
    if wish.ticket not in read_list(snapshot["body"]).winners:
        raise UnknownCandidate(pointer="/ticket")
    person = (await tx.lock(TitleCandidate, [wish.ticket]))[wish.ticket]
    await refuse_behind(tx, person, wish.caller)
    await strike_and_tell(tx, row, person, cause="struck", reference=wish.cause, by=wish.caller, now=now)
    await write_notes(tx, [NewNote(subject_id=wish.ticket, author_id=wish.caller.id, text=reason)], now=now)
    snapshot = (await newest_snapshots(tx, [row]))[row["id"]]
    return ListNow(
        list_id=row["id"], state=row["state"], version=row["version"], winners=snapshot["winners"], reviews=0
    )


async def strike_and_tell(
    tx: Tx, row: dict[str, Any], person: Row, *, cause: str, reference: str, by: Principal, now: datetime
) -> None:
    """Strike somebody off a locked list, store its next version, tell the person, and write it into the audit."""
    await struck_off(tx, row, ticket=person["id"], cause=cause, reference=reference, by=by.id, now=now)
    await tx.update(TitleList, [{"id": row["id"], "state": row["state"], "version": row["version"]}])
    [found] = await tx.rows(TitleRound, "WHERE id = $1", row["round_id"])
    params = {**name_of(rule_of(found)), "period": found["period"], "cause": reference}
    behind = (await behind_tickets(tx, [person]))[person["id"]]
    messages = behind.told("title_struck", params, cause=f"title list {row['id']}/{row['version']}")
    await post_messages(tx, messages, now=now)
    entry = audit_of(row, "titles.strike", by, ticket=str(person["id"]), cause=cause, reference=reference)
    await record(tx, [entry], now=now)


async def refuse_own(tx: Tx, row: Row, caller: Principal) -> None:
    """Refuse somebody who decides about a list on which he or she stands.

    Raises:
        OwnTitle: the caller is a steward whom the list puts forward, alone or with a team.

    """
    own = await own_steward_of(tx, caller)
    if own is None:
        return
    snapshot = (await newest_snapshots(tx, [row]))[row["id"]]
    winners = read_list(snapshot["body"]).winners
    people = await tx.rows(TitleCandidate, f"WHERE {tx.one_of('id', 1)}", sorted(winners))
    if any(own in behind.stewards for behind in (await behind_tickets(tx, people)).values()):
        raise OwnTitle


async def refuse_behind(tx: Tx, person: Row, caller: Principal) -> None:
    """Refuse somebody who decides about himself or herself, or the own team.

    Raises:
        OwnTitle: the caller stands behind this candidate.

    """
    own = await own_steward_of(tx, caller)
    if own is not None and own in (await behind_tickets(tx, [person]))[person["id"]].stewards:
        raise OwnTitle


def audit_of(row: Row, action: str, caller: Principal, **detail: Any) -> AuditEntry:
    """What was done with a list."""
    return AuditEntry(
        actor=caller.actor,
        action=action,
        subject_kind="title_list",
        subject_id=row["id"],
        street_id=row["street_id"],
        detail={"version": row["version"], "state": row["state"], **detail},
    )
