"""Those who leave (离任): so many days to spend what they have; the family of a deceased steward collects at a desk.

A collection takes two of the staff: one registers what the family takes, another signs, and then the points are spent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from kernel.audit import AuditEntry, record
from kernel.clock import local_date
from kernel.database import Reader, Row, Tx
from kernel.errors import Kind, Refusal
from kernel.ids import new_id
from kernel.jobs import Job, JobRun
from kernel.messages import N_, Text
from kernel.numbering import take_numbers
from kernel.text import clean_text
from points.ledger import post
from points.models import Collection
from points.notes import NOTE_LENGTH, NewNote, NoteEntry, read_notes, write_notes
from points.rule_versions import rules_on
from points.wishes import Close, Debit, Posted
from stewards.inbox import NewMessage, post_messages, register_message
from stewards.permissions import Action, NotAllowed, may
from stewards.principal import Place, Principal
from stewards.reach import reach
from stewards.refusals import StewardUnknown

LEAVER = "leaver"
COLLECTION = "collection"
LEAVERS_AT_ONCE = 200
CollectionAction = Literal["sign", "withdraw"]


class NotDeceased(Refusal):
    """Only the family of a deceased steward collects."""

    code = "not_deceased"
    message = "家属代领只用于已经去世的管家；请先更新管家的状态。"


class FamilyMayNotCollect(Refusal):
    """The rules in force do not have it."""

    code = "family_may_not_collect"
    message = "现行积分规则没有家属代领。"


class UnknownCollection(Refusal):
    """There is no such collection within reach."""

    code = "unknown_collection"
    kind = Kind.NOT_FOUND
    message = "没有这笔家属代领。"


class CollectionClosed(Refusal):
    """It was signed or withdrawn before."""

    code = "collection_closed"
    message = "{number} 已经办结，不能再办。"


class SecondSignature(Refusal):
    """The second signature is another person's."""

    code = "second_signature"
    kind = Kind.FORBIDDEN
    message = "{number} 是您登记的，要由另一位工作人员签字。"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionWish:
    """What a family takes of a deceased steward's points; the note says who came and what was handed over."""

    steward_id: UUID
    points: int
    note: str
    actor: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionStep:
    """A second member of staff signs, or the first withdraws."""

    collection_id: UUID
    action: CollectionAction
    actor: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionOutcome:
    """A collection after a step; `posted` once it is signed."""

    collection_id: UUID
    number: str
    steward_id: UUID
    points: int
    state: str
    posted: Posted | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionEntry:
    """A collection as desks see it."""

    id: UUID
    number: str
    steward_id: UUID
    steward_number: str
    steward_name: str
    points: int
    state: str
    opened_by_id: UUID
    opened_by_name: str
    opened_at: datetime
    signed_by_name: str | None
    closed_at: datetime | None
    notes: tuple[NoteEntry, ...]


def _leaving(params: Mapping[str, Any]) -> Text:
    return Text(N_("您已离任，剩下的 {points} 分可以用到 {until}。"), params)


def _closed(params: Mapping[str, Any]) -> Text:
    return Text(N_("离任后的使用期已过，{points} 分作废。"), params)


register_message("leaver_told", _leaving)
register_message("leaver_closed", _closed)


async def tell_leavers(tx: Tx, *, now: datetime) -> int:
    """Tell those who left how long they may still spend, once; answers how many have something left."""
    today = local_date(now)
    days = await _days_to_spend(tx, today)
    rows = [row for row in await _leavers(tx) if row["left_on"] + timedelta(days=days) >= today]
    messages = [
        NewMessage(
            steward_id=row["id"],
            code="leaver_told",
            params={
                "points": int(row["points"]),
                "until": (row["left_on"] + timedelta(days=days)).isoformat(),
            },
            cause=f"leaver {row['id']}/{row['left_on'].isoformat()}/told",
        )
        for row in rows
    ]
    await post_messages(tx, messages, now=now)
    return len(messages)


async def close_leavers(tx: Tx, *, now: datetime, limit: int = LEAVERS_AT_ONCE) -> int:
    """Let what leavers did not spend in time expire; answers how many accounts were closed."""
    today = local_date(now)
    days = await _days_to_spend(tx, today)
    due = [row for row in await _leavers(tx) if row["left_on"] + timedelta(days=days) < today][:limit]
    wishes = [
        Close(
            owner_id=row["id"],
            reason=LEAVER,
            reference=f"leaver {row['id']}/{today.isoformat()}",
            occurred_at=now,
            to_kind="expired",
        )
        for row in due
    ]
    messages = []
    for wish, outcome in zip(wishes, await post(tx, wishes, now=now), strict=True):
        # What an open order still holds waits for the order: the next run finds it.
        if isinstance(outcome, Posted) and not outcome.replayed:
            params = {"points": outcome.taken}
            messages.append(
                NewMessage(steward_id=wish.owner_id, code="leaver_closed", params=params, cause=wish.reference)
            )
    await post_messages(tx, messages, now=now)
    return len(messages)


async def open_collections(
    tx: Tx, wishes: Sequence[CollectionWish], *, now: datetime
) -> list[CollectionOutcome | Refusal]:
    """Register what families take, to be signed by a second member of staff.

    Refusals: StewardUnknown, also for those out of reach; NotAllowed; NotDeceased; FamilyMayNotCollect; unfit notes.
    """
    today = local_date(now)
    rules = (await rules_on(tx, {today})).get(today)
    outcomes: list[CollectionOutcome | Refusal] = []
    for wish in wishes:
        try:
            steward, note = await _checked(tx, wish)
            if rules is None or not rules.document.leavers.family_collects:
                raise FamilyMayNotCollect
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        [count] = await take_numbers(tx, f"collection {today:%y%m%d}", 1)
        row = {
            "id": new_id(),
            "number": f"F{today:%y%m%d}{count:04d}",
            "steward_id": wish.steward_id,
            "street_id": steward["street_id"],
            "community_id": steward["community_id"],
            "points": wish.points,
            "state": "opened",
            "opened_by_id": wish.actor.id,
            "opened_at": now,
            "signed_by_id": None,
            "closed_at": None,
            "operation_id": None,
        }
        await tx.insert(Collection, [row])
        await write_notes(tx, [NewNote(subject_id=row["id"], author_id=wish.actor.id, text=note)], now=now)
        await record(tx, [_audit(row, "collections.open", wish.actor)], now=now)
        outcomes.append(_outcome(row, None))
    return outcomes


async def close_collections(
    tx: Tx, wishes: Sequence[CollectionStep], *, now: datetime
) -> list[CollectionOutcome | Refusal]:
    """Sign collections as the second member of staff, or withdraw them; each refused or done by itself.

    Refusals: UnknownCollection, also for those out of reach; CollectionClosed; SecondSignature; NotEnoughPoints.
    """
    rows = {key: dict(row) for key, row in (await tx.lock(Collection, {w.collection_id for w in wishes})).items()}
    outcomes: list[CollectionOutcome | Refusal] = []
    for wish in wishes:
        row = rows.get(wish.collection_id)
        posted: Posted | None = None
        try:
            if row is None or not may(wish.actor, Action.COLLECTIONS_EDIT, _place(row)):
                raise UnknownCollection
            if row["state"] != "opened":
                raise CollectionClosed(number=row["number"])
            if wish.action == "sign":
                posted = await _pay(tx, row, wish.actor, now=now)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        row |= {
            "state": "signed" if posted else "withdrawn",
            "signed_by_id": wish.actor.id if posted else None,
            "closed_at": now,
            "operation_id": posted.operation_id if posted else None,
        }
        names = ("id", "state", "signed_by_id", "closed_at", "operation_id")
        await tx.update(Collection, [{name: row[name] for name in names}])
        await record(tx, [_audit(row, f"collections.{wish.action}", wish.actor)], now=now)
        outcomes.append(_outcome(row, posted))
    return outcomes


async def list_collections(reader: Reader, principal: Principal | None, *, limit: int = 50) -> list[CollectionEntry]:
    """The collections within a caller's reach, those that wait first, then the newest."""
    within = reach(principal, Action.COLLECTIONS_EDIT)
    if within.nothing:
        return []
    condition, args = within.condition(reader, 1, street="taken.street_id", community="taken.community_id")
    rows = await reader.fetch(
        "SELECT taken.id, taken.number, taken.steward_id, steward.number AS steward_number, "
        "steward.name AS steward_name, taken.points, taken.state, taken.opened_by_id, "
        "opener.name AS opened_by_name, taken.opened_at, signer.name AS signed_by_name, taken.closed_at "
        "FROM points_collection AS taken JOIN stewards_steward AS steward ON steward.id = taken.steward_id "
        "LEFT JOIN stewards_staff AS opener ON opener.id = taken.opened_by_id "
        "LEFT JOIN stewards_staff AS signer ON signer.id = taken.signed_by_id "
        f"WHERE {condition} ORDER BY CASE WHEN taken.state = 'opened' THEN 0 ELSE 1 END, taken.opened_at DESC, "
        f"taken.id DESC LIMIT {int(limit)}",
        *args,
        types={"id": UUID, "steward_id": UUID, "opened_by_id": UUID, "opened_at": datetime, "closed_at": datetime},
    )
    notes = await read_notes(reader, [row["id"] for row in rows])
    return [
        CollectionEntry(**{**row, "opened_by_name": row["opened_by_name"] or ""}, notes=tuple(notes[row["id"]]))
        for row in rows
    ]


async def _pay(tx: Tx, row: Mapping[str, Any], actor: Principal, *, now: datetime) -> Posted:
    if actor.id == row["opened_by_id"]:
        raise SecondSignature(number=row["number"])
    debit = Debit(
        owner_id=row["steward_id"],
        points=row["points"],
        to_kind="redeemed",
        reason=COLLECTION,
        reference=f"collection {row['number']}",
        occurred_at=now,
        purses=("services", "spendable"),
        actor_id=actor.id,
    )
    [outcome] = await post(tx, [debit], now=now)
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


async def _checked(tx: Tx, wish: CollectionWish) -> tuple[Row, str]:
    steward = await tx.fetch_one(
        "SELECT street_id, community_id, status FROM stewards_steward WHERE id = $1",
        wish.steward_id,
        types={"street_id": UUID, "community_id": UUID},
    )
    if steward is None or not may(wish.actor, Action.STEWARDS_READ, _place(steward), wish.steward_id):
        raise StewardUnknown(pointer="/steward_id")
    if wish.actor.kind != "staff" or not may(wish.actor, Action.COLLECTIONS_EDIT, _place(steward)):
        raise NotAllowed
    if steward["status"] != "deceased":
        raise NotDeceased(pointer="/steward_id")
    return steward, clean_text(wish.note, max_length=NOTE_LENGTH, pointer="/note", lines=True)


async def _days_to_spend(reader: Reader, today: date) -> int:
    rules = (await rules_on(reader, {today})).get(today)
    return rules.document.leavers.days_to_spend if rules else 90


async def _leavers(reader: Reader) -> list[Row]:
    """Who left and still has something to spend."""
    return await reader.fetch(
        "SELECT steward.id, steward.left_on, SUM(account.balance) AS points FROM stewards_steward AS steward "
        "JOIN points_account AS account ON account.owner_id = steward.id "
        "AND account.kind IN ('spendable', 'services', 'donation') AND account.balance > 0 "
        "WHERE steward.status = 'left' AND steward.left_on IS NOT NULL "
        "GROUP BY steward.id, steward.left_on ORDER BY steward.id",
        types={"id": UUID, "left_on": date},
    )


def _audit(row: Mapping[str, Any], action: str, actor: Principal) -> AuditEntry:
    return AuditEntry(
        actor=actor.actor,
        action=action,
        subject_kind="collection",
        subject_id=row["id"],
        street_id=row["street_id"],
        detail={"number": row["number"], "points": row["points"], "state": row["state"]},
    )


def _outcome(row: Mapping[str, Any], posted: Posted | None) -> CollectionOutcome:
    return CollectionOutcome(
        collection_id=row["id"],
        number=row["number"],
        steward_id=row["steward_id"],
        points=row["points"],
        state=row["state"],
        posted=posted,
    )


def _place(row: Mapping[str, Any]) -> Place:
    return Place(street_id=row["street_id"], community_id=row["community_id"])


async def _run_leavers(run: JobRun) -> None:
    async def tell(tx: Tx) -> None:
        await tell_leavers(tx, now=run.now())
        await run.save(tx, None)

    async def close(tx: Tx) -> int:
        closed = await close_leavers(tx, now=run.now())
        await run.save(tx, None)
        return closed

    await run.database.run(tell)
    while await run.database.run(close):
        pass


LEAVERS = Job(name="points-leavers", every=timedelta(days=1), offset=timedelta(minutes=30), run=_run_leavers)
"""Every night: who left is told how long there is to spend, and what was not spent in time expires."""
