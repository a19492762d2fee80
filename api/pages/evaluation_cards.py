"""A steward's card on a page: the drawing, its table, why, how sure, what residents wrote, and the way to appeal."""

from fractions import Fraction
from typing import Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.response import Template

from api.access import principal_of
from api.composition import district_of
from api.errors import NotFound
from api.pages.frame import staff_frame
from api.pages.own import own_steward_id
from api.pages.radar import interval_of, radar_of
from api.pages.rendering import PageRequest, page
from evaluation.ballot_notes import approved_notes
from evaluation.cards import LEAST_SHOWN, StewardCard, read_card, read_own_periods
from evaluation.explaining import explanation
from evaluation.figures import percent
from evaluation.periods import period_named
from kernel.clock import local_date
from kernel.database import Reader
from stewards.directory import find_stewards
from stewards.permissions import Action


async def _card(request: PageRequest, reader: Reader, steward_id: UUID) -> dict[str, Any]:
    """What both pages show of a steward: the newest period's card, or the one that the address names."""
    periods = await read_own_periods(reader, steward_id)
    asked = request.query_params.get("period")
    name = asked if asked in periods else periods[0] if periods else None
    card: StewardCard | None = await read_card(reader, steward_id, period_named(name)) if name else None
    return {
        "periods": periods,
        "card": card,
        "radar": radar_of(card) if card else None,
        "interval": interval_of(card) if card else None,
        "why": explanation(card) if card else (),
        "notes": await approved_notes(reader, steward_id, name) if name else [],
        "least": LEAST_SHOWN,
        "points": points,
        "share": percent,
    }


def points(value: Fraction | None) -> str:
    """A score as it is read: 87.25, or a dash."""
    return "—" if value is None else f"{float(value):.2f}"


@get("/me/evaluation", opt={"action": Action.SCORES_READ}, include_in_schema=False)
async def show_own_card(request: PageRequest) -> Template:
    """The steward's own card."""
    reader = await district_of(request).database.reader()
    return page(request, "steward/evaluation.html", **await _card(request, reader, own_steward_id(request)))


@get("/admin/stewards/{steward_id:uuid}/evaluation", opt={"action": Action.SCORES_READ}, include_in_schema=False)
async def show_card(request: PageRequest, steward_id: FromPath[UUID]) -> Template:
    """A steward's card for staff.

    Raises:
        NotFound: there is no such steward within reach.

    """
    district = district_of(request)
    principal = principal_of(request)
    reader = await district.database.reader()
    found = await find_stewards(reader, principal, ids=[steward_id], today=local_date(district.clock.now()))
    if not found:
        raise NotFound
    return page(
        request,
        "staff/evaluation.html",
        frame=await staff_frame(reader, principal),
        steward=found[0],
        **await _card(request, reader, steward_id),
    )


route_handlers: list[Any] = [show_own_card, show_card]
