"""Objections (异议): named, made while the notice runs, each answered by somebody else than who took it down.

Upheld, it strikes the candidate: the list's next version is reviewed and announced anew, and the trace stays in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kernel.audit import record
from kernel.clock import local_date
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import N_
from kernel.numbering import take_numbers
from kernel.text import clean_optional_text, clean_text
from rewards.titles.committee import audit_of, refuse_behind, strike_and_tell
from rewards.titles.drafting import rule_of
from rewards.titles.lists import newest_snapshots, place_of, read_list
from rewards.titles.models import TitleCandidate, TitleList, TitleNotice, TitleObjection, TitleRound, TitleSnapshot
from rewards.titles.refusals import (
    NoticeNotRunning,
    NoticeReplaced,
    ObjectionAnswered,
    ObjectorMissing,
    OwnTitle,
    UnknownCandidate,
    UnknownNotice,
    UnknownObjection,
)
from rewards.titles.working_days import WorkCalendar
from stewards.inbox import NewMessage, post_messages, register_message
from stewards.own_stewards import own_steward_of
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Principal

TEXT_LENGTH = 2_000

register_message("title_objection_upheld", N_("您的异议 {number} 成立，名单已经变动。答复：{answer}"))
register_message("title_objection_dismissed", N_("您的异议 {number} 不成立。答复：{answer}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionWish:
    """An objection to somebody on a notice. Staff name who came to the desk; stewards object in their own name."""

    notice_id: UUID
    ticket: UUID
    text: str
    caller: Principal
    objector: str | None = None
    contact: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objected:
    """An objection that was taken down, with the last day for its answer."""

    objection_id: UUID
    number: str
    answer_by_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionAnswer:
    """The answer to an objection."""

    objection_id: UUID
    upheld: bool
    answer: str
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An objection that is answered, and the list's version after it."""

    objection_id: UUID
    number: str
    state: str
    list_id: UUID
    version: int


async def object_to_titles(
    tx: Tx, wishes: Sequence[ObjectionWish], *, calendar: WorkCalendar, now: datetime
) -> list[Objected | Refusal]:
    """Take objections down, audited.

    Refusals: UnknownNotice; NotAllowed; NoticeNotRunning; NoticeReplaced; UnknownCandidate; ObjectorMissing;
    TextMissing and so on.
    """
    notices = {
        row["id"]: row
        for row in await tx.rows(TitleNotice, f"WHERE {tx.one_of('id', 1)}", sorted({w.notice_id for w in wishes}))
    }
    lists = await tx.lock(TitleList, {row["list_id"] for row in notices.values()})
    outcomes: list[Objected | Refusal] = []
    for wish in wishes:
        notice = notices.get(wish.notice_id)
        try:
            if notice is None:
                raise UnknownNotice
            outcomes.append(await _objected(tx, notice, lists[notice["list_id"]], wish, calendar, now))
        except Refusal as refusal:
            outcomes.append(refusal)
    return outcomes


async def _objected(  # noqa: PLR0917 - one wish among its batch
    tx: Tx, notice: Any, row: Any, wish: ObjectionWish, calendar: WorkCalendar, now: datetime
) -> Objected:
    if not may(wish.caller, Action.TITLES_OBJECT, None if wish.caller.kind == "steward" else place_of(row)):
        raise NotAllowed
    today = local_date(now)
    if not notice["from_on"] <= today <= notice["to_on"] or row["state"] == "awarded":
        raise NoticeNotRunning(from_on=notice["from_on"].isoformat(), to_on=notice["to_on"].isoformat())
    if notice["version"] != row["version"]:
        raise NoticeReplaced
    text = clean_text(wish.text, max_length=TEXT_LENGTH, pointer="/text", lines=True)
    objector = clean_optional_text(wish.objector, max_length=64, pointer="/objector")
    contact = clean_optional_text(wish.contact, max_length=64, pointer="/contact")
    if wish.caller.kind == "steward":
        objector = contact = None  # signed in: who objects is known
    elif objector is None:
        raise ObjectorMissing(pointer="/objector")
    snapshot = (await newest_snapshots(tx, [row]))[row["id"]]
    if wish.ticket not in read_list(snapshot["body"]).winners:
        raise UnknownCandidate(pointer="/ticket")
    [found] = await tx.rows(TitleRound, "WHERE id = $1", row["round_id"])
    answer_by_on = calendar.last_of(date.fromordinal(today.toordinal() + 1), rule_of(found).answer_working_days)
    [count] = await take_numbers(tx, f"title objection {today:%y%m%d}", 1)
    made = {
        "id": new_id(),
        "number": f"Y{today:%y%m%d}{count:04d}",
        "notice_id": notice["id"],
        "candidate_id": wish.ticket,
        "made_by_kind": "steward" if wish.caller.kind == "steward" else "staff",
        "made_by_id": wish.caller.id,
        "objector": objector,
        "contact": contact,
        "text": text,
        "made_at": now,
        "answer_by_on": answer_by_on,
        "state": "open",
        "answer": None,
        "answered_by_id": None,
        "answered_at": None,
    }
    await tx.insert(TitleObjection, [made])
    await record(tx, [audit_of(row, "titles.object", wish.caller, number=made["number"])], now=now)
    return Objected(objection_id=made["id"], number=made["number"], answer_by_on=answer_by_on)


async def answer_objections(tx: Tx, wishes: Sequence[ObjectionAnswer], *, now: datetime) -> list[Answered | Refusal]:
    """Answer objections, audited. Upheld, the candidate is struck, if still on the list.

    Refusals: UnknownObjection; NotAllowed; OwnTitle (the caller took it down, made it, or is the candidate);
    ObjectionAnswered; TextMissing and so on.
    """
    found = await tx.fetch(
        "SELECT objection.id, notice.list_id FROM rewards_title_objection objection "
        "JOIN rewards_title_notice notice ON notice.id = objection.notice_id "
        f"WHERE {tx.one_of('objection.id', 1)}",
        sorted({wish.objection_id for wish in wishes}),
        types={"id": UUID, "list_id": UUID},
    )
    list_of = {row["id"]: row["list_id"] for row in found}
    lists = {key: dict(row) for key, row in (await tx.lock(TitleList, set(list_of.values()))).items()}
    objections = {key: dict(row) for key, row in (await tx.lock(TitleObjection, set(list_of))).items()}
    outcomes: list[Answered | Refusal] = []
    for wish in wishes:
        objection = objections.get(wish.objection_id)
        try:
            if objection is None:
                raise UnknownObjection
            outcomes.append(await _answered(tx, objection, lists[list_of[wish.objection_id]], wish, now))
        except Refusal as refusal:
            outcomes.append(refusal)
    return outcomes


async def _answered(
    tx: Tx, objection: dict[str, Any], row: dict[str, Any], wish: ObjectionAnswer, now: datetime
) -> Answered:
    if not may(wish.caller, Action.TITLES_READ, place_of(row)):
        raise UnknownObjection
    if not may(wish.caller, Action.TITLES_REVIEW, place_of(row)):
        raise NotAllowed
    if objection["state"] != "open":
        raise ObjectionAnswered(number=objection["number"])
    person = (await tx.lock(TitleCandidate, [objection["candidate_id"]]))[objection["candidate_id"]]
    own = await own_steward_of(tx, wish.caller)
    made_by = {objection["made_by_id"]} - {None}
    if wish.caller.id in made_by or (own is not None and own in made_by):
        raise OwnTitle
    await refuse_behind(tx, person, wish.caller)
    answer = clean_text(wish.answer, max_length=TEXT_LENGTH, pointer="/answer", lines=True)
    state = "upheld" if wish.upheld else "dismissed"
    changes = {"state": state, "answer": answer, "answered_by_id": wish.caller.id, "answered_at": now}
    objection |= changes
    await tx.update(TitleObjection, [{"id": objection["id"], **changes}])
    if wish.upheld and await _listed(tx, row, person["id"]):
        await strike_and_tell(
            tx, row, person, cause="objection", reference=objection["number"], by=wish.caller, now=now
        )
    if objection["made_by_kind"] == "steward":
        message = NewMessage(
            steward_id=objection["made_by_id"],
            code=f"title_objection_{state}",
            params={"number": objection["number"], "answer": answer},
            cause=f"title objection {objection['number']}",
        )
        await post_messages(tx, [message], now=now)
    await record(tx, [audit_of(row, f"titles.{state}", wish.caller, number=objection["number"])], now=now)
    return Answered(
        objection_id=objection["id"],
        number=objection["number"],
        state=state,
        list_id=row["id"],
        version=row["version"],
    )


async def _listed(tx: Tx, row: dict[str, Any], ticket: UUID) -> bool:
    """Whether the newest version of a list still puts somebody forward, and may still change."""
    if row["state"] == "awarded":
        return False
    [snapshot] = await tx.rows(TitleSnapshot, "WHERE list_id = $1 AND version = $2", row["id"], row["version"])
    return ticket in read_list(snapshot["body"]).winners
