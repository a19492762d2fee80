"""Declared relations of a steward on a page: who is too near to judge."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.rendering import PageRequest, page, see_other
from api.v1.relations import person_named
from evaluation.bars import CONFLICT_NAMES, RelationWish, declare_relations, end_relation, relations_of
from kernel.clock import local_date
from kernel.database import Tx
from kernel.errors import Refusal
from stewards.directory import StewardEntry, find_stewards
from stewards.permissions import Action, may_at_any, require


async def _entry(request: PageRequest, steward_id: UUID) -> StewardEntry:
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    found = await find_stewards(reader, principal, ids=[steward_id], today=local_date(district.clock.now()))
    if not found:
        raise NotFound
    if not may_at_any(principal, Action.RELATIONS_EDIT, found[0].places):
        require(principal, Action.RELATIONS_EDIT, found[0].places[0])
    return found[0]


async def _show(
    request: PageRequest, steward: StewardEntry, errors: Errors, *, other: str = "", status: int = 200
) -> Template:
    reader = await district_of(request).database.reader()
    return page(
        request,
        "staff/relations.html",
        status=status,
        frame=await staff_frame(reader, principal_of(request)),
        steward=steward,
        relations=await relations_of(reader, steward.id),
        names=CONFLICT_NAMES,
        other=other,
        errors=errors,
    )


@get("/admin/stewards/{steward_id:uuid}/relations", opt={"action": Action.RELATIONS_EDIT}, include_in_schema=False)
async def show_relations(request: PageRequest, steward_id: FromPath[UUID]) -> Template:
    """Who may not judge a steward.

    Raises:
        NotFound: there is no such steward within reach.

    """
    return await _show(request, await _entry(request, steward_id), {})


@post(
    "/admin/stewards/{steward_id:uuid}/relations",
    opt={"action": Action.RELATIONS_EDIT, FORM: ("other_kind", "other", "relation")},
    include_in_schema=False,
    status_code=200,
)
async def declare_relation(request: PageRequest, steward_id: FromPath[UUID]) -> Template | Redirect:
    """Declare a relation.

    Raises:
        NotFound: there is no such steward within reach.

    """
    district = district_of(request)
    steward = await _entry(request, steward_id)
    fields = await read_fields(request)
    kind: Any = "staff" if fields.text("other_kind") == "staff" else "steward"
    relation: Any = "team_mate" if fields.text("relation") == "team_mate" else "relative"
    by = principal_of(request).actor

    async def use_case(tx: Tx) -> None:
        other = await person_named(tx, kind, fields.text("other")[:64])
        wish = RelationWish(steward_id=steward.id, other=other, relation=relation)
        (outcome,) = await declare_relations(tx, [wish], by=by, now=district.clock.now())
        if isinstance(outcome, Refusal):
            raise outcome

    try:
        await district.database.run(use_case)
    except Refusal as refusal:
        errors = errors_of(refusal, {"/other": "other"})
        return await _show(request, steward, errors, other=fields.text("other"), status=status_of(refusal))
    return see_other(f"/admin/stewards/{steward.id}/relations")


@post(
    "/admin/stewards/{steward_id:uuid}/relations/{relation_id:uuid}/end",
    opt={"action": Action.RELATIONS_EDIT, FORM: ()},
    include_in_schema=False,
    status_code=200,
)
async def end_one(request: PageRequest, steward_id: FromPath[UUID], relation_id: FromPath[UUID]) -> Redirect:
    """A relation no longer stands.

    Raises:
        NotFound: there is no such steward within reach.
        UnknownRelation: nor such a relation.

    """
    district = district_of(request)
    steward = await _entry(request, steward_id)
    by = principal_of(request).actor
    await district.database.run(lambda tx: end_relation(tx, steward.id, relation_id, by=by, now=district.clock.now()))
    return see_other(f"/admin/stewards/{steward.id}/relations")


route_handlers: list[Any] = [show_relations, declare_relation, end_one]
