"""A verb in a transaction of its own, now: for doors that nobody knocks on often enough to share a commit."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from litestar import Request

from api.composition import district_of
from kernel.database import Tx

T = TypeVar("T")


async def run_verb(request: Request[Any, Any, Any], verb: Callable[..., Awaitable[T]], *args: Any, **named: Any) -> T:
    """What a verb answers in the request's district at this moment."""
    district = district_of(request)

    async def use_case(tx: Tx) -> T:
        return await verb(tx, *args, now=district.clock.now(), **named)

    return await district.database.run(use_case)
