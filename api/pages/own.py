"""Whose pages the steward's pages are: the caller's alone."""

from uuid import UUID

from api.access import principal_of
from api.composition import district_of
from api.pages.rendering import PageRequest
from kernel.clock import local_date
from kernel.database import Reader
from stewards.directory import StewardEntry, find_stewards
from stewards.permissions import NotAllowed


def own_steward_id(request: PageRequest) -> UUID:
    """The steward who is calling.

    Raises:
        NotAllowed: the caller is no steward.

    """
    steward_id = principal_of(request).steward_id
    if steward_id is None:
        raise NotAllowed
    return steward_id


async def read_self(reader: Reader, request: PageRequest) -> StewardEntry:
    """The caller's own entry, with today's lanes.

    Raises:
        NotAllowed: the caller is no steward.

    """
    steward_id = own_steward_id(request)
    today = local_date(district_of(request).clock.now())
    found = await find_stewards(reader, principal_of(request), ids=[steward_id], today=today)
    if not found:
        raise NotAllowed
    return found[0]
