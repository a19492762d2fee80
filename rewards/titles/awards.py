"""Titles that stewards hold: read as facts, given from lists, imported from before, revoked with a reason."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from evaluation.periods import Period, period_named
from kernel.audit import AuditEntry, record
from kernel.clock import day_start, local_date
from kernel.database import Reader, Row, Tx
from kernel.errors import Refusal
from kernel.ids import derived_id
from kernel.messages import N_, Text
from kernel.text import clean_text
from points.notes import NOTE_LENGTH, NewNote, write_notes
from points.receipt import Label
from points.rule_versions import NoRulesInForce, rules_on
from points.rules import TitleRule
from rewards.titles.behind import AWARDS_OF_TEAMS, Behind, behind_award
from rewards.titles.causes import HOLDERS, REVOCATIONS
from rewards.titles.models import TitleAward, TitleRound
from rewards.titles.refusals import (
    AwardDiffers,
    AwardInFuture,
    AwardRevoked,
    CauseUnknown,
    OwnTitle,
    PeriodDiffers,
    RoundExists,
    TitleHolderDiffers,
    UnknownAward,
    UnknownTitle,
)
from stewards.inbox import NewMessage, post_messages, register_message
from stewards.models import Steward
from stewards.own_stewards import own_steward_of
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Place, Principal
from stewards.refusals import StewardUnknown

PERIOD_WORDS = {"year": N_("年"), "quarter": N_("季度"), "month": N_("月")}
_EXAMPLES = {"year": "2026", "quarter": "2026-Q3", "month": "2026-09"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleHeld:
    """A title that a steward was given; `revoked_at` is None while it is held."""

    id: UUID
    steward_id: UUID
    title: str
    name: str
    name_en: str
    period: str
    year: int
    street_id: UUID
    awarded_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTitle:
    """A title from paper or an older system."""

    steward_id: UUID
    title: str
    period: str
    awarded_on: date
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A past title that stands; `changed` is false where it stood so already."""

    award_id: UUID
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """A title to be revoked, with a code of causes.REVOCATIONS and the reason in words."""

    award_id: UUID
    cause: str
    reason: str
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """A title that is revoked."""

    award_id: UUID
    steward_id: UUID


def _named(message: str, **words: Mapping[str, str]) -> object:
    def render(params: Mapping[str, str]) -> Text:
        said = {"title": Label(params["title_zh"], english=params["title_en"])}
        coded = {name: Text(table[params[name]]) for name, table in words.items()}
        return Text(message, {**params, **said, **coded})

    return render


register_message("title_awarded", _named(N_("祝贺您获得 {period} {title}！")))  # type: ignore[arg-type]
register_message(
    "title_revoked",
    _named(N_("您的 {period} {title} 已撤销，原因：{cause}。有不同意见可以向街道提出。"), cause=REVOCATIONS),  # type: ignore[arg-type]
)
register_message("team_title_awarded", _named(N_("祝贺你们团“{team}”获得 {period} {title}！")))  # type: ignore[arg-type]
register_message(
    "team_title_revoked",
    _named(  # type: ignore[arg-type]
        N_("你们团“{team}”的 {period} {title} 已撤销，原因：{cause}。有不同意见可以向街道提出。"), cause=REVOCATIONS
    ),
)


async def titles_of(
    reader: Reader, steward_ids: Collection[UUID], *, revoked: bool = False
) -> dict[UUID, list[TitleHeld]]:
    """The titles that stewards hold, the newest first; `revoked` adds those that were taken back. All are named.

    What a team was given is the team's, and none of its leader's (see team_titles.py).
    """
    found: dict[UUID, list[TitleHeld]] = {steward_id: [] for steward_id in steward_ids}
    if found:
        held = "" if revoked else "AND revoked_at IS NULL"
        rows = await reader.rows(
            TitleAward,
            f"WHERE {reader.one_of('steward_id', 1)} {held} AND id NOT IN {AWARDS_OF_TEAMS} "
            "ORDER BY period DESC, title, id",
            sorted(found),
        )
        for row in rows:
            found[row["steward_id"]].append(_held(row))
    return found


def _held(row: Row) -> TitleHeld:
    return TitleHeld(**{name: row[name] for name in TitleHeld.__dataclass_fields__})


def held_as(title: str, period: str) -> UUID:
    """What a round that is not cancelled holds, so that there is one for each title and period."""
    return derived_id("title round", title, period)


def award_id_of(steward_id: UUID, title: str, period: str) -> UUID:
    """The id of an award: it follows from whom, what and for when, so that none is given twice."""
    return derived_id("title award", str(steward_id), title, period)


def award_row(
    *,
    steward: Row,
    rule: TitleRule,
    period: str,
    candidate_id: UUID | None,
    by: UUID | None,
    at: datetime,
) -> dict[str, object]:
    """An award as it is stored; `steward` is a row with id and street_id."""
    return {
        "id": award_id_of(steward["id"], rule.code, period),
        "title": rule.code,
        "name": rule.zh,
        "name_en": rule.en,
        "period": period,
        "year": int(period[:4]),
        "steward_id": steward["id"],
        "street_id": steward["street_id"],
        "candidate_id": candidate_id,
        "awarded_by_id": by,
        "awarded_at": at,
        "revoked_at": None,
        "revoked_by_id": None,
        "revoked_for": None,
    }


def messages_of(code: str, behind: Behind, *, award: Mapping[str, object], **more: object) -> list[NewMessage]:
    """What those who hold an award are told about it."""
    params = {"title_zh": award["name"], "title_en": award["name_en"], "period": award["period"], **more}
    return behind.told(code, params, cause=f"title {award['id']}/{code}")


def period_of_title(rule: TitleRule, name: str) -> Period:
    """The period that a title is given for.

    Raises:
        PeriodUnknown: no period is called so.
        PeriodDiffers: the title is given for longer or shorter ones.

    """
    period = period_named(name)
    if period.kind != rule.period:
        words = Text(PERIOD_WORDS[rule.period])
        raise PeriodDiffers(pointer="/period", period=words, example=_EXAMPLES[rule.period])
    return period


async def rule_of_title(reader: Reader, title: str, *, now: datetime) -> TitleRule:
    """What the rules of today say of a title.

    Raises:
        NoRulesInForce, UnknownTitle.

    """
    today = local_date(now)
    rules = (await rules_on(reader, {today})).get(today)
    if rules is None:
        raise NoRulesInForce(day=today.isoformat())
    for rule in rules.document.titles:
        if rule.code == title:
            return rule
    raise UnknownTitle(pointer="/title", title=title[:32])


async def import_titles(tx: Tx, wishes: Sequence[PastTitle], *, now: datetime) -> list[Imported | Refusal]:
    """Enter titles of before, audited; the same again changes nothing.

    Refusals: StewardUnknown, also for those out of reach; NoRulesInForce; UnknownTitle; TitleHolderDiffers;
    PeriodUnknown; PeriodDiffers; RoundExists; AwardInFuture; AwardDiffers.
    """
    stewards = await tx.lock(Steward, {wish.steward_id for wish in wishes})
    found = await titles_of(tx, set(stewards), revoked=True)
    known = {held.id: held for each in found.values() for held in each}
    outcomes: list[Imported | Refusal] = []
    rows: list[dict[str, object]] = []
    entries: list[AuditEntry] = []
    for wish in wishes:
        try:
            rule, at = await _checked(tx, wish, stewards.get(wish.steward_id), now)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        steward = stewards[wish.steward_id]
        row = award_row(
            steward=steward, rule=rule, period=wish.period, candidate_id=None, by=wish.caller.actor.id, at=at
        )
        award_id = award_id_of(wish.steward_id, wish.title, wish.period)
        before = known.get(award_id)
        if before is not None:
            differs = AwardDiffers(pointer="/period", period=wish.period)
            outcomes.append(Imported(award_id=award_id, changed=False) if before.awarded_at == at else differs)
            continue
        known[award_id] = TitleHeld(**{name: row[name] for name in TitleHeld.__dataclass_fields__})  # type: ignore[arg-type]
        rows.append(row)
        entries.append(
            AuditEntry(
                actor=wish.caller.actor,
                action="titles.import",
                subject_kind="title_award",
                subject_id=award_id,
                street_id=steward["street_id"],
                detail={"title": wish.title, "period": wish.period},
            )
        )
        outcomes.append(Imported(award_id=award_id, changed=True))
    await tx.insert(TitleAward, rows)
    await record(tx, entries, now=now)
    return outcomes


async def _checked(tx: Tx, wish: PastTitle, steward: Row | None, now: datetime) -> tuple[TitleRule, datetime]:
    place = Place(street_id=steward["street_id"], community_id=steward["community_id"]) if steward else None
    if steward is None or not may(wish.caller, Action.TITLES_IMPORT, place):
        raise StewardUnknown(pointer="/steward")
    rule = await check_past(tx, wish.title, wish.period, wish.awarded_on, of="steward", now=now)
    return rule, day_start(wish.awarded_on)


async def check_past(
    reader: Reader, title: str, name: str, awarded_on: date, *, of: Literal["steward", "team"], now: datetime
) -> TitleRule:
    """The rule of a title of before, which was given to whom it is for, for such a period and on such a day.

    Raises:
        NoRulesInForce, UnknownTitle, TitleHolderDiffers, PeriodUnknown, PeriodDiffers, RoundExists, AwardInFuture.

    """
    rule = await rule_of_title(reader, title, now=now)
    if rule.of != of:
        raise TitleHolderDiffers(pointer="/title", title=Label(rule.zh, english=rule.en), holder=Text(HOLDERS[rule.of]))
    period = period_of_title(rule, name)
    if await reader.rows(TitleRound, "WHERE held_as = $1", held_as(title, name)):
        raise RoundExists(pointer="/period", period=name)
    if not period.first <= awarded_on <= local_date(now):
        raise AwardInFuture(pointer="/awarded_on")
    return rule


async def revoke_awards(tx: Tx, wishes: Sequence[Revocation], *, now: datetime) -> list[Revoked | Refusal]:
    """Revoke titles, audited; those who held them are told why. The row stays.

    Refusals: UnknownAward; NotAllowed; AwardRevoked; OwnTitle; CauseUnknown; TextMissing and so on for the reason.
    """
    awards = {row_id: dict(row) for row_id, row in (await tx.lock(TitleAward, {w.award_id for w in wishes})).items()}
    outcomes: list[Revoked | Refusal] = []
    changes: list[dict[str, object]] = []
    entries: list[AuditEntry] = []
    for wish in wishes:
        award = awards.get(wish.award_id)
        try:
            if award is None:
                raise UnknownAward
            reason = await _may_revoke(tx, wish, award)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        award |= {"revoked_at": now, "revoked_by_id": wish.caller.id, "revoked_for": wish.cause}
        changes.append({name: award[name] for name in ("id", "revoked_at", "revoked_by_id", "revoked_for")})
        await write_notes(tx, [NewNote(subject_id=wish.award_id, author_id=wish.caller.id, text=reason)], now=now)
        behind = await behind_award(tx, award)
        await post_messages(tx, messages_of("title_revoked", behind, award=award, cause=wish.cause), now=now)
        entries.append(
            AuditEntry(
                actor=wish.caller.actor,
                action="titles.revoke",
                subject_kind="title_award",
                subject_id=wish.award_id,
                street_id=award["street_id"],
                detail={"title": award["title"], "period": award["period"], "cause": wish.cause},
            )
        )
        outcomes.append(Revoked(award_id=wish.award_id, steward_id=award["steward_id"]))
    await tx.update(TitleAward, sorted(changes, key=lambda row: str(row["id"])))
    await record(tx, entries, now=now)
    return outcomes


async def _may_revoke(tx: Tx, wish: Revocation, award: Row) -> str:
    if not may(wish.caller, Action.TITLES_REVOKE, Place(street_id=award["street_id"])):
        raise NotAllowed
    if award["revoked_at"] is not None:
        raise AwardRevoked
    own = await own_steward_of(tx, wish.caller)
    if own is not None and own in (await behind_award(tx, award)).stewards:
        raise OwnTitle
    if wish.cause not in REVOCATIONS:
        raise CauseUnknown(pointer="/cause", allowed="、".join(REVOCATIONS))
    return clean_text(wish.reason, max_length=NOTE_LENGTH, pointer="/reason", lines=True)
