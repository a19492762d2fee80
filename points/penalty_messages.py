"""What a steward is told of a penalty: proposed, taken, dropped."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kernel.clock import LOCAL_ZONE
from kernel.messages import N_, Text
from points.receipt import Label
from points.sanctions import Deduction
from stewards.inbox import NewMessage, register_message


def _day_of(params: Mapping[str, Any]) -> str:
    until = datetime.fromisoformat(params["until"]).astimezone(LOCAL_ZONE)
    return f"{until:%Y-%m-%d %H:%M}"


def _said(message: str) -> Any:
    def render(params: Mapping[str, Any]) -> Text:
        label = Label(params["item_zh"], english=params["item_en"])
        return Text(message, {**params, "item": label, "until": _day_of(params)})

    return render


def _taken(params: Mapping[str, Any]) -> Text:
    message = N_("{number} 已扣 {points} 分，事由：{item}。")
    if params["debt"]:
        message = N_("{number} 已扣 {points} 分，事由：{item}。积分不够，欠 {debt} 分，从以后的得分里扣还。")
    return Text(message, {**params, "item": Label(params["item_zh"], english=params["item_en"])})


register_message(
    "penalty_proposed",
    _said(
        N_("拟扣 {points} 分（{number}），事由：{item}。有异议请在 {until} 前提出，由另一个人裁定；不提则到期生效。")
    ),
)
register_message("penalty_taken", _taken)
register_message("penalty_dropped", _said(N_("{number} 不再扣分，事由：{item}。")))


def penalty_message(row: Mapping[str, Any], code: str, deduction: Deduction, *, step: str, **more: Any) -> NewMessage:
    """The message to whom a penalty is about, once for each of its steps."""
    params = {
        "number": row["number"],
        "points": row["points"],
        "item_zh": deduction.zh,
        "item_en": deduction.en,
        "until": row["object_until"].isoformat(),
        **more,
    }
    return NewMessage(steward_id=row["steward_id"], code=code, params=params, cause=f"penalty {row['number']}/{step}")
