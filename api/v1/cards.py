"""Stewards' cards: photo and tip, each for everybody only while its consent stands."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.composition import District, district_of
from api.errors import NotFound
from api.v1.pictures import prepared, sent_file
from api.v1.stewards import steward_within_reach
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.files import PreparedFile
from stewards.cards import PHOTO, TIP, Card, CardSaved, CardWish, cards_of, save_cards
from stewards.permissions import Action
from stewards.principal import Principal

_TAGS = ["stewards"]


class CardShown(msgspec.Struct, kw_only=True):
    """A card as its steward and staff see it; `public` names what everybody sees."""

    steward_id: UUID
    tip: str
    photo: bool
    public: list[str]


class EditCard(Body):
    """The tip of a card; an empty one takes it off."""

    tip: Annotated[str, Field(max_length=200)]


async def save_card(
    district: District, principal: Principal, wish: CardWish, photo: PreparedFile | None = None
) -> CardSaved:
    """Save one card, with a new photo if there is one.

    Raises:
        Refusal: the tip is unfit.

    """
    now = district.clock.now()

    async def use_case(tx: Tx) -> CardSaved:
        if photo is not None:
            await district.files.put(tx, photo, now=now)
        (outcome,) = await save_cards(tx, [wish], by=principal.actor, now=now)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    return await district.database.run(use_case)


def _shown(steward_id: UUID, card: Card, consents: frozenset[str]) -> CardShown:
    public = [part for part in (PHOTO, TIP) if getattr(card, part) and part in consents]
    return CardShown(steward_id=steward_id, tip=card.tip, photo=card.photo is not None, public=public)


async def _change(request: JinpaiRequest, wish: CardWish, photo: PreparedFile | None = None) -> CardShown:
    steward = await steward_within_reach(request, wish.steward_id, Action.CONSENTS_EDIT)
    saved = await save_card(district_of(request), principal_of(request), wish, photo)
    return _shown(steward.id, saved.card, steward.consents)


_CHANGED = {200: ResponseSpec(CardShown, description="Stands so")}


@get("/stewards/{steward_id:uuid}/card", opt={"action": Action.CONSENTS_EDIT}, tags=_TAGS, operation_id="showCard")
async def show(request: JinpaiRequest, steward_id: FromPath[UUID]) -> CardShown:
    """A steward's card."""
    steward = await steward_within_reach(request, steward_id, Action.CONSENTS_EDIT)
    cards = await cards_of(await district_of(request).database.reader(), [steward_id])
    return _shown(steward_id, cards[steward_id], steward.consents)


@patch(
    "/stewards/{steward_id:uuid}/card",
    opt={"action": Action.CONSENTS_EDIT},
    tags=_TAGS,
    operation_id="editCard",
    responses=_CHANGED,
)
async def edit(request: JinpaiRequest, steward_id: FromPath[UUID], data: JSONBody[EditCard]) -> CardShown:
    """Change the tip. Stewards their own; staff what the steward asks for."""
    return await _change(request, CardWish(steward_id=steward_id, tip=data.tip))


@post(
    "/stewards/{steward_id:uuid}/card/photo",
    opt={"action": Action.CONSENTS_EDIT},
    tags=_TAGS,
    operation_id="setCardPhoto",
    status_code=200,
    responses=_CHANGED,
)
async def set_photo(request: JinpaiRequest, steward_id: FromPath[UUID]) -> CardShown:
    """Put a photo on the card: a JPEG, PNG or WebP as the multipart field `file`."""
    file = await sent_file(request)
    await steward_within_reach(request, steward_id, Action.CONSENTS_EDIT)  # foreign ones cost no decoding
    photo = await prepared(file)
    return await _change(request, CardWish(steward_id=steward_id, photo_sha256=photo.sha256), photo)


@delete(
    "/stewards/{steward_id:uuid}/card/photo",
    opt={"action": Action.CONSENTS_EDIT},
    tags=_TAGS,
    operation_id="removeCardPhoto",
    status_code=204,
)
async def remove_photo(request: JinpaiRequest, steward_id: FromPath[UUID]) -> None:
    """Take the photo off the card; its bytes are gone within two days."""
    await _change(request, CardWish(steward_id=steward_id, photo_sha256=""))


@get(
    "/stewards/{steward_id:uuid}/card/photo",
    opt={"action": Action.CONSENTS_EDIT},
    tags=_TAGS,
    operation_id="showCardPhoto",
)
async def show_photo(request: JinpaiRequest, steward_id: FromPath[UUID]) -> Response[bytes]:
    """The photo of a card, for its steward and staff; everybody else reads it at `/cards/{steward}/photo`."""
    await steward_within_reach(request, steward_id, Action.CONSENTS_EDIT)
    card = (await cards_of(await district_of(request).database.reader(), [steward_id]))[steward_id]
    return photo_answer(district_of(request), card)


def photo_answer(district: District, card: Card) -> Response[bytes]:
    """The photo of a card, read anew each time: consent may have been withdrawn.

    Raises:
        NotFound: it has none.

    """
    if card.photo is None:
        raise NotFound
    with district.files.open(card.photo) as stored:
        return Response(stored.read(), media_type="image/jpeg", headers={"Cache-Control": "no-store"})


route_handlers: list[Any] = [show, edit, set_photo, remove_photo, show_photo]
