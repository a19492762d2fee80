"""One-time cards for stewards, and where stewards and staff are signed in, as those who look after them see it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath

from api.access import principal_of
from api.bodies import JinpaiRequest
from api.composition import District, district_of
from api.v1.answers import Page
from api.v1.sessions import SessionShown, session_shown
from api.v1.stewards import steward_within_reach
from kernel.database import Tx
from kernel.errors import Refusal
from stewards.own_sessions import Holder, end_sessions, open_sessions
from stewards.permissions import Action, NotAllowed
from stewards.second_factor import reset_factor
from stewards.sign_in_cards import CardIssued, issue_cards

_TAGS = ["session"]


class CardAnswer(msgspec.Struct, kw_only=True):
    """A new card. `link` is what its QR code says; the secret is said once."""

    id: UUID
    steward_id: UUID
    secret: str
    link: str
    expires_at: datetime


def card_link(district: District, secret: str) -> str:
    """What a card's QR code says."""
    return f"{district.settings.public_url}/sign-in/card/{secret}"


@post(
    "/stewards/{steward_id:uuid}/sign-in-card",
    opt={"action": Action.STEWARDS_EDIT},
    tags=_TAGS,
    operation_id="issueSignInCard",
)
async def issue(request: JinpaiRequest, steward_id: FromPath[UUID]) -> CardAnswer:
    """Issue a one-time card by which the steward sets a PIN. A card that was not used yet ends."""
    district = district_of(request)
    await steward_within_reach(request, steward_id, Action.STEWARDS_EDIT)
    actor = principal_of(request).actor

    async def use_case(tx: Tx) -> CardIssued:
        (outcome,) = await issue_cards(tx, [steward_id], by=actor, now=district.clock.now())
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    card = await district.database.run(use_case)
    return CardAnswer(
        id=card.card_id,
        steward_id=steward_id,
        secret=card.secret,
        link=card_link(district, card.secret),
        expires_at=card.expires_at,
    )


async def _sessions(request: JinpaiRequest, holder: Holder) -> Page[SessionShown]:
    district = district_of(request)
    found = await open_sessions(await district.database.reader(), holder, now=district.clock.now())
    current = principal_of(request).session_id
    return Page(data=[session_shown(entry, current) for entry in found], has_more=False)


async def _end(request: JinpaiRequest, holder: Holder, session_id: UUID) -> None:
    district = district_of(request)
    actor = principal_of(request).actor
    await district.database.run(lambda tx: end_sessions(tx, holder, [session_id], by=actor, now=district.clock.now()))


@get(
    "/stewards/{steward_id:uuid}/sessions",
    opt={"action": Action.STEWARDS_EDIT},
    tags=_TAGS,
    operation_id="listStewardSessions",
)
async def list_of_steward(request: JinpaiRequest, steward_id: FromPath[UUID]) -> Page[SessionShown]:
    """Where a steward is signed in, for who looks after a lost phone."""
    await steward_within_reach(request, steward_id, Action.STEWARDS_EDIT)
    return await _sessions(request, ("steward", steward_id))


@delete(
    "/stewards/{steward_id:uuid}/sessions/{session_id:uuid}",
    opt={"action": Action.STEWARDS_EDIT},
    tags=_TAGS,
    operation_id="endStewardSession",
)
async def end_of_steward(request: JinpaiRequest, steward_id: FromPath[UUID], session_id: FromPath[UUID]) -> None:
    """End one of a steward's sessions."""
    await steward_within_reach(request, steward_id, Action.STEWARDS_EDIT)
    await _end(request, ("steward", steward_id), session_id)


@get("/staff/{staff_id:uuid}/sessions", opt={"action": Action.STAFF_EDIT}, tags=_TAGS, operation_id="listStaffSessions")
async def list_of_staff(request: JinpaiRequest, staff_id: FromPath[UUID]) -> Page[SessionShown]:
    """Where a member of staff is signed in."""
    return await _sessions(request, ("staff", staff_id))


@delete(
    "/staff/{staff_id:uuid}/sessions/{session_id:uuid}",
    opt={"action": Action.STAFF_EDIT},
    tags=_TAGS,
    operation_id="endStaffSession",
)
async def end_of_staff(request: JinpaiRequest, staff_id: FromPath[UUID], session_id: FromPath[UUID]) -> None:
    """End one of the sessions of a member of staff."""
    await _end(request, ("staff", staff_id), session_id)


@delete(
    "/staff/{staff_id:uuid}/second-factor",
    opt={"action": Action.STAFF_EDIT},
    tags=_TAGS,
    operation_id="resetSecondFactor",
)
async def reset_second_factor(request: JinpaiRequest, staff_id: FromPath[UUID]) -> None:
    """Take away the second factor of a colleague who lost the phone, never one's own; the next sign-in sets another."""
    district = district_of(request)
    principal = principal_of(request)
    if principal.id == staff_id:
        raise NotAllowed
    await district.database.run(lambda tx: reset_factor(tx, staff_id, by=principal.actor, now=district.clock.now()))


route_handlers: list[Any] = [
    issue,
    list_of_steward,
    end_of_steward,
    list_of_staff,
    end_of_staff,
    reset_second_factor,
]
