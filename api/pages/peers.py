"""Stewards judge one another on the phone (互评), where the scheme asks peers: whom, what, and who has to stay out."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.composition import district_of
from api.errors import NotFound, status_of
from api.form_fields import ANY, FORM
from api.pages.forms import Errors, Fields, errors_of, read_fields
from api.pages.own import own_steward_id
from api.pages.queue_filters import uuid_or_none
from api.pages.rating_form import MOST_STARS, asked_questions, field_names, typed_mark, words_of_marks
from api.pages.rendering import PageRequest, page, see_other
from api.v1.peers import cast_peer
from evaluation.bars import CONFLICT_NAMES
from evaluation.casting import PeerBallot
from evaluation.peers import PeersAsked, list_peers, marks_of_peers, periods_of_peers, place_of_rater
from evaluation.schemes import Source
from kernel.clock import local_date
from kernel.database import Reader
from kernel.errors import Refusal
from stewards.directory import StewardEntry, StewardQuery, find_stewards
from stewards.lanes import list_communities
from stewards.permissions import Action
from stewards.principal import system_principal

_PAGE = 60


def _chosen(request: PageRequest, asked: list[PeersAsked]) -> PeersAsked | None:
    """The period that the address names, else the newest that asks peers."""
    name = request.query_params.get("period")
    return next((one for one in asked if one.period.name == name), asked[-1] if asked else None)


@get("/me/peers", opt={"action": Action.PEERS_JUDGE}, include_in_schema=False)
async def show_peers(request: PageRequest) -> Template:
    """The stewards nearby, community by community, with what the caller said of each."""
    district = district_of(request)
    reader = await district.database.reader()
    now = district.clock.now()
    rater_id = own_steward_id(request)
    asked = await periods_of_peers(reader, now=now)
    chosen = _chosen(request, asked)
    if chosen is None:
        return page(request, "steward/peers.html", chosen=None)
    own = await place_of_rater(reader, rater_id)
    communities = await list_communities(reader, street_id=own.street_id)
    codes = {area.code for area in communities}
    wanted = request.query_params.get("community", "")
    community = wanted if wanted in codes else own.community_code
    after = uuid_or_none(request.query_params.get("after"))
    query = StewardQuery(community_code=community, starting_after=after, limit=_PAGE)
    peers, has_more = await list_peers(reader, own, query, today=local_date(now))
    return page(
        request,
        "steward/peers.html",
        chosen=chosen,
        asked=asked,
        own=own,
        communities=sorted(communities, key=lambda area: (area.code != own.community_code, area.code)),
        community=community,
        peers=peers,
        has_more=has_more,
        said=await marks_of_peers(reader, rater_id, chosen, [peer.id for peer in peers]),
        conflicts=CONFLICT_NAMES,
        done="done" in request.query_params,
    )


async def _peer(reader: Reader, request: PageRequest, steward_id: UUID) -> tuple[StewardEntry, PeersAsked]:
    """A fellow steward of the caller's street, and the period in which he or she may be judged.

    Raises:
        NotFound: it is somebody else, or nobody is asked.

    """
    district = district_of(request)
    now = district.clock.now()
    chosen = _chosen(request, await periods_of_peers(reader, now=now))
    own = await place_of_rater(reader, own_steward_id(request))
    found = await find_stewards(reader, system_principal(), ids=[steward_id], today=local_date(now))
    if chosen is None or not found or found[0].street_id != own.street_id or found[0].id == own.steward_id:
        raise NotFound
    return found[0], chosen


@get("/me/peers/{steward_id:uuid}", opt={"action": Action.PEERS_JUDGE}, include_in_schema=False)
async def show_peer(request: PageRequest, steward_id: FromPath[UUID]) -> Template:
    """The form about one of them, with what was said before; plain words where the caller has to stay out."""
    reader = await district_of(request).database.reader()
    peer, chosen = await _peer(reader, request, steward_id)
    return await _form(request, peer, chosen)


async def _form(
    request: PageRequest,
    peer: StewardEntry,
    chosen: PeersAsked,
    *,
    errors: Errors | None = None,
    given: Mapping[str, str] | None = None,
    status: int = 200,
) -> Template:
    reader = await district_of(request).database.reader()
    said = (await marks_of_peers(reader, own_steward_id(request), chosen, [peer.id]))[peer.id]
    source = chosen.source
    stars = source.scale.most - source.scale.least < MOST_STARS
    return page(
        request,
        "steward/peer.html",
        status=status,
        peer=peer,
        period=chosen.period,
        last_day=chosen.last_day,
        barred=CONFLICT_NAMES[said.barred] if said.barred else None,
        before=said.marks is not None,
        stars=stars,
        scale=source.scale,
        questions=asked_questions(source),
        marks=words_of_marks(source) if stars else [],
        chosen=_numbers(given) if given is not None else dict(said.marks or {}),
        given=given if given is not None else {code: str(mark) for code, mark in (said.marks or {}).items()},
        errors=errors or {},
    )


def _numbers(given: Mapping[str, str]) -> dict[str, int]:
    return {code: int(text) for code, text in given.items() if text.isascii() and text.isdigit()}


@post(
    "/me/peers/{steward_id:uuid}",
    opt={"action": Action.PEERS_JUDGE, FORM: ANY},
    include_in_schema=False,
    status_code=303,
)
async def judge_peer(request: PageRequest, steward_id: FromPath[UUID]) -> Template | Redirect:
    """Cast or change the ballot. A failure keeps what was typed."""
    district = district_of(request)
    reader = await district.database.reader()
    peer, chosen = await _peer(reader, request, steward_id)
    given = _given(chosen.source, await read_fields(request))
    wish = PeerBallot(
        rater_id=own_steward_id(request),
        steward_id=peer.id,
        period=chosen.period,
        scores={code: typed_mark(text) for code, text in given.items()},
    )
    try:
        await cast_peer(district, wish)
    except Refusal as refusal:
        errors = errors_of(refusal, field_names(chosen.source))
        return await _form(request, peer, chosen, errors=errors, given=given, status=status_of(refusal))
    return see_other(f"/me/peers?period={chosen.period.name}&community={peer.community_code}&done=1")


def _given(source: Source, fields: Fields) -> dict[str, str]:
    fields.only(*(one.code for one in source.asked))
    return {one.code: text[:4] for one in source.asked if (text := fields.text(one.code))}


route_handlers: list[Any] = [show_peers, show_peer, judge_peer]
