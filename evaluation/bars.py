"""Who may not judge whom (回避): the steward himself or herself, and declared relatives and team-mates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from evaluation.models import Relation
from evaluation.schemes import Conflict
from evaluation.slips import StewardUnknown
from kernel.audit import Actor, AuditEntry, record
from kernel.database import Reader, Tx
from kernel.errors import Kind, Refusal
from kernel.ids import derived_id
from kernel.messages import N_, Text

RelationKind = Literal["relative", "team_mate"]
PersonKind = Literal["staff", "steward"]

CONFLICT_NAMES: Mapping[Conflict, str] = {
    "self": N_("本人"),
    "relative": N_("亲属"),
    "team_mate": N_("同队队友"),
}


class Person(NamedTuple):
    """Somebody whom the district knows by name: a member of staff or a steward."""

    kind: PersonKind
    id: UUID


class RaterBarred(Refusal):
    """Whoever wants to judge is too near to the steward (应当回避)."""

    code = "rater_barred"
    kind = Kind.FORBIDDEN
    message = N_("您与这位管家的关系是“{conflict}”，按规定要回避，不能评。")


class RelationUnfit(Refusal):
    """Nobody is related to oneself, and the other person has to exist."""

    code = "relation_unfit"
    kind = Kind.INVALID
    message = N_("请写另一位管家或工作人员。")


class UnknownRelation(Refusal):
    """There is no such relation."""

    code = "unknown_relation"
    kind = Kind.NOT_FOUND
    message = N_("没有这条回避关系。")


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationWish:
    """Two people are related: a steward, and another steward or a member of staff."""

    steward_id: UUID
    other: Person
    relation: RelationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationEntry:
    """A relation that stands."""

    id: UUID
    steward_id: UUID
    other: Person
    other_name: str
    relation: RelationKind
    declared_at: datetime


Bars = Mapping[Person, Mapping[UUID, Conflict]]
"""By rater and steward, the nearest conflict that there is."""


async def bars_of(reader: Reader, raters: Iterable[Person]) -> Bars:
    """What is known of some raters: whom each is, is related to, or works in a team with."""
    wanted = set(raters)
    found: dict[Person, dict[UUID, Conflict]] = {rater: {} for rater in wanted}
    if not wanted:
        return found
    as_steward = await _as_stewards(reader, wanted)
    people = wanted | {Person("steward", steward) for steward in as_steward.values()}
    near = await _related(reader, people)
    for rater in wanted:
        own = as_steward.get(rater)
        bars = found[rater]
        for person in (rater, *([Person("steward", own)] if own else [])):
            for steward, relation in near.get(person, ()):
                if bars.get(steward) != "relative":
                    bars[steward] = relation
        if own:
            bars[own] = "self"
    return found


def check_bar(bars: Bars, rater: Person | None, steward_id: UUID, conflicts: Sequence[Conflict]) -> None:
    """Refuse a rater whom the scheme's bars keep from judging a steward.

    Raises:
        RaterBarred: names the conflict.

    """
    conflict = bars.get(rater, {}).get(steward_id) if rater else None
    if conflict is not None and conflict in conflicts:
        raise RaterBarred(conflict=Text(CONFLICT_NAMES[conflict]))


async def declare_relations(
    tx: Tx, wishes: Sequence[RelationWish], *, by: Actor, now: datetime
) -> list[UUID | Refusal]:
    """Declare relations; one that stands already is answered as it is. Refuses StewardUnknown and RelationUnfit."""
    stewards = await _existing(tx, "stewards_steward", [wish.steward_id for wish in wishes])
    others = {
        "steward": await _existing(tx, "stewards_steward", [w.other.id for w in wishes if w.other.kind == "steward"]),
        "staff": await _existing(tx, "stewards_staff", [w.other.id for w in wishes if w.other.kind == "staff"]),
    }
    ids = [derived_id("relation", str(w.steward_id), w.other.kind, str(w.other.id), w.relation) for w in wishes]
    before = await tx.lock(Relation, ids)
    outcomes: list[UUID | Refusal] = []
    new, again, entries = {}, {}, []
    for wish, relation_id in zip(wishes, ids, strict=True):
        if wish.steward_id not in stewards:
            outcomes.append(StewardUnknown(pointer="/steward"))
            continue
        if wish.other.id not in others[wish.other.kind] or wish.other.id == wish.steward_id:
            outcomes.append(RelationUnfit(pointer="/other"))
            continue
        outcomes.append(relation_id)
        known = before.get(relation_id)
        if relation_id in new or relation_id in again or (known is not None and known["ended_at"] is None):
            continue
        said = {"declared_by_kind": by.kind, "declared_by_id": by.id, "declared_at": now, "ended_at": None}
        if known is None:
            new[relation_id] = {
                "id": relation_id,
                "steward_id": wish.steward_id,
                "other_kind": wish.other.kind,
                "other_id": wish.other.id,
                "relation": wish.relation,
                **said,
            }
        else:
            again[relation_id] = {"id": relation_id, **said}
        entries.append(_audit("relations.declare", relation_id, wish.steward_id, wish.relation, by))
    await tx.insert(Relation, list(new.values()))
    await tx.update(Relation, list(again.values()))
    await record(tx, entries, now=now)
    return outcomes


async def end_relation(tx: Tx, steward_id: UUID, relation_id: UUID, *, by: Actor, now: datetime) -> None:
    """A relation of a steward no longer stands.

    Raises:
        UnknownRelation: there is none of this steward that stands.

    """
    row = (await tx.lock(Relation, [relation_id])).get(relation_id)
    if row is None or row["steward_id"] != steward_id or row["ended_at"] is not None:
        raise UnknownRelation
    await tx.update(Relation, [{"id": relation_id, "ended_at": now}])
    await record(tx, [_audit("relations.end", relation_id, steward_id, row["relation"], by)], now=now)


async def relations_of(reader: Reader, steward_id: UUID) -> list[RelationEntry]:
    """The relations of a steward that stand, oldest first."""
    rows = await reader.fetch(
        "SELECT relation.id, relation.steward_id, relation.other_kind, relation.other_id, relation.relation, "
        "relation.declared_at, coalesce(steward.name, staff.name) AS other_name FROM evaluation_relation relation "
        "LEFT JOIN stewards_steward steward ON relation.other_kind = 'steward' AND steward.id = relation.other_id "
        "LEFT JOIN stewards_staff staff ON relation.other_kind = 'staff' AND staff.id = relation.other_id "
        "WHERE relation.steward_id = $1 AND relation.ended_at IS NULL ORDER BY relation.declared_at, relation.id",
        steward_id,
        types={"id": UUID, "steward_id": UUID, "other_id": UUID, "declared_at": datetime},
    )
    return [
        RelationEntry(
            id=row["id"],
            steward_id=row["steward_id"],
            other=Person(row["other_kind"], row["other_id"]),
            other_name=row["other_name"] or "",
            relation=row["relation"],
            declared_at=row["declared_at"],
        )
        for row in rows
    ]


async def _as_stewards(reader: Reader, people: set[Person]) -> dict[Person, UUID]:
    found = {person: person.id for person in people if person.kind == "steward"}
    staff = sorted(person.id for person in people if person.kind == "staff")
    rows = await reader.fetch(
        f"SELECT id, steward_id FROM stewards_staff WHERE {reader.one_of('id', 1)} AND steward_id IS NOT NULL",
        staff,
        types={"id": UUID, "steward_id": UUID},
    )
    return found | {Person("staff", row["id"]): row["steward_id"] for row in rows}


async def _related(reader: Reader, people: set[Person]) -> dict[Person, list[tuple[UUID, RelationKind]]]:
    ids = sorted({person.id for person in people})
    rows = await reader.fetch(
        "SELECT steward_id, other_kind, other_id, relation FROM evaluation_relation WHERE ended_at IS NULL "
        f"AND ({reader.one_of('other_id', 1)} OR {reader.one_of('steward_id', 1)})",
        ids,
        types={"steward_id": UUID, "other_id": UUID},
    )
    found: dict[Person, list[tuple[UUID, RelationKind]]] = {}
    for row in rows:
        found.setdefault(Person(row["other_kind"], row["other_id"]), []).append((row["steward_id"], row["relation"]))
        if row["other_kind"] == "steward":
            mirrored = found.setdefault(Person("steward", row["steward_id"]), [])
            mirrored.append((row["other_id"], row["relation"]))
    return found


async def _existing(reader: Reader, table: str, ids: Sequence[UUID]) -> set[UUID]:
    if not ids:
        return set()
    sql = f"SELECT id FROM {table} WHERE {reader.one_of('id', 1)}"
    return {row["id"] for row in await reader.fetch(sql, sorted(set(ids)), types={"id": UUID})}


def _audit(action: str, relation_id: UUID, steward_id: UUID, relation: str, by: Actor) -> AuditEntry:
    return AuditEntry(
        actor=by,
        action=action,
        subject_kind="relation",
        subject_id=relation_id,
        detail={"steward_id": str(steward_id), "relation": relation},
    )
