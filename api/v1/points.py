"""Points: what single events were worth, and the reversal of a transfer."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.composition import TransferReversal, district_of
from api.envelope import locale_of
from api.errors import NotFound
from api.idempotency import submit_one
from api.v1.answers import (
    ReceiptShown,
    ReversedShown,
    answer,
    receipt_shown,
    reversed_shown,
)
from api.v1.stewards import steward_within_reach
from kernel.idempotency import Answer
from kernel.messages import Locale
from points.award import Reversed
from points.models import Award
from points.receipt import Receipt
from stewards.permissions import Action

_TAGS = ["points"]


class AwardAnswer(msgspec.Struct, kw_only=True):
    """What an assessed event was worth, 0 included."""

    id: UUID
    steward_id: UUID
    reason: str
    reference: str
    points: int
    entitled: int
    receipt: ReceiptShown
    reverses_id: UUID | None
    tops_up_id: UUID | None
    occurred_at: datetime
    recorded_at: datetime


class ReverseTransfer(Body):
    """Why a transfer is taken back: a short code or reference that is shown with it."""

    cause: Annotated[str, Field(pattern="^[A-Za-z0-9_.:/-]{1,64}$")]


@get("/points/awards/{award_id:uuid}", opt={"action": Action.POINTS_READ}, tags=_TAGS, operation_id="showAward")
async def show_award(request: JinpaiRequest, award_id: FromPath[UUID]) -> AwardAnswer:
    """What an event was worth, and why."""
    reader = await district_of(request).database.reader()
    found = await reader.rows(Award, "WHERE id = $1", award_id)
    if not found:
        raise NotFound
    row = found[0]
    await steward_within_reach(request, row["steward_id"], Action.POINTS_READ)
    return AwardAnswer(
        id=row["id"],
        steward_id=row["steward_id"],
        reason=row["reason"],
        reference=row["reference"],
        points=row["points"],
        entitled=row["entitled"],
        receipt=receipt_shown(Receipt.from_json(row["receipt"]), locale_of(request)),
        reverses_id=row["reverses_id"],
        tops_up_id=row["tops_up_id"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
    )


@post(
    "/points/transfers/{transfer_id:uuid}/reverse",
    opt={"action": Action.POINTS_REVERSE},
    tags=_TAGS,
    operation_id="reverseTransfer",
    status_code=200,
    responses={200: ResponseSpec(ReversedShown, description="Taken back")},
)
async def reverse(
    request: JinpaiRequest, transfer_id: FromPath[UUID], data: JSONBody[ReverseTransfer]
) -> Response[Any]:
    """Take a transfer's whole operation back, once for ever. What was spent already is owed."""
    district = district_of(request)
    reader = await district.database.reader()
    owner = await reader.fetch_one(
        "SELECT account.owner_id FROM points_transfer transfer JOIN points_account account "
        "ON account.id IN (transfer.from_account_id, transfer.to_account_id) "
        "WHERE transfer.id = $1 AND account.owner_kind = 'steward'",
        transfer_id,
        types={"owner_id": UUID},
    )
    if owner is None:
        raise NotFound
    await steward_within_reach(request, owner["owner_id"], Action.POINTS_REVERSE)

    def encode(outcome: Reversed, locale: Locale) -> Answer:
        return answer(reversed_shown(outcome, locale))

    wish = TransferReversal(transfer_id=transfer_id, cause=data.cause, actor_id=principal_of(request).id)
    return await submit_one(request, district.reverse, wish, encode)


route_handlers: list[Any] = [show_award, reverse]
