"""What stewards say of one another (互评), where the scheme asks peers. Each sees the own ballots alone."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from api.access import principal_of
from api.bodies import JinpaiRequest
from api.composition import District, district_of
from api.errors import NotFound
from api.v1.answers import Page
from api.v1.evaluation import BallotAnswer, CastBallot, chosen_period
from api.v1.parameters import Limit, StartingAfter
from evaluation.casting import BallotCast, PeerBallot, cast_peer_ballots, same_street
from evaluation.peers import list_peers, marks_of_peers, periods_of_peers, place_of_rater
from kernel.clock import local_date
from kernel.database import Tx
from kernel.errors import Refusal
from stewards.directory import StewardQuery
from stewards.permissions import Action, NotAllowed

_TAGS = ["evaluation"]


class PeerShown(msgspec.Struct, kw_only=True):
    """A steward of the same street, the caller's own marks, and why the caller may not judge, where that is so."""

    steward_id: UUID
    name: str
    community: str
    lanes: list[str]
    period: str
    closes_at: datetime
    scores: dict[str, int] | None
    barred: str | None


@get("/evaluation/peers", opt={"action": Action.PEERS_JUDGE}, tags=_TAGS, operation_id="listPeers")
async def list_own_peers(
    request: JinpaiRequest, starting_after: StartingAfter = None, limit: Limit = 20
) -> Page[PeerShown]:
    """The other stewards of the caller's street, for the newest period that asks peers; none where none does."""
    district = district_of(request)
    reader = await district.database.reader()
    rater_id = _rater(request)
    asked = await periods_of_peers(reader, now=district.clock.now())
    if not asked:
        return Page(data=[], has_more=False)
    peers, more = await list_peers(
        reader,
        await place_of_rater(reader, rater_id),
        StewardQuery(starting_after=starting_after, limit=limit),
        today=local_date(district.clock.now()),
    )
    said = await marks_of_peers(reader, rater_id, asked[-1], [peer.id for peer in peers])
    return Page(
        data=[
            PeerShown(
                steward_id=peer.id,
                name=peer.public_name,
                community=peer.community_code,
                lanes=[duty.lane_code for duty in peer.duties],
                period=asked[-1].period.name,
                closes_at=asked[-1].closes_at,
                scores=None if (marks := said[peer.id].marks) is None else dict(marks),
                barred=said[peer.id].barred,
            )
            for peer in peers
        ],
        has_more=more,
    )


@post(
    "/evaluation/peer-ballots",
    opt={"action": Action.PEERS_JUDGE},
    tags=_TAGS,
    operation_id="castPeerBallot",
    status_code=200,
)
async def cast_as_peer(request: JinpaiRequest, data: JSONBody[CastBallot]) -> BallotAnswer:
    """Cast or change a steward's ballot about another steward of the same street, where the scheme asks peers."""
    district = district_of(request)
    rater_id = _rater(request)
    wish = PeerBallot(
        rater_id=rater_id,
        steward_id=data.steward,
        period=await chosen_period(district, data.period),
        scores=data.scores,
    )
    done = await cast_peer(district, wish)
    return BallotAnswer(
        id=done.ballot_id, steward_id=done.steward_id, source="peers", period=done.period, changed=done.changed
    )


async def cast_peer(district: District, wish: PeerBallot) -> BallotCast:
    """Cast a ballot about a steward of the rater's own street.

    Raises:
        NotFound: there is no such steward in the street.
        Refusal: as cast_peer_ballots says.

    """
    if not await same_street(await district.database.reader(), wish.rater_id, wish.steward_id):
        raise NotFound

    async def use_case(tx: Tx) -> BallotCast:
        (outcome,) = await cast_peer_ballots(tx, [wish], now=district.clock.now())
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    return await district.database.run(use_case)


def _rater(request: JinpaiRequest) -> UUID:
    rater_id = principal_of(request).steward_id
    if rater_id is None:
        raise NotAllowed
    return rater_id


route_handlers: list[Any] = [list_own_peers, cast_as_peer]
