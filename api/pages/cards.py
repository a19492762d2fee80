"""A steward's card: as residents see it, edited by its steward or by staff, and printed."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from markupsafe import Markup

from api.access import principal_of
from api.composition import District, district_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.forms import Errors, Fields, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.own import read_self
from api.pages.qr_codes import qr_drawing
from api.pages.rendering import PageRequest, page, see_other
from api.v1.cards import photo_answer, save_card
from api.v1.stewards import steward_within_reach
from kernel.clock import local_date
from kernel.database import Reader
from kernel.errors import Refusal
from kernel.files import prepare_picture
from stewards.cards import TIP_LENGTH, Card, CardWish, cards_of
from stewards.directory import StewardEntry, find_stewards
from stewards.permissions import Action
from stewards.principal import system_principal

_FIELDS = ("tip", "photo", "no_photo")


@dataclass(frozen=True, slots=True, kw_only=True)
class NameCard:
    """A card to be drawn: what everybody may see, the address of its photo, and the QR code to rate by."""

    steward: StewardEntry
    card: Card
    photo: str | None
    phone: str | None
    code: Markup | None

    @property
    def name(self) -> str:
        """The name as everybody may see it."""
        return self.steward.public_name


def name_card(district: District, steward: StewardEntry, card: Card, *, with_code: bool = False) -> NameCard:
    """A steward's card as everybody may see it; the code leads to rating on the lane that is looked after."""
    shown = card.shown(steward.consents)
    code = None
    if with_code and steward.duties:
        code = qr_drawing(f"{district.settings.public_url}/rate/lanes/{steward.duties[0].lane_code}/{steward.id}")
    return NameCard(
        steward=steward,
        card=shown,
        photo=f"/cards/{steward.id}/photo" if shown.photo else None,
        phone=steward.phone if "phone" in steward.consents else None,
        code=code,
    )


async def _public(request: PageRequest, steward_id: UUID) -> tuple[StewardEntry, Card]:
    district = district_of(request)
    reader = await district.database.reader()
    today = local_date(district.clock.now())
    found = [
        steward
        for steward in await find_stewards(reader, system_principal(), ids=[steward_id], today=today)
        if steward.status == "active"
    ]
    if not found:
        raise NotFound
    return found[0], (await cards_of(reader, [steward_id]))[steward_id]


@get("/cards/{steward_id:uuid}", opt={"public": True}, include_in_schema=False)
async def show_card(request: PageRequest, steward_id: FromPath[UUID]) -> Template:
    """A steward's card for everybody, field by field as consented.

    Raises:
        NotFound: nobody who serves has this id.

    """
    steward, card = await _public(request, steward_id)
    shown = name_card(district_of(request), steward, card, with_code=True)
    return page(request, "public/card.html", shown=shown)


@get("/cards/{steward_id:uuid}/photo", opt={"public": True}, include_in_schema=False)
async def show_photo(request: PageRequest, steward_id: FromPath[UUID]) -> Response[bytes]:
    """The photo of a card, while its consent stands.

    Raises:
        NotFound: there is none that may be shown now.

    """
    steward, card = await _public(request, steward_id)
    return photo_answer(district_of(request), card.shown(steward.consents))


async def _own_page(request: PageRequest, errors: Errors, *, tip: str | None = None, status: int = 200) -> Template:
    reader = await district_of(request).database.reader()
    steward = await read_self(reader, request)
    return page(request, "steward/card.html", status=status, **await _form(request, reader, steward, errors, tip))


async def _form(
    request: PageRequest, reader: Reader, steward: StewardEntry, errors: Errors, tip: str | None
) -> dict[str, Any]:
    card = (await cards_of(reader, [steward.id]))[steward.id]
    return {
        "steward": steward,
        "card": card,
        "shown": name_card(district_of(request), steward, card, with_code=True),
        "tip": card.tip if tip is None else tip,
        "tip_length": TIP_LENGTH,
        "errors": errors,
    }


@get("/me/card", opt={"action": Action.CONSENTS_EDIT}, include_in_schema=False)
async def show_own(request: PageRequest) -> Template:
    """The steward's own card: what residents see, and the form."""
    return await _own_page(request, {})


@post("/me/card", opt={"action": Action.CONSENTS_EDIT, FORM: _FIELDS}, include_in_schema=False, status_code=200)
async def save_own(request: PageRequest) -> Template | Redirect:
    """Save tip and photo of the own card."""
    steward = await read_self(await district_of(request).database.reader(), request)
    fields = await read_fields(request)
    try:
        await _save(request, steward.id, fields)
    except Refusal as refusal:
        errors = errors_of(refusal, {"/tip": "tip", "": "photo"})
        return await _own_page(request, errors, tip=fields.text("tip"), status=status_of(refusal))
    return see_other("/me/card")


async def _save(request: PageRequest, steward_id: UUID, fields: Fields) -> None:
    files = fields.files("photo")
    photo = await prepare_picture(await files[0].read(), files[0].content_type) if files else None
    sha256 = photo.sha256 if photo else "" if fields.checked("no_photo") else None
    wish = CardWish(steward_id=steward_id, tip=fields.text("tip"), photo_sha256=sha256)
    await save_card(district_of(request), principal_of(request), wish, photo)


async def _staff_page(
    request: PageRequest, steward: StewardEntry, errors: Errors, *, tip: str | None = None, status: int = 200
) -> Template:
    reader = await district_of(request).database.reader()
    frame = await staff_frame(reader, principal_of(request))
    return page(
        request, "staff/card.html", status=status, frame=frame, **await _form(request, reader, steward, errors, tip)
    )


@get("/admin/stewards/{steward_id:uuid}/card", opt={"action": Action.STEWARDS_EDIT}, include_in_schema=False)
async def show_for_staff(request: PageRequest, steward_id: FromPath[UUID]) -> Template:
    """A steward's card to print, and the form for who has no phone.

    Raises:
        NotFound: there is none within reach.

    """
    return await _staff_page(request, await steward_within_reach(request, steward_id, Action.STEWARDS_EDIT), {})


@post(
    "/admin/stewards/{steward_id:uuid}/card",
    opt={"action": Action.STEWARDS_EDIT, FORM: _FIELDS},
    include_in_schema=False,
    status_code=200,
)
async def save_for_steward(request: PageRequest, steward_id: FromPath[UUID]) -> Template | Redirect:
    """Save what the steward asked for.

    Raises:
        NotFound: there is none within reach.

    """
    steward = await steward_within_reach(request, steward_id, Action.STEWARDS_EDIT)
    fields = await read_fields(request)
    try:
        await _save(request, steward.id, fields)
    except Refusal as refusal:
        errors = errors_of(refusal, {"/tip": "tip", "": "photo"})
        return await _staff_page(request, steward, errors, tip=fields.text("tip"), status=status_of(refusal))
    return see_other(f"/admin/stewards/{steward_id}/card")


route_handlers: list[Any] = [show_card, show_photo, show_own, save_own, show_for_staff, save_for_steward]
