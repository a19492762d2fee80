"""Public notices (公示): a reviewed list is announced for the rules' working days, with where to object."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.audit import record
from kernel.clock import local_date
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import N_, Text
from kernel.numbering import take_numbers
from kernel.text import clean_text
from points.receipt import Label
from rewards.titles.behind import behind_tickets
from rewards.titles.committee import audit_of
from rewards.titles.drafting import rule_of
from rewards.titles.lists import check_state, check_version, name_of, newest_snapshots, read_list, within_reach
from rewards.titles.models import TitleCandidate, TitleList, TitleNotice, TitleRound
from rewards.titles.refusals import NobodyListed, NoticeDayPast, NoticeTooShort
from rewards.titles.working_days import WorkCalendar
from stewards.inbox import post_messages, register_message
from stewards.permissions import Action
from stewards.principal import Principal

LATEST = timedelta(days=31)
"""How far ahead a notice may begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeWish:
    """A list to announce: who takes objections, where and by which office phone.

    It begins today unless another day is named, and lasts the rules' working days, or longer where `to_on` says so.
    """

    list_id: UUID
    version: int
    unit: str
    address: str
    phone: str
    caller: Principal
    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """A notice that was published."""

    notice_id: UUID
    list_id: UUID
    number: str
    from_on: date
    to_on: date


def _noticed_text(message: str) -> Callable[[Any], Text]:
    return lambda params: Text(message, {**params, "title": Label(params["title_zh"], english=params["title_en"])})


register_message(
    "title_noticed", _noticed_text(N_("您在 {period} {title} 的推荐名单上，公示到 {to_on}（公示 {number}）。"))
)
register_message(
    "team_title_noticed",
    _noticed_text(N_("你们团“{team}”在 {period} {title} 的推荐名单上，公示到 {to_on}（公示 {number}）。")),
)


async def publish_notices(
    tx: Tx, wishes: Sequence[NoticeWish], *, calendar: WorkCalendar, now: datetime
) -> list[Noticed | Refusal]:
    """Announce reviewed lists, audited; who is put forward is told. `calendar` says which days are working days.

    Refusals: UnknownList; NotAllowed; ListChanged; ListStands; NobodyListed; NoticeDayPast; NoticeTooShort; TextMissing
    and so on.
    """
    lists = {key: dict(row) for key, row in (await tx.lock(TitleList, {wish.list_id for wish in wishes})).items()}
    outcomes: list[Noticed | Refusal] = []
    for wish in wishes:
        try:
            outcomes.append(await _noticed(tx, lists.get(wish.list_id), wish, calendar, now))
        except Refusal as refusal:
            outcomes.append(refusal)
    return outcomes


async def _noticed(
    tx: Tx, row: dict[str, Any] | None, wish: NoticeWish, calendar: WorkCalendar, now: datetime
) -> Noticed:
    row = within_reach(row, wish.caller, Action.TITLES_REVIEW)
    check_version(row, wish.version)
    check_state(row, "reviewed")
    unit = clean_text(wish.unit, max_length=64, pointer="/unit")
    address = clean_text(wish.address, max_length=120, pointer="/address")
    phone = clean_text(wish.phone, max_length=32, pointer="/phone")
    today = local_date(now)
    from_on = wish.from_on or today
    if not today <= from_on <= today + LATEST:
        raise NoticeDayPast(pointer="/from_on", latest=(today + LATEST).isoformat())
    snapshot = (await newest_snapshots(tx, [row]))[row["id"]]
    if not snapshot["winners"]:
        raise NobodyListed
    [found] = await tx.rows(TitleRound, "WHERE id = $1", row["round_id"])
    rule = rule_of(found)
    least = calendar.last_of(from_on, rule.notice_working_days)
    to_on = wish.to_on or least
    if not least <= to_on <= least + LATEST:
        raise NoticeTooShort(pointer="/to_on", least=least.isoformat(), most=(least + LATEST).isoformat())
    notice_id = new_id()
    row["state"] = "noticed"
    await tx.update(TitleList, [{"id": row["id"], "state": "noticed"}])
    [count] = await take_numbers(tx, f"title notice {today:%y%m%d}", 1)
    number = f"G{today:%y%m%d}{count:04d}"
    notice = {
        "id": notice_id,
        "number": number,
        "list_id": row["id"],
        "version": row["version"],
        "from_on": from_on,
        "to_on": to_on,
        "working_days": rule.notice_working_days,
        "unit": unit,
        "address": address,
        "phone": phone,
        "published_by_id": wish.caller.id,
        "published_at": now,
    }
    await tx.insert(TitleNotice, [notice])
    winners = read_list(snapshot["body"]).winners
    people = await tx.rows(TitleCandidate, f"WHERE {tx.one_of('id', 1)} ORDER BY id", sorted(winners))
    params = {**name_of(rule), "period": found["period"], "to_on": to_on.isoformat(), "number": number}
    await post_messages(
        tx,
        [
            message
            for ticket, behind in (await behind_tickets(tx, people)).items()
            for message in behind.told("title_noticed", params, cause=f"title notice {number}/{ticket}")
        ],
        now=now,
    )
    entry = audit_of(row, "titles.notice", wish.caller, number=number, to_on=to_on.isoformat())
    await record(tx, [entry], now=now)
    return Noticed(notice_id=notice_id, list_id=row["id"], number=number, from_on=from_on, to_on=to_on)
