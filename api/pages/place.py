"""A steward's place this month, in words: rank, movement since yesterday, and how far the next place is."""

from dataclasses import dataclass
from typing import Literal

from kernel.messages import N_, Text
from rewards.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceWords:
    """A standing as its steward reads it."""

    rank: Text
    way: Literal["up", "down", "same"]
    movement: Text
    ahead: Text


def place_words(standing: Standing) -> PlaceWords:
    """A standing in words; never only a sign or a colour."""
    if standing.rank is None:
        return PlaceWords(
            rank=Text(N_("本月还没有得分")),
            way="same",
            movement=Text(""),
            ahead=Text(N_("本街道已有 {people} 人得分"), {"people": standing.of_how_many}),
        )
    return PlaceWords(
        rank=Text(N_("第 {rank} 名"), {"rank": standing.rank}),
        way="same" if not standing.movement else "up" if standing.movement < 0 else "down",
        movement=_movement(standing),
        ahead=_ahead(standing),
    )


def _movement(standing: Standing) -> Text:
    movement = standing.movement
    if movement is None:
        # Where nobody near had a place yesterday, being new says nothing.
        compared = any(near.rank_then is not None for near in (*standing.above, *standing.below))
        return Text(N_("新上榜") if compared else "")
    if movement == 0:
        return Text(N_("与昨天持平"))
    return Text(N_("▲ 比昨天升 {places}") if movement < 0 else N_("▼ 比昨天降 {places}"), {"places": abs(movement)})


def _ahead(standing: Standing) -> Text:
    better = [ranked for ranked in standing.above if ranked.points > standing.points]
    if not better:
        return Text(N_("本月得 {points} 分，在本街道 {people} 人里最多"), _counted(standing))
    params = {**_counted(standing), "gap": better[-1].points - standing.points}
    return Text(N_("本月得 {points} 分，本街道 {people} 人得分，离前一名差 {gap} 分"), params)


def _counted(standing: Standing) -> dict[str, int]:
    return {"points": standing.points, "people": standing.of_how_many}
