"""Title rounds: what is published of them, drafts, and their steps up to the proposed lists."""

from typing import Any
from uuid import UUID

import orjson
from litestar import Response, get, post, put
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody

from api.access import principal_of
from api.bodies import JinpaiRequest
from api.composition import district_of
from api.idempotency import submit_one
from api.v1.answers import JSON, Page, answer
from api.v1.parameters import Limit, StartingAfter, etag, expected_version
from api.v1.title_round_bodies import (
    ChangeRound,
    DraftRound,
    ListShown,
    RoundChange,
    RoundInFull,
    RoundProposed,
    RoundShown,
)
from api.v1.title_routes import PUBLIC, TAGS, step_route
from kernel.idempotency import Answer
from kernel.messages import Locale
from rewards.titles.drafting import NewRound, RoundAction, RoundEdit, RoundNow, RoundStep
from rewards.titles.proposing import Proposal, Proposed
from rewards.titles.reading import (
    RoundLine,
    list_rounds,
    lists_of_round,
    published_inputs,
    published_snapshots,
    show_round,
)
from stewards.permissions import Action, may


def _round(line: RoundLine) -> RoundShown:
    return RoundShown(**{name: getattr(line, name) for name in RoundShown.__struct_fields__})


def _drafts_too(request: JinpaiRequest) -> bool:
    return may(request.scope.get("user"), Action.TITLES_DRAFT)


@get("/titles/rounds", opt=PUBLIC, tags=TAGS, operation_id="listTitleRounds")
async def list_all(
    request: JinpaiRequest, *, limit: Limit = 50, starting_after: StartingAfter = None
) -> Page[RoundShown]:
    """Rounds, those whose period ended last first; drafts for the district alone."""
    reader = await district_of(request).database.reader()
    lines, more = await list_rounds(reader, drafts=_drafts_too(request), starting_after=starting_after, limit=limit)
    return Page(data=[_round(line) for line in lines], has_more=more)


@get("/titles/rounds/{round_id:uuid}", opt=PUBLIC, tags=TAGS, operation_id="showTitleRound")
async def show(request: JinpaiRequest, round_id: FromPath[UUID]) -> Response[RoundInFull]:
    """A round with its rules and how far each street's list is."""
    reader = await district_of(request).database.reader()
    line, _, rules = await show_round(reader, round_id, drafts=_drafts_too(request))
    shown = {name: getattr(line, name) for name in RoundShown.__struct_fields__}
    lists = [
        ListShown(
            id=one.id,
            street=one.street.code if one.street else None,
            street_name=one.street.name if one.street else None,
            state=one.state,
            version=one.version,
            winners=one.winners,
            notice=one.notice,
            notice_to_on=one.notice_to_on,
        )
        for one in await lists_of_round(reader, round_id)
    ]
    full = RoundInFull(**shown, rules=orjson.loads(rules), of_streets=lists)
    return Response(full, headers={"ETag": etag(line.revision)})


@get("/titles/rounds/{round_id:uuid}/inputs", opt=PUBLIC, tags=TAGS, operation_id="titleRoundInputs")
async def inputs(request: JinpaiRequest, round_id: FromPath[UUID]) -> Response[bytes]:
    """What a round was computed from, byte for byte, under random tickets: no name, number or id of a person."""
    reader = await district_of(request).database.reader()
    body, sha256 = await published_inputs(reader, round_id)
    return Response(body.encode(), media_type=JSON, headers={"ETag": f'"{sha256}"'})


@get("/titles/rounds/{round_id:uuid}/versions", opt=PUBLIC, tags=TAGS, operation_id="titleRoundVersions")
async def versions(request: JinpaiRequest, round_id: FromPath[UUID]) -> Response[bytes]:
    """Every version of every list with the inputs: `jinpai titles recompute FILE` computes them all again."""
    reader = await district_of(request).database.reader()
    body, _ = await published_inputs(reader, round_id)
    return Response(published_document(body, await published_snapshots(reader, round_id)), media_type=JSON)


def published_document(body: str, snapshots: dict[str | None, list[str]]) -> bytes:
    """Inputs and lists as one document that needs no district to be computed again."""
    lists = [[orjson.loads(version) for version in bodies] for bodies in snapshots.values()]
    return orjson.dumps({"inputs": orjson.loads(body), "lists": lists}, option=orjson.OPT_SORT_KEYS)


def _changed(outcome: RoundNow, locale: Locale) -> Answer:
    return answer(
        RoundChange(id=outcome.round_id, state=outcome.state, revision=outcome.revision, changed=outcome.changed)
    )


@post(
    "/titles/rounds",
    opt={"action": Action.TITLES_DRAFT},
    tags=TAGS,
    operation_id="draftTitleRound",
    responses={201: ResponseSpec(RoundChange, description="Drafted")},
)
async def draft(request: JinpaiRequest, data: JSONBody[DraftRound]) -> Response[Any]:
    """Draft a round (起草评选): its rules have to be published before the period ends."""
    wish = NewRound(
        title=data.title,
        period=data.period,
        begins_on=data.begins_on,
        ends_on=data.ends_on,
        rules=data.rules,
        caller=principal_of(request),
    )

    def encode(outcome: RoundNow, locale: Locale) -> Answer:
        shown = RoundChange(id=outcome.round_id, state=outcome.state, revision=outcome.revision, changed=True)
        return answer(shown, 201)

    return await submit_one(request, district_of(request).titles.draft, wish, encode)


@put(
    "/titles/rounds/{round_id:uuid}",
    opt={"action": Action.TITLES_DRAFT},
    tags=TAGS,
    operation_id="changeTitleRound",
    responses={200: ResponseSpec(RoundChange, description="Changed")},
)
async def change(request: JinpaiRequest, round_id: FromPath[UUID], data: JSONBody[ChangeRound]) -> Response[Any]:
    """Give a draft other rules; If-Match says which revision was looked at."""
    wish = RoundEdit(
        round_id=round_id,
        revision=expected_version(request, required=True),
        rules=data.rules,
        caller=principal_of(request),
    )
    return await submit_one(request, district_of(request).titles.edit, wish, _changed)


async def _step(request: JinpaiRequest, round_id: UUID, action: RoundAction) -> Response[Any]:
    wish = RoundStep(round_id=round_id, action=action, caller=principal_of(request))
    return await submit_one(request, district_of(request).titles.step, wish, _changed)


@step_route("/titles/rounds/{round_id:uuid}/publish", Action.TITLES_DRAFT, RoundChange, "publishTitleRound")
async def publish(request: JinpaiRequest, round_id: FromPath[UUID]) -> Response[Any]:
    """Publish a round's rules (公布规则), until the last day that counts."""
    return await _step(request, round_id, "publish")


@step_route("/titles/rounds/{round_id:uuid}/cancel", Action.TITLES_DRAFT, RoundChange, "cancelTitleRound")
async def cancel(request: JinpaiRequest, round_id: FromPath[UUID]) -> Response[Any]:
    """Call a round off (取消评选), while no title was given."""
    return await _step(request, round_id, "cancel")


@step_route("/titles/rounds/{round_id:uuid}/propose", Action.TITLES_DRAFT, RoundProposed, "proposeTitleRound")
async def propose(request: JinpaiRequest, round_id: FromPath[UUID]) -> Response[Any]:
    """Freeze the inputs and make the lists (产生名单), rather than wait a week for the clock."""

    def encode(outcome: Proposed, locale: Locale) -> Answer:
        shown = {name: getattr(outcome, name) for name in RoundProposed.__struct_fields__ if name != "id"}
        return answer(RoundProposed(id=outcome.round_id, **shown))

    wish = Proposal(round_id=round_id, caller=principal_of(request))
    return await submit_one(request, district_of(request).titles.propose, wish, encode)


route_handlers: list[Any] = [list_all, show, inputs, versions, draft, change, publish, cancel, propose]
