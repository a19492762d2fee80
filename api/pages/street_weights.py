"""What each dimension of the grid assessment weighs, and from which month on: the district's page."""

from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.rendering import PageRequest, page, see_other
from kernel.errors import Refusal
from kernel.messages import N_, Text
from rewards.street_scores.ranking import STANDARD, Weights
from rewards.street_scores.reading import all_weights, months_of, weights_of
from rewards.street_scores.recording import set_weights
from stewards.permissions import Action

_FIELDS = ("order", "safety", "environment")
_NAMES = {"/from_month": "from_month", "/order": "order"}
_MOST_MONTHS = 12


async def _show(
    request: PageRequest, *, errors: Errors | None = None, values: dict[str, str] | None = None, status: int = 200
) -> Template:
    reader = await district_of(request).database.reader()
    months = await months_of(reader)
    now = await weights_of(reader, months[0]) if months else STANDARD
    return page(
        request,
        "staff/street_weights.html",
        status=status,
        frame=await staff_frame(reader, principal_of(request)),
        versions=await all_weights(reader),
        standard=STANDARD,
        months=months[:_MOST_MONTHS],
        errors=errors or {},
        values=values or {"from_month": "", **{name: str(getattr(now, name)) for name in _FIELDS}},
    )


@get("/admin/street-scores", opt={"action": Action.STREET_SCORES_EDIT}, include_in_schema=False)
async def show_weights(request: PageRequest) -> Template:
    """The weights by month, and the months that were assessed."""
    return await _show(request)


@post(
    "/admin/street-scores",
    opt={"action": Action.STREET_SCORES_EDIT, FORM: ("from_month", *_FIELDS)},
    include_in_schema=False,
    status_code=200,
)
async def weigh(request: PageRequest) -> Template | Redirect:
    """Set the weights from a month on."""
    district = district_of(request)
    fields = await read_fields(request)
    values = {name: fields.text(name) for name in ("from_month", *_FIELDS)}
    whole = Text(N_("写 0 到 100 的整数。"))
    errors: Errors = {
        name: whole
        for name in _FIELDS
        if not (values[name].isascii() and values[name].isdigit() and len(values[name]) <= 3)
    }
    if errors:
        return await _show(request, errors=errors, values=values, status=422)
    weights = Weights(**{name: int(values[name]) for name in _FIELDS})
    by, now = principal_of(request), district.clock.now()
    try:
        await district.database.run(lambda tx: set_weights(tx, values["from_month"], weights, by=by, now=now))
    except Refusal as refusal:
        return await _show(request, errors=errors_of(refusal, _NAMES), values=values, status=status_of(refusal))
    return see_other("/admin/street-scores")


route_handlers: list[Any] = [show_weights, weigh]
