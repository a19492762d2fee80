"""Notices: after each step that concerns a steward, a message in the inbox says what happened and why.

The outbox brings ids; what the message says is read from the rows. Free text stays where it can be erased: a message
names the reason by its code, and the note is read with the case.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from cases.reasons import reason_text
from cases.transitions import credited_number
from kernel.database import Row, Tx
from kernel.messages import N_, Text
from kernel.outbox import InBatches, Payload
from points.receipt import Receipt, sentence
from stewards.inbox import NewMessage, post_messages, register_message

_EVENT_TYPES: dict[str, type] = {"event_id": UUID, "case_id": UUID, "steward_id": UUID}
_EVENTS = """
    SELECT e.id AS event_id, e.case_id, c.number, c.steward_id, e.reason, award.receipt, other.number AS other_number
    FROM cases_event e JOIN cases_case c ON c.id = e.case_id
    LEFT JOIN points_award award ON award.id = e.award_id
    LEFT JOIN cases_case other ON other.id = e.other_case_id
    WHERE {events} ORDER BY e.case_id, e.version
"""


def _receipt_text(params: Mapping[str, Any]) -> Text:
    return sentence(Receipt.from_json(params["receipt"]))


def _with_receipt(message: str) -> Callable[[Mapping[str, Any]], Text]:
    def render(params: Mapping[str, Any]) -> Text:
        return Text(message, {"number": params["number"], "receipt": _receipt_text(params)})

    return render


def _with_reason(message: str) -> Callable[[Mapping[str, Any]], Text]:
    def render(params: Mapping[str, Any]) -> Text:
        return Text(message, {"number": params["number"], "reason": reason_text(params["reason"])})

    return render


def _reopened(params: Mapping[str, Any]) -> Text:
    said = {"number": params["number"], "reason": reason_text(params["reason"]), "points": params["points"]}
    if params["points"]:
        return Text(N_("案件 {number} 重新办理，原因：{reason}。已撤回 {points} 分，核实后重新计分。"), said)
    return Text(N_("案件 {number} 重新办理，原因：{reason}。"), said)


def _duplicate(params: Mapping[str, Any]) -> Text:
    said = {"number": params["number"], "original": params["original"], "points": params["points"]}
    if params["points"]:
        return Text(N_("案件 {number} 与先报的案件 {original} 重复，不另计分，已撤回 {points} 分。"), said)
    return Text(N_("案件 {number} 与先报的案件 {original} 重复，不另计分。"), said)


def _undone(params: Mapping[str, Any]) -> Text:
    if params["points"]:
        return Text(
            N_("案件 {number} 上一步操作已撤回，{points} 分等待重新核实。"),
            {"number": params["number"], "points": params["points"]},
        )
    return Text(N_("案件 {number} 上一步操作已撤回，等待重新办理。"), {"number": params["number"]})


register_message("case_verified", _with_receipt(N_("案件 {number} 已核实。{receipt}")))
register_message("case_solved", _with_receipt(N_("案件 {number} 已解决。{receipt}")))
register_message("case_returned", _with_reason(N_("案件 {number} 需要补充：{reason}。补充后会继续办理，不扣分。")))
register_message(
    "case_rejected", _with_reason(N_("案件 {number} 不予认定，原因：{reason}。如有不同意见，可向社区说明。"))
)
register_message("case_duplicate", _duplicate)
register_message("case_reopened", _reopened)
register_message("case_undone", _undone)
register_message("case_topped_up", _with_receipt(N_("案件 {number} 补计积分。{receipt}")))
register_message("award_topped_up", _receipt_text)


async def _tell(code: str, tx: Tx, payloads: Sequence[Payload], now: datetime) -> None:
    """Post one message for each step, and one for each award that a step topped up."""
    steps = [step for payload in payloads for step in payload["steps"]]
    by_event = {UUID(step["event_id"]): step for step in steps}
    events = await tx.fetch(_EVENTS.format(events=tx.one_of("e.id", 1)), list(by_event), types=_EVENT_TYPES)
    taken = await _taken_back(tx, _ids(steps, "reversed_award_ids"))
    messages = []
    for event in events:
        reversed_ids = by_event[event["event_id"]].get("reversed_award_ids", ())
        points = sum(taken.get(UUID(award), 0) for award in reversed_ids)
        messages.append(
            NewMessage(
                steward_id=event["steward_id"],
                code=code,
                params=_params(event, points),
                cause=f"case step {event['event_id']}",
            )
        )
    messages += await _topped_up(tx, _ids(steps, "top_up_award_ids"))
    await post_messages(tx, messages, now=now)


def _ids(steps: Sequence[Mapping[str, Any]], name: str) -> list[UUID]:
    return [UUID(award_id) for step in steps for award_id in step.get(name, ())]


def _params(event: Row, points_taken: int) -> dict[str, Any]:
    params: dict[str, Any] = {"case_id": str(event["case_id"]), "number": event["number"]}
    if event["reason"]:
        params["reason"] = event["reason"]
    if event["other_number"]:
        params["original"] = event["other_number"]
    if event["receipt"]:
        params["receipt"] = event["receipt"]
    params["points"] = points_taken
    return params


async def _taken_back(tx: Tx, award_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many points were taken back of each award, those that had topped it up included."""
    wanted = sorted(set(award_ids))
    if not wanted:
        return {}
    rows = await tx.fetch(
        "SELECT coalesce(original.tops_up_id, original.id) AS award_id, -sum(reversal.points) AS points "
        "FROM points_award reversal JOIN points_award original ON original.id = reversal.reverses_id "
        f"WHERE {tx.one_of('original.id', 1)} OR {tx.one_of('original.tops_up_id', 1)} "
        "GROUP BY coalesce(original.tops_up_id, original.id)",
        wanted,
        types={"award_id": UUID},
    )
    return {row["award_id"]: int(row["points"]) for row in rows}


async def _topped_up(tx: Tx, award_ids: Iterable[UUID]) -> list[NewMessage]:
    wanted = sorted(set(award_ids))
    if not wanted:
        return []
    rows = await tx.fetch(
        "SELECT top_up.id, top_up.steward_id, top_up.receipt, award.reference "
        "FROM points_award top_up JOIN points_award award ON award.id = top_up.tops_up_id "
        f"WHERE {tx.one_of('top_up.id', 1)} ORDER BY top_up.id",
        wanted,
        types={"id": UUID, "steward_id": UUID},
    )
    numbers = {row["id"]: credited_number(row["reference"]) for row in rows}
    cases = {
        case["number"]: case["id"]
        for case in await tx.fetch(
            f"SELECT id, number FROM cases_case WHERE {tx.one_of('number', 1)}",
            sorted({number for number in numbers.values() if number}),
            types={"id": UUID},
        )
    }
    messages = []
    for row in rows:
        params: dict[str, Any] = {"receipt": row["receipt"]}
        number = numbers[row["id"]]
        if number in cases:
            params |= {"case_id": str(cases[number]), "number": number}
        messages.append(
            NewMessage(
                steward_id=row["steward_id"],
                code="case_topped_up" if number in cases else "award_topped_up",
                params=params,
                cause=f"top-up {row['id']}",
            )
        )
    return messages


# Completing is the steward's own step: nobody needs to be told, so it has no topic.
_CODES: Mapping[str, str] = {
    "case.verify": "case_verified",
    "case.solve": "case_solved",
    "case.return": "case_returned",
    "case.reject": "case_rejected",
    "case.duplicate": "case_duplicate",
    "case.reopen": "case_reopened",
    "case.undo": "case_undone",
}
TOPICS = frozenset(_CODES)
HANDLERS: Mapping[str, InBatches] = {topic: InBatches(partial(_tell, code)) for topic, code in _CODES.items()}
"""The outbox handlers of this package, by topic."""
