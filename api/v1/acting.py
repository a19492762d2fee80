"""For whom a request about rewards is: stewards for themselves, staff at a desk for somebody within their reach."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.access import principal_of
from api.bodies import JinpaiRequest
from api.errors import Fault, Faulty, NotFound
from api.v1.stewards import steward_within_reach
from kernel.messages import N_, Text
from stewards.permissions import Action

OnBehalfOf = Annotated[UUID | None, Field(description="For whom staff act; stewards leave it out")]


async def acting_for(request: JinpaiRequest, asked: UUID | None, action: Action) -> UUID:
    """The steward whom a request is for.

    Raises:
        NotFound: there is none with this id within reach; for stewards, everybody else.
        Faulty: staff have to say for whom.

    """
    own = principal_of(request).steward_id
    if own is not None:
        if asked not in {None, own}:
            raise NotFound
        return own
    if asked is None:
        raise Faulty([Fault(pointer="/steward", detail=Text(N_("请说明为哪一位管家办理。")), code="missing")])
    return (await steward_within_reach(request, asked, action)).id
