"""A steward's own data: the copy, and the erasure that is asked for here and carried out by the district."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import orjson
from litestar import Response, delete, get, post
from litestar.params import FromPath

from api.access import principal_of
from api.bodies import JinpaiRequest
from api.composition import District, district_of
from api.personal_data import REGISTER
from api.v1.answers import Page
from api.v1.stewards import steward_within_reach
from kernel.database import Tx
from kernel.errors import Refusal
from stewards.erasing import Erased, ask_erasure, erase, list_requests, own_data, withdraw_erasure
from stewards.permissions import Action
from stewards.principal import Principal

_TAGS = ["stewards"]
_MOST = 200


class ErasureAskedFor(msgspec.Struct, kw_only=True):
    """A request for erasure waits for the district."""

    id: UUID


class ErasureShown(msgspec.Struct, kw_only=True):
    """A request that waits; `ready` where the steward has left, so that it can be carried out."""

    id: UUID
    steward_id: UUID
    number: str
    asked_at: datetime
    ready: bool


class ErasedShown(msgspec.Struct, kw_only=True):
    """A steward was erased; the id stays, so that points go on adding up."""

    id: UUID
    steward_id: UUID


async def copy_of(district: District, steward_id: UUID) -> bytes:
    """Everything that the service holds about a steward, as indented JSON."""
    found = await own_data(await district.database.reader(), REGISTER, steward_id)
    return orjson.dumps(found, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)


async def carry_out(district: District, principal: Principal, request_id: UUID) -> Erased:
    """Erase whom a request is about.

    Raises:
        ErasureUnknown, ErasureNeedsLeaving: as they say.

    """

    async def use_case(tx: Tx) -> Erased:
        (outcome,) = await erase(tx, [request_id], register=REGISTER, by=principal.actor, now=district.clock.now())
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    erased = await district.database.run(use_case)
    district.dispatcher.wake()
    return erased


@get("/stewards/{steward_id:uuid}/data", opt={"action": Action.DATA_OWN}, tags=_TAGS, operation_id="copyOwnData")
async def copy(request: JinpaiRequest, steward_id: FromPath[UUID]) -> Response[bytes]:
    """Everything that the service holds about oneself (个人信息副本), by table."""
    await steward_within_reach(request, steward_id, Action.DATA_OWN)
    body = await copy_of(district_of(request), steward_id)
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


@post("/stewards/{steward_id:uuid}/erasure", opt={"action": Action.DATA_OWN}, tags=_TAGS, operation_id="askErasure")
async def ask(request: JinpaiRequest, steward_id: FromPath[UUID]) -> ErasureAskedFor:
    """Ask to be erased (注销). The district carries it out once one has left."""
    district = district_of(request)
    await steward_within_reach(request, steward_id, Action.DATA_OWN)
    actor = principal_of(request).actor
    asked = await district.database.run(lambda tx: ask_erasure(tx, steward_id, by=actor, now=district.clock.now()))
    return ErasureAskedFor(id=asked)


@delete(
    "/stewards/{steward_id:uuid}/erasure", opt={"action": Action.DATA_OWN}, tags=_TAGS, operation_id="withdrawErasure"
)
async def withdraw(request: JinpaiRequest, steward_id: FromPath[UUID]) -> None:
    """Take the request back. Without one nothing changes."""
    district = district_of(request)
    await steward_within_reach(request, steward_id, Action.DATA_OWN)
    actor = principal_of(request).actor
    await district.database.run(lambda tx: withdraw_erasure(tx, steward_id, by=actor, now=district.clock.now()))


@get("/erasures", opt={"action": Action.ERASURES_EDIT}, tags=_TAGS, operation_id="listErasures")
async def list_waiting(request: JinpaiRequest) -> Page[ErasureShown]:
    """The requests that wait, the oldest first."""
    found = await list_requests(await district_of(request).database.reader(), limit=_MOST + 1)
    data = [
        ErasureShown(
            id=entry.id, steward_id=entry.steward_id, number=entry.number, asked_at=entry.asked_at, ready=entry.ready
        )
        for entry in found[:_MOST]
    ]
    return Page(data=data, has_more=len(found) > _MOST)


@post(
    "/erasures/{request_id:uuid}/carry-out",
    opt={"action": Action.ERASURES_EDIT},
    tags=_TAGS,
    operation_id="carryOutErasure",
)
async def carry(request: JinpaiRequest, request_id: FromPath[UUID]) -> ErasedShown:
    """Erase what identifies the person. It cannot be undone; points, cases and seals stay as they are."""
    done = await carry_out(district_of(request), principal_of(request), request_id)
    return ErasedShown(id=done.request_id, steward_id=done.steward_id)


route_handlers: list[Any] = [copy, ask, withdraw, list_waiting, carry]
