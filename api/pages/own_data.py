"""A steward's own data on `/me/data`, and the district's list of those who asked to be erased."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import status_of
from api.form_fields import FORM
from api.pages.forms import Errors, read_fields
from api.pages.frame import staff_frame
from api.pages.own import own_steward_id
from api.pages.rendering import PageRequest, page, see_other
from api.v1.personal_data import carry_out, copy_of
from kernel.clock import local_date
from kernel.errors import Refusal
from stewards.erasing import ask_erasure, list_requests, open_request, withdraw_erasure
from stewards.permissions import Action
from stewards.refusals import ErasureAsked

_MOST = 200


@get("/me/data", opt={"action": Action.INBOX_READ}, include_in_schema=False)
async def show_own_data(request: PageRequest) -> Template:
    """What the service knows of the steward, how to get it, and how to have it erased."""
    steward_id = own_steward_id(request)
    reader = await district_of(request).database.reader()
    return page(request, "steward/data.html", asked_at=await open_request(reader, steward_id))


@get("/me/data/copy", opt={"action": Action.INBOX_READ}, include_in_schema=False)
async def download(request: PageRequest) -> Response[bytes]:
    """The copy, as a file."""
    district = district_of(request)
    name = f"jinpai-{local_date(district.clock.now()).isoformat()}.json"
    return Response(
        await copy_of(district, own_steward_id(request)),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


@post("/me/data/erasure", opt={"action": Action.INBOX_READ, FORM: ("wish",)}, include_in_schema=False, status_code=303)
async def ask(request: PageRequest) -> Redirect:
    """Ask to be erased, or take it back."""
    district = district_of(request)
    steward_id = own_steward_id(request)
    actor = principal_of(request).actor
    now = district.clock.now()
    if (await read_fields(request)).text("wish") == "withdraw":
        await district.database.run(lambda tx: withdraw_erasure(tx, steward_id, by=actor, now=now))
    else:
        with suppress(ErasureAsked):  # asked twice is asked
            await district.database.run(lambda tx: ask_erasure(tx, steward_id, by=actor, now=now))
    return see_other("/me/data")


@get("/admin/erasures", opt={"action": Action.ERASURES_EDIT}, include_in_schema=False)
async def show_requests(request: PageRequest) -> Template:
    """Who asked to be erased."""
    return await _requests(request, {})


async def _requests(request: PageRequest, errors: Errors, *, status: int = 200) -> Template:
    reader = await district_of(request).database.reader()
    found = await list_requests(reader, limit=_MOST + 1)
    return page(
        request,
        "staff/erasures.html",
        status=status,
        frame=await staff_frame(reader, principal_of(request)),
        requests=found[:_MOST],
        has_more=len(found) > _MOST,
        errors=errors,
    )


@post(
    "/admin/erasures/{request_id:uuid}",
    opt={"action": Action.ERASURES_EDIT, FORM: ()},
    include_in_schema=False,
    status_code=200,
)
async def carry(request: PageRequest, request_id: FromPath[UUID]) -> Template | Redirect:
    """Carry a request out."""
    try:
        await carry_out(district_of(request), principal_of(request), request_id)
    except Refusal as refusal:
        return await _requests(request, {"": refusal.text}, status=status_of(refusal))
    return see_other("/admin/erasures")


route_handlers: list[Any] = [show_own_data, download, ask, show_requests, carry]
