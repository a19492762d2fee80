"""Rule sets: published versions, drafts on their way with comments, and rehearsal over what was recorded."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from api.access import principal_of
from api.bodies import Body, Day, JinpaiRequest
from api.composition import district_of
from api.errors import NotFound
from api.rehearsals import rehearse_draft
from api.v1.consultation import DocumentRoutes, comment_routes, draft_routes, version_routes
from kernel.consultation.drafts import DraftRecord, read_draft
from points.rehearsing import RehearsalRecord, newest_rehearsal
from points.rule_versions import RULES
from stewards.permissions import Action

_ROUTES = DocumentRoutes(
    kind=RULES,
    path="/points/rules",
    tag="points",
    one="Rule",
    whole="Rules",
    many="Rules",
    words="rule set",
    reads=Action.RULES_READ,
    drafts=Action.RULES_DRAFT,
    publishes=Action.RULES_PUBLISH,
    comments=Action.RULES_COMMENT,
)


class RehearsalShown(msgspec.Struct, kw_only=True):
    """What a draft would have made of past events. `current`: the draft has not changed since."""

    id: UUID
    made_at: datetime
    current: bool
    figures: dict[str, Any]


class Rehearse(Body):
    """The local days whose events are assessed again, both included; the year up to today where they are left out."""

    from_on: Day | None = None
    to_on: Day | None = None


def _rehearsal(record: RehearsalRecord, draft: DraftRecord) -> RehearsalShown:
    return RehearsalShown(
        id=record.id,
        made_at=record.made_at,
        current=record.document_sha256 == draft.document_sha256,
        figures=record.figures.plain(),
    )


@post(
    "/points/rules/drafts/{draft_id:uuid}/rehearse",
    opt={"action": Action.RULES_DRAFT},
    tags=["points"],
    operation_id="rehearseRuleDraft",
    status_code=200,
)
async def rehearse(
    request: JinpaiRequest, draft_id: FromPath[UUID], data: JSONBody[Rehearse]
) -> Response[RehearsalShown]:
    """Assess past events again under a draft: who gains, who loses, what would be owed, by street. One at a time."""
    draft, record = await rehearse_draft(
        district_of(request), draft_id, from_on=data.from_on, to_on=data.to_on, by=principal_of(request).id
    )
    return Response(_rehearsal(record, draft))


@get(
    "/points/rules/drafts/{draft_id:uuid}/rehearsal",
    opt={"action": Action.RULES_DRAFT},
    tags=["points"],
    operation_id="showRehearsal",
)
async def show_rehearsal(request: JinpaiRequest, draft_id: FromPath[UUID]) -> RehearsalShown:
    """The newest rehearsal of a draft."""
    reader = await district_of(request).database.reader()
    draft = await read_draft(reader, RULES, draft_id, all_states=True)
    found = await newest_rehearsal(reader, draft_id)
    if found is None:
        raise NotFound
    return _rehearsal(found, draft)


route_handlers: list[Any] = [
    *version_routes(_ROUTES),
    *draft_routes(_ROUTES),
    *comment_routes(_ROUTES),
    rehearse,
    show_rehearsal,
]
