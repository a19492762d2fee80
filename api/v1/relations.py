"""Who is too near to a steward to judge: declared relatives and team-mates."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.composition import district_of
from api.v1.answers import Page
from api.v1.stewards import steward_within_reach
from evaluation.bars import (
    Person,
    PersonKind,
    RelationUnfit,
    RelationWish,
    declare_relations,
    end_relation,
    relations_of,
)
from kernel.database import Reader, Tx
from kernel.errors import Refusal
from stewards.permissions import Action

_TAGS = ["evaluation"]


class RelationShown(msgspec.Struct, kw_only=True):
    """A relation that bars somebody from judging a steward."""

    id: UUID
    other_kind: str
    other_id: UUID
    other_name: str
    relation: str
    declared_at: datetime


class DeclareRelation(Body):
    """The other person, by a steward's number or a clerk's login, and what the two are to one another."""

    other_kind: Literal["steward", "staff"]
    other: Annotated[str, Field(min_length=1, max_length=64)]
    relation: Literal["relative", "team_mate"]


async def person_named(reader: Reader, kind: PersonKind, name: str) -> Person:
    """A steward by number, or a member of staff by login.

    Raises:
        RelationUnfit: there is none.

    """
    table, column = ("stewards_steward", "number") if kind == "steward" else ("stewards_staff", "login")
    row = await reader.fetch_one(f"SELECT id FROM {table} WHERE {column} = $1", name, types={"id": UUID})
    if row is None:
        raise RelationUnfit(pointer="/other")
    return Person(kind, row["id"])


@get(
    "/stewards/{steward_id:uuid}/relations",
    opt={"action": Action.RELATIONS_EDIT},
    tags=_TAGS,
    operation_id="listRelations",
)
async def list_all(request: JinpaiRequest, steward_id: FromPath[UUID]) -> Page[RelationShown]:
    """Who may not judge a steward."""
    entry = await steward_within_reach(request, steward_id, Action.RELATIONS_EDIT)
    return await _standing(request, entry.id)


async def _standing(request: JinpaiRequest, steward_id: UUID) -> Page[RelationShown]:
    found = await relations_of(await district_of(request).database.reader(), steward_id)
    data = [
        RelationShown(
            id=one.id,
            other_kind=one.other.kind,
            other_id=one.other.id,
            other_name=one.other_name,
            relation=one.relation,
            declared_at=one.declared_at,
        )
        for one in found
    ]
    return Page(data=data, has_more=False)


@post(
    "/stewards/{steward_id:uuid}/relations",
    opt={"action": Action.RELATIONS_EDIT},
    tags=_TAGS,
    operation_id="declareRelation",
    status_code=200,
)
async def declare(
    request: JinpaiRequest, steward_id: FromPath[UUID], data: JSONBody[DeclareRelation]
) -> Page[RelationShown]:
    """Declare a relation (登记回避关系); the same again changes nothing. Answers all that stand."""
    district = district_of(request)
    entry = await steward_within_reach(request, steward_id, Action.RELATIONS_EDIT)
    by = principal_of(request).actor
    other = await person_named(await district.database.reader(), data.other_kind, data.other)
    wish = RelationWish(steward_id=entry.id, other=other, relation=data.relation)

    async def use_case(tx: Tx) -> None:
        (outcome,) = await declare_relations(tx, [wish], by=by, now=district.clock.now())
        if isinstance(outcome, Refusal):
            raise outcome

    await district.database.run(use_case)
    return await _standing(request, entry.id)


@post(
    "/stewards/{steward_id:uuid}/relations/{relation_id:uuid}/end",
    opt={"action": Action.RELATIONS_EDIT},
    tags=_TAGS,
    operation_id="endRelation",
    status_code=200,
)
async def end(request: JinpaiRequest, steward_id: FromPath[UUID], relation_id: FromPath[UUID]) -> Page[RelationShown]:
    """A relation no longer stands. Answers those that do."""
    district = district_of(request)
    entry = await steward_within_reach(request, steward_id, Action.RELATIONS_EDIT)
    by = principal_of(request).actor
    await district.database.run(lambda tx: end_relation(tx, entry.id, relation_id, by=by, now=district.clock.now()))
    return await _standing(request, entry.id)


route_handlers: list[Any] = [list_all, declare, end]
