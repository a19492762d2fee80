"""What items, orders and moves of stock can be, and how each is said."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from kernel.messages import N_, Text


class ItemKind(StrEnum):
    """What sort of thing an item is."""

    SERVICE = "service"
    GOODS = "goods"
    KIT = "kit"
    DONATION = "donation"


class OrderState(StrEnum):
    """Where an order stands."""

    RESERVED = "reserved"
    READY = "ready"
    PARTLY = "partly"
    COLLECTED = "collected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUNDED = "refunded"


OPEN_STATES = frozenset({OrderState.RESERVED, OrderState.READY, OrderState.PARTLY})


class OrderAction(StrEnum):
    """What can be done with an order once it is placed."""

    READY = "ready"
    COLLECT = "collect"
    CANCEL = "cancel"
    EXPIRE = "expire"
    REFUND = "refund"
    RECODE = "recode"
    ALLOW = "allow"
    FORBID = "forbid"


class MoveKind(StrEnum):
    """What a move of stock records."""

    RECEIVED = "received"
    RESERVED = "reserved"
    RELEASED = "released"
    COLLECTED = "collected"
    LOST = "lost"
    COUNTED = "counted"


Channel = Literal["phone", "desk", "draw", "queue", "api"]
LimitPeriod = Literal["day", "month", "quarter", "year", "ever"]
Collector = Literal["owner", "other"]

KINDS: Mapping[ItemKind, str] = {
    ItemKind.SERVICE: N_("服务"),
    ItemKind.GOODS: N_("实物"),
    ItemKind.KIT: N_("管家装备"),
    ItemKind.DONATION: N_("公益捐赠"),
}
STATES: Mapping[OrderState, str] = {
    OrderState.RESERVED: N_("已预留"),
    OrderState.READY: N_("可领取"),
    OrderState.PARTLY: N_("部分领取"),
    OrderState.COLLECTED: N_("已领取"),
    OrderState.CANCELLED: N_("已取消"),
    OrderState.EXPIRED: N_("已过期"),
    OrderState.REFUNDED: N_("已退还"),
}
ACTIONS: Mapping[OrderAction | Literal["reserve"], str] = {
    "reserve": N_("预留"),
    OrderAction.READY: N_("备好"),
    OrderAction.COLLECT: N_("领取"),
    OrderAction.CANCEL: N_("取消"),
    OrderAction.EXPIRE: N_("过期"),
    OrderAction.REFUND: N_("退还"),
    OrderAction.RECODE: N_("换领取码"),
    OrderAction.ALLOW: N_("允许代领"),
    OrderAction.FORBID: N_("不许代领"),
}
MOVES: Mapping[MoveKind, str] = {
    MoveKind.RECEIVED: N_("入库"),
    MoveKind.RESERVED: N_("预留出库"),
    MoveKind.RELEASED: N_("退回库存"),
    MoveKind.COLLECTED: N_("领取出库"),
    MoveKind.LOST: N_("损耗"),
    MoveKind.COUNTED: N_("盘点"),
}
PERIODS: Mapping[str, str] = {
    "day": N_("每天"),
    "month": N_("每月"),
    "quarter": N_("每季度"),
    "year": N_("每年"),
    "ever": N_("累计"),
}

_STATUSES: Mapping[str, str] = {
    "active": N_("在岗"),
    "suspended": N_("暂停服务"),
    "left": N_("已离任"),
    "deceased": N_("已去世"),
}

# Why stock was moved by hand, and why an order was cancelled or refunded.
MOVE_REASONS: Mapping[str, str] = {
    "delivery": N_("到货"),
    "returned": N_("退货"),
    "damaged": N_("损坏"),
    "missing": N_("丢失"),
    "past_date": N_("过保质期"),
    "moved": N_("调到别处"),
    "count": N_("盘点"),
    "opening": N_("期初"),
}
STEP_REASONS: Mapping[str, str] = {
    "changed_mind": N_("不需要了"),
    "wrong_item": N_("选错了"),
    "not_delivered": N_("货没有到"),
    "faulty": N_("有质量问题"),
    "closed": N_("地点停用"),
    "cheating": N_("弄虚作假，礼品作废"),
    "other": N_("其他"),
}


def status_text(status: str) -> Text:
    """Why a steward does not serve, in the reader's language."""
    return Text(_STATUSES[status])


def state_text(state: OrderState) -> Text:
    """A state in the reader's language."""
    return Text(STATES[state])


def action_text(action: OrderAction) -> Text:
    """An action in the reader's language."""
    return Text(ACTIONS[action])


def period_text(period: str) -> Text:
    """A period of a limit in the reader's language."""
    return Text(PERIODS[period])
