"""What stewards are told of manual awards."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.database import Tx
from kernel.errors import Refusal
from kernel.messages import N_, Text
from points.grant_terms import GrantTerms
from points.receipt import Label
from points.wishes import Posted
from stewards.inbox import NewMessage, post_messages, register_message

REVERSAL_CAUSES: Mapping[str, str] = {
    "mistake": N_("登记有误"),
    "twice": N_("重复登记"),
    "not_entitled": N_("不符合条件"),
}


def _given(params: Mapping[str, Any]) -> Text:
    said = {**params, "reason": Label(params["reason_zh"], english=params["reason_en"])}
    return Text(N_("给您加分 {points} 分，事由：{reason}（{number}）。现有可用积分 {balance} 分。"), said)


def _taken_back(params: Mapping[str, Any]) -> Text:
    said = {**params, "cause": Text(REVERSAL_CAUSES[params["cause"]])}
    if params["debt"]:
        return Text(
            N_("{number} 加的 {points} 分已撤回，原因：{cause}。其中 {debt} 分已用掉，从以后的得分里扣还。"), said
        )
    return Text(N_("{number} 加的 {points} 分已撤回，原因：{cause}。"), said)


register_message("grant_given", _given)
register_message("grant_reversed", _taken_back)


async def tell_given(
    tx: Tx,
    rows: Iterable[Mapping[str, Any]],
    posted: Mapping[UUID, Posted | Refusal | None],
    terms: GrantTerms,
    *,
    now: datetime,
) -> None:
    """Tell stewards of what was posted, by the id of the award."""
    messages = []
    for row in rows:
        given = posted.get(row["id"])
        if isinstance(given, Posted):
            label = terms.reasons.get(row["reason"], Label(row["reason"]))
            params = {
                "number": row["number"],
                "points": row["points"],
                "reason_zh": label.message,
                "reason_en": label.english,
                "balance": given.balance_after,
            }
            cause = f"grant {row['number']}"
            messages.append(NewMessage(steward_id=row["steward_id"], code="grant_given", params=params, cause=cause))
    await post_messages(tx, messages, now=now)


async def tell_taken_back(tx: Tx, taken: Iterable[tuple[Mapping[str, Any], Posted, str]], *, now: datetime) -> None:
    """Tell stewards of what was taken back, why, and what they owe for it."""
    messages = []
    for row, posted, cause in taken:
        params = {"number": row["number"], "points": row["points"], "cause": cause, "debt": posted.debt_added}
        messages.append(
            NewMessage(
                steward_id=row["steward_id"],
                code="grant_reversed",
                params=params,
                cause=f"grant {row['number']}/reversed",
            )
        )
    await post_messages(tx, messages, now=now)
