"""What ends and who leaves: what expires when, points given away, what the family of a deceased steward takes."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.composition import district_of
from api.idempotency import submit_one
from api.v1.answers import Page, answer
from api.v1.grants import NoteShown
from api.v1.stewards import steward_within_reach
from kernel.idempotency import Answer
from kernel.messages import Locale
from points.donating import Donated, DonationWish
from points.expiring import expiring_by_street
from points.leaving import CollectionAction, CollectionOutcome, CollectionStep, CollectionWish, list_collections
from stewards.permissions import Action

_TAGS = ["points"]
Points = Annotated[int, Field(ge=1, le=1_000_000)]


class ExpiringLineShown(msgspec.Struct, kw_only=True):
    """Points of a street's stewards whose last day is `on`, and how many stewards have some of them."""

    street: str
    street_name: str
    street_name_en: str
    on: date
    points: int
    stewards: int


class DonatedShown(msgspec.Struct, kw_only=True):
    """Points that were given away."""

    steward_id: UUID
    points: int
    purpose: str
    operation_id: UUID
    balance_after: int


class CollectionShown(msgspec.Struct, kw_only=True):
    """What a family takes: opened, signed by a second member of staff, or withdrawn."""

    id: UUID
    number: str
    steward_id: UUID
    steward_number: str
    points: int
    state: str
    opened_by_id: UUID
    opened_at: datetime
    closed_at: datetime | None
    notes: list[NoteShown]


class CollectionAnswer(msgspec.Struct, kw_only=True):
    """A collection after a step; `operation_id` and `balance_after` once it is signed."""

    id: UUID
    number: str
    steward_id: UUID
    points: int
    state: str
    operation_id: UUID | None
    balance_after: int | None


class Donate(Body):
    """Points to give away, and what for."""

    points: Points
    purpose: Literal["hardship", "elderly", "greening"]


class OpenCollection(Body):
    """What a family takes; the note says who came and what was handed over. It can be erased."""

    steward_id: UUID
    points: Points
    note: Annotated[str, Field(min_length=1, max_length=1_000)]


@get("/points/expiring", opt={"action": Action.REPORTS_READ}, tags=_TAGS, operation_id="listExpiring")
async def expiring(request: JinpaiRequest) -> Page[ExpiringLineShown]:
    """What ends when, by day and street."""
    reader = await district_of(request).database.reader()
    found = await expiring_by_street(reader, principal_of(request))
    data = [
        ExpiringLineShown(
            street=line.street_code,
            street_name=line.street_name,
            street_name_en=line.street_name_en,
            on=line.on,
            points=line.points,
            stewards=line.stewards,
        )
        for line in found
    ]
    return Page(data=data, has_more=False)


@post(
    "/stewards/{steward_id:uuid}/donate",
    opt={"action": Action.POINTS_DONATE},
    tags=_TAGS,
    operation_id="donatePoints",
    status_code=200,
    responses={200: ResponseSpec(DonatedShown, description="Given away")},
)
async def donate(request: JinpaiRequest, steward_id: FromPath[UUID], data: JSONBody[Donate]) -> Response[Any]:
    """Give one's own points away (捐赠). Those that may only be donated go first, then those that end first."""
    await steward_within_reach(request, steward_id, Action.POINTS_DONATE)

    def encode(outcome: Donated, locale: Locale) -> Answer:
        shown = DonatedShown(
            steward_id=outcome.steward_id,
            points=outcome.points,
            purpose=outcome.purpose,
            operation_id=outcome.posted.operation_id,
            balance_after=outcome.posted.balance_after,
        )
        return answer(shown)

    wish = DonationWish(steward_id=steward_id, points=data.points, purpose=data.purpose, actor=principal_of(request))
    return await submit_one(request, district_of(request).donate, wish, encode)


@get("/points/collections", opt={"action": Action.COLLECTIONS_EDIT}, tags=_TAGS, operation_id="listCollections")
async def list_all(request: JinpaiRequest) -> Page[CollectionShown]:
    """What families took or are about to take, those that wait first."""
    reader = await district_of(request).database.reader()
    found = await list_collections(reader, principal_of(request), limit=200)
    names = [name for name in CollectionShown.__struct_fields__ if name != "notes"]
    data = [
        CollectionShown(
            **{name: getattr(entry, name) for name in names},
            notes=[
                NoteShown(author_id=note.author_id, text=note.text, written_at=note.written_at) for note in entry.notes
            ],
        )
        for entry in found
    ]
    return Page(data=data, has_more=False)


def _encode(status: int) -> Any:
    def encode(outcome: CollectionOutcome, locale: Locale) -> Answer:
        posted = outcome.posted
        shown = CollectionAnswer(
            id=outcome.collection_id,
            number=outcome.number,
            steward_id=outcome.steward_id,
            points=outcome.points,
            state=outcome.state,
            operation_id=posted.operation_id if posted else None,
            balance_after=posted.balance_after if posted else None,
        )
        return answer(shown, status)

    return encode


_OPENED = {201: ResponseSpec(CollectionAnswer, description="Registered, to be signed by somebody else")}
_CLOSED = {200: ResponseSpec(CollectionAnswer, description="Done")}


@post(
    "/points/collections",
    opt={"action": Action.COLLECTIONS_EDIT},
    tags=_TAGS,
    operation_id="openCollection",
    responses=_OPENED,
)
async def open_one(request: JinpaiRequest, data: JSONBody[OpenCollection]) -> Response[Any]:
    """Register what the family of a deceased steward takes (家属代领). Nothing is spent before a second signature."""
    wish = CollectionWish(steward_id=data.steward_id, points=data.points, note=data.note, actor=principal_of(request))
    return await submit_one(request, district_of(request).open_collections, wish, _encode(201))


async def _close(request: JinpaiRequest, collection_id: UUID, action: CollectionAction) -> Response[Any]:
    wish = CollectionStep(collection_id=collection_id, action=action, actor=principal_of(request))
    return await submit_one(request, district_of(request).close_collections, wish, _encode(200))


@post(
    "/points/collections/{collection_id:uuid}/sign",
    opt={"action": Action.COLLECTIONS_EDIT},
    tags=_TAGS,
    operation_id="signCollection",
    status_code=200,
    responses=_CLOSED,
)
async def sign(request: JinpaiRequest, collection_id: FromPath[UUID]) -> Response[Any]:
    """Sign as the second member of staff; the points are spent."""
    return await _close(request, collection_id, "sign")


@post(
    "/points/collections/{collection_id:uuid}/withdraw",
    opt={"action": Action.COLLECTIONS_EDIT},
    tags=_TAGS,
    operation_id="withdrawCollection",
    status_code=200,
    responses=_CLOSED,
)
async def withdraw(request: JinpaiRequest, collection_id: FromPath[UUID]) -> Response[Any]:
    """Withdraw a collection; nothing is spent."""
    return await _close(request, collection_id, "withdraw")


route_handlers: list[Any] = [expiring, donate, list_all, open_one, sign, withdraw]
