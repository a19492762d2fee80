"""Giving titles (授予): once a list's notice is over and every objection answered, its people hold the title."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.audit import record
from kernel.clock import local_date
from kernel.database import Tx
from kernel.errors import Refusal
from rewards.titles.awards import award_row, messages_of
from rewards.titles.behind import AWARDS_OF_TEAMS, behind_tickets
from rewards.titles.committee import audit_of, refuse_own
from rewards.titles.drafting import rule_of
from rewards.titles.lists import check_state, check_version, newest_snapshots, read_list, within_reach
from rewards.titles.models import TitleAward, TitleCandidate, TitleList, TitleNotice, TitleRound
from rewards.titles.refusals import HigherTitleHeld, NoticeStillRunning, ObjectionsOpen
from rewards.titles.team_models import TitleTeamAward
from stewards.inbox import post_messages
from stewards.permissions import Action
from stewards.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Giving:
    """A list whose titles are to be given."""

    list_id: UUID
    version: int
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Titles that were given; `changed` is false where they were before."""

    list_id: UUID
    awards: int
    changed: bool


async def award_lists(tx: Tx, wishes: Sequence[Giving], *, now: datetime) -> list[Given | Refusal]:
    """Give the titles of lists, audited; everybody who holds one is told.

    Refusals: UnknownList; NotAllowed; ListChanged; ListStands; OwnTitle; NoticeStillRunning; ObjectionsOpen;
    HigherTitleHeld.
    """
    lists = {key: dict(row) for key, row in (await tx.lock(TitleList, {wish.list_id for wish in wishes})).items()}
    outcomes: list[Given | Refusal] = []
    for wish in wishes:
        try:
            outcomes.append(await _given(tx, lists.get(wish.list_id), wish, now))
        except Refusal as refusal:
            outcomes.append(refusal)
    return outcomes


async def _given(tx: Tx, row: dict[str, Any] | None, wish: Giving, now: datetime) -> Given:
    row = within_reach(row, wish.caller, Action.TITLES_AWARD)
    check_version(row, wish.version)
    snapshot = (await newest_snapshots(tx, [row]))[row["id"]]
    if row["state"] == "awarded":
        return Given(list_id=row["id"], awards=snapshot["winners"], changed=False)
    check_state(row, "noticed")
    await refuse_own(tx, row, wish.caller)
    [notice] = await tx.rows(TitleNotice, "WHERE list_id = $1 AND version = $2", row["id"], row["version"])
    if local_date(now) <= notice["to_on"]:
        raise NoticeStillRunning(to_on=notice["to_on"].isoformat())
    unanswered = await tx.fetch_one(
        "SELECT COUNT(*) AS open FROM rewards_title_objection objection "
        "JOIN rewards_title_notice notice ON notice.id = objection.notice_id "
        "WHERE notice.list_id = $1 AND objection.state = 'open'",
        row["id"],
    )
    if unanswered and unanswered["open"]:
        raise ObjectionsOpen(count=unanswered["open"])
    [found] = await tx.rows(TitleRound, "WHERE id = $1", row["round_id"])
    rule = rule_of(found)
    winners = read_list(snapshot["body"]).winners
    people = await tx.rows(TitleCandidate, f"WHERE {tx.one_of('id', 1)} ORDER BY id", sorted(winners))
    await _refuse_higher(tx, [person["steward_id"] for person in people], rule.after, found["period"])
    awards = [
        award_row(
            steward={"id": person["steward_id"], "street_id": person["street_id"]},
            rule=rule,
            period=found["period"],
            candidate_id=person["id"],
            by=wish.caller.id,
            at=now,
        )
        for person in people
    ]
    await tx.insert(TitleAward, awards)
    behind = await behind_tickets(tx, people)
    teams = {award["id"]: behind[person["id"]].team_id for award, person in zip(awards, people, strict=True)}
    await tx.insert(
        TitleTeamAward, [{"award_id": award_id, "team_id": team_id} for award_id, team_id in teams.items() if team_id]
    )
    row["state"] = "awarded"
    await tx.update(TitleList, [{"id": row["id"], "state": "awarded"}])
    told = [
        message
        for award, person in zip(awards, people, strict=True)
        for message in messages_of("title_awarded", behind[person["id"]], award=award)
    ]
    await post_messages(tx, told, now=now)
    await record(tx, [audit_of(row, "titles.award", wish.caller, awards=len(awards))], now=now)
    return Given(list_id=row["id"], awards=len(awards), changed=True)


async def _refuse_higher(tx: Tx, steward_ids: Sequence[UUID], titles: Sequence[str], period: str) -> None:
    if not titles:
        return
    held = await tx.rows(
        TitleAward,
        f"WHERE {tx.one_of('steward_id', 1)} AND {tx.one_of('title', 2)} AND period = $3 AND revoked_at IS NULL "
        f"AND id NOT IN {AWARDS_OF_TEAMS}",
        sorted(steward_ids),
        list(titles),
        period,
    )
    if held:
        raise HigherTitleHeld(count=len(held))
