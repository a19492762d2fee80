"""The monthly grid assessment of streets: scores, weights, ranks and movement."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post, put
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody, QueryParameter
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, JinpaiRequest
from api.composition import district_of
from api.errors import NotFound
from api.idempotency import submit_many
from api.v1.answers import answer
from kernel.errors import Refusal
from kernel.idempotency import Answer
from kernel.messages import Locale
from rewards.street_scores.ranking import Weights
from rewards.street_scores.reading import StreetBoard, street_board
from rewards.street_scores.recording import ScoreStreet, StreetScored, set_weights
from stewards.permissions import Action

_TAGS = ["boards"]
_MOST = 200

Score = Annotated[int, Field(description="Hundredths of a score from 0 to 100: 9250 is 92.50", ge=0, le=10_000)]
Percent = Annotated[int, Field(ge=0, le=100)]


class WeightsShown(msgspec.Struct, kw_only=True):
    """What each dimension weighs, in percent."""

    order: int
    safety: int
    environment: int


class StreetShown(msgspec.Struct, kw_only=True):
    """A street's month in hundredths. `movement`: places since the month before, -2 is up."""

    street: str
    name: str
    name_en: str
    order: int
    safety: int
    environment: int
    total: int
    rank: int
    movement: int | None


class StreetsShown(msgspec.Struct, kw_only=True):
    """The streets of a month, the best first."""

    month: str
    weights: WeightsShown
    data: list[StreetShown]


class ScoreBody(Body):
    """A street's scores of a month."""

    street: Annotated[str, Field(max_length=32)]
    order: Score
    safety: Score
    environment: Score


class ScoresBody(Body):
    """The scores of a month that is over, for one street or many; what differs from before corrects it."""

    month: Annotated[str, Field(max_length=7)]
    data: Annotated[list[ScoreBody], Field(min_length=1, max_length=_MOST)]


class WeightsBody(Body):
    """What each dimension weighs from a month on; 100 together."""

    from_month: Annotated[str, Field(max_length=7)]
    order: Percent
    safety: Percent
    environment: Percent


class ScoredLine(msgspec.Struct, kw_only=True):
    """What became of a street's scores: whether they stood otherwise before, or why they were refused."""

    street: str
    changed: bool
    code: str | None = None
    detail: str | None = None


class ScoredShown(msgspec.Struct, kw_only=True):
    """An outcome for each street, in the order of the request."""

    month: str
    data: list[ScoredLine]


def _shown(board: StreetBoard) -> StreetsShown:
    weights = board.weights
    return StreetsShown(
        month=board.month,
        weights=WeightsShown(order=weights.order, safety=weights.safety, environment=weights.environment),
        data=[
            StreetShown(
                street=line.scores.code,
                name=line.scores.name,
                name_en=line.scores.name_en,
                order=line.scores.order,
                safety=line.scores.safety,
                environment=line.scores.environment,
                total=line.total,
                rank=line.rank,
                movement=line.movement,
            )
            for line in board.lines
        ],
    )


@get("/street-scores", opt={"action": Action.BOARDS_READ}, tags=_TAGS, operation_id="showStreetScores")
async def show(
    request: JinpaiRequest,
    month: Annotated[str | None, QueryParameter(description="Such as 2026-10; else the newest", max_length=7)] = None,
) -> StreetsShown:
    """The streets of a month in order, with what each dimension weighed.

    Raises:
        NotFound: that month was not assessed.

    """
    board = await street_board(await district_of(request).database.reader(), month)
    if board is None:
        raise NotFound
    return _shown(board)


@post(
    "/street-scores",
    opt={"action": Action.STREET_SCORES_EDIT},
    tags=_TAGS,
    operation_id="recordStreetScores",
    status_code=200,
    responses={200: ResponseSpec(ScoredShown, description="Recorded")},
)
async def record(request: JinpaiRequest, data: JSONBody[ScoresBody]) -> Response[Any]:
    """Record what the grid assessment gave streets for a month, an outcome for each."""

    def encode(outcomes: Sequence[StreetScored | Refusal], locale: Locale, _: str) -> Answer:
        lines = [
            ScoredLine(street=each.street, changed=False, code=done.code, detail=done.text.render(locale))
            if isinstance(done, Refusal)
            else ScoredLine(street=each.street, changed=done.changed)
            for each, done in zip(data.data, outcomes, strict=True)
        ]
        return answer(ScoredShown(month=data.month, data=lines))

    caller = principal_of(request)
    wishes = [
        ScoreStreet(
            month=data.month,
            street_code=each.street,
            order=each.order,
            safety=each.safety,
            environment=each.environment,
            caller=caller,
        )
        for each in data.data
    ]
    return await submit_many(request, district_of(request).score_streets, wishes, encode)


@put("/street-scores/weights", opt={"action": Action.STREET_SCORES_EDIT}, tags=_TAGS, operation_id="weighStreetScores")
async def weigh(request: JinpaiRequest, data: JSONBody[WeightsBody]) -> WeightsShown:
    """Say what each dimension weighs from a month on."""
    district = district_of(request)
    weights = Weights(order=data.order, safety=data.safety, environment=data.environment)
    by, now = principal_of(request), district.clock.now()
    await district.database.run(lambda tx: set_weights(tx, data.from_month, weights, by=by, now=now))
    return WeightsShown(order=weights.order, safety=weights.safety, environment=weights.environment)


route_handlers: list[Any] = [show, record, weigh]
