"""One-time cards: printed at the desk, and the page on which a steward with a card chooses a PIN."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import SIGNS_IN, principal_of
from api.composition import district_of
from api.envelope import is_secure
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.qr_codes import qr_drawing
from api.pages.rendering import PageRequest, page, see_other
from api.pages.sign_in import STEWARD_HOME, entered, throttled
from api.v1.sign_in_cards import card_link
from api.visits import visit_of
from kernel.clock import local_date
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.messages import N_, Text
from kernel.throttle import Throttled
from stewards.card_sign_in import sign_in_by_card
from stewards.directory import find_stewards
from stewards.names import mask_name
from stewards.permissions import Action, may_at_any, require
from stewards.refusals import CardRefused
from stewards.sign_in_cards import CardIssued, issue_cards, read_card, spoken_secret, typed_secret

CARD_COOKIE = "jinpai_card"  # so that the secret leaves the address at once
MOST_CARDS = 60
_AN_HOUR_S = 3600
_PATH = "/sign-in/card"


@get(f"{_PATH}/{{secret:str}}", opt={"public": True}, include_in_schema=False)
async def land(request: PageRequest, secret: FromPath[str]) -> Redirect:
    """Take the secret from the address into a cookie. Nothing is used up: a link's preview burns no card."""
    answer = see_other(_PATH)
    answer.set_cookie(
        Cookie(
            key=CARD_COOKIE,
            value=typed_secret(secret) if secret.isalnum() and secret.isascii() else "",
            max_age=_AN_HOUR_S,
            path=_PATH,
            httponly=True,
            samesite="lax",
            secure=is_secure(request.scope),
        )
    )
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@get(_PATH, opt={"public": True}, include_in_schema=False)
async def show_card(request: PageRequest) -> Template:
    """The form: the card's letters where no QR code was scanned, and the new PIN."""
    return await _form(request, request.cookies.get(CARD_COOKIE, ""))


@post(
    _PATH,
    opt={"public": True, SIGNS_IN: True, FORM: ("card", "pin", "again")},
    include_in_schema=False,
    status_code=200,
)
async def choose_pin(request: PageRequest) -> Template | Redirect:
    """Use the card up: the PIN is the chosen one, and the browser is signed in."""
    district = district_of(request)
    fields = await read_fields(request)
    card = fields.text("card") or request.cookies.get(CARD_COOKIE, "")
    pin, again = fields.text("pin"), fields.text("again")
    errors: Errors = {}
    if not card:
        errors["card"] = Text(N_("请填写登录卡上的字符。"))
    if not pin:
        errors["pin"] = Text(N_("请填写新密码。"))
    elif pin != again:
        errors["again"] = Text(N_("两次填写的密码不一样。"))
    if errors:
        return await _form(request, card, errors, status=400)
    try:
        opened = await sign_in_by_card(district.database, card, pin, visit=await visit_of(request, district))
    except Throttled as refused:
        answer = await _form(request, card, {"": throttled(request, refused)}, status=429)
        answer.headers["Retry-After"] = str(refused.retry_after_s)
        return answer
    except CardRefused as refused:
        return await _form(request, "", {"": refused.text}, status=status_of(refused))
    except Refusal as refused:
        return await _form(request, card, errors_of(refused, {"/pin": "pin"}), status=status_of(refused))
    following = entered(request, opened, STEWARD_HOME)
    following.delete_cookie(CARD_COOKIE, path=_PATH)
    return following


async def _form(request: PageRequest, card: str, errors: Errors | None = None, *, status: int = 200) -> Template:
    district = district_of(request)
    found = await read_card(await district.database.reader(), card, now=district.clock.now()) if card else None
    if card and found is None and not errors:
        errors, status = {"": CardRefused().text}, 404
    return page(
        request,
        "public/sign_in_card.html",
        status=status,
        headers={"Cache-Control": "no-store"},
        whose=mask_name(found.name) if found else None,
        number=found.number if found else None,
        card=card if found else "",
        errors=errors or {},
    )


@post(
    "/admin/sign-in-cards",
    opt={"action": Action.STEWARDS_EDIT, FORM: ("steward",)},
    include_in_schema=False,
    status_code=200,
)
async def print_cards(request: PageRequest) -> Template:
    """Issue cards to the stewards that were named and show them once, ready to print and cut.

    Raises:
        NotFound: one of them is not within reach, or none was named.
        NotAllowed: the caller may see but not edit one of them.

    """
    district = district_of(request)
    principal = principal_of(request)
    now = district.clock.now()
    reader = await district.database.reader()
    ids = _ids((await read_fields(request)).texts("steward"))
    found = {entry.id: entry for entry in await find_stewards(reader, principal, ids=ids, today=local_date(now))}
    if not ids or len(ids) > MOST_CARDS or set(found) != set(ids):
        raise NotFound
    for entry in found.values():
        if not may_at_any(principal, Action.STEWARDS_EDIT, entry.places):
            require(principal, Action.STEWARDS_EDIT, entry.places[0])

    async def use_case(tx: Tx) -> list[CardIssued]:
        return [
            outcome
            for outcome in await issue_cards(tx, ids, by=principal.actor, now=now)
            if isinstance(outcome, CardIssued)
        ]

    issued = await district.database.run(use_case)
    return page(
        request,
        "staff/sign_in_cards.html",
        headers={"Cache-Control": "no-store"},
        frame=await staff_frame(reader, principal),
        cards=[
            (
                found[card.steward_id],
                spoken_secret(card.secret),
                qr_drawing(card_link(district, card.secret)),
            )
            for card in issued
        ],
        left_out=len(ids) - len(issued),
        until=_until(issued),
        address=f"{district.settings.public_url}{_PATH}",
    )


def _until(issued: list[CardIssued]) -> datetime | None:
    return issued[0].expires_at if issued else None


def _ids(texts: list[str]) -> list[UUID]:
    ids = []
    for text in texts[: MOST_CARDS + 1]:
        try:
            ids.append(UUID(text))
        except ValueError:
            raise NotFound from None
    return list(dict.fromkeys(ids))


route_handlers: list[Any] = [land, show_card, choose_pin, print_cards]
