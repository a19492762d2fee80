"""The names of states, steps, channels and urgencies, as codes and as words."""

from collections.abc import Mapping
from enum import StrEnum

from kernel.messages import N_, Text


class State(StrEnum):
    """Where a case stands."""

    REPORTED = "reported"  # 待核实
    RETURNED = "returned"  # 退回补充
    VERIFIED = "verified"  # 已核实
    SOLVED = "solved"  # 已解决
    REJECTED = "rejected"  # 不予认定
    DUPLICATE = "duplicate"  # 重复


class CaseAction(StrEnum):
    """The steps in the life of a case, reporting aside."""

    VERIFY = "verify"
    RETURN = "return"
    COMPLETE = "complete"
    REJECT = "reject"
    SOLVE = "solve"
    DUPLICATE = "duplicate"
    REOPEN = "reopen"
    UNDO = "undo"


class Channel(StrEnum):
    """How a report arrived."""

    PHONE = "phone"  # the steward's own, 随手报
    DESK = "desk"
    CHAT = "chat"
    RESIDENT = "resident"  # 居民反映, taken over by staff
    SHEET = "sheet"
    API = "api"


class Urgency(StrEnum):
    """Whether anyone is in danger."""

    NORMAL = "normal"
    HAZARD = "hazard"  # 险情


STATES: Mapping[str, str] = {
    "reported": N_("待核实"),
    "returned": N_("退回补充"),
    "verified": N_("已核实"),
    "solved": N_("已解决"),
    "rejected": N_("不予认定"),
    "duplicate": N_("重复件"),
}
ACTIONS: Mapping[str, str] = {
    "report": N_("上报"),
    "verify": N_("核实"),
    "return": N_("退回"),
    "complete": N_("补充"),
    "reject": N_("判为不予认定"),
    "solve": N_("办结"),
    "duplicate": N_("标为重复"),
    "reopen": N_("重新打开"),
    "undo": N_("撤回"),
}
CHANNELS: Mapping[str, str] = {
    "phone": N_("手机随手报"),
    "desk": N_("窗口代录"),
    "chat": N_("群聊转录"),
    "resident": N_("居民反映"),
    "sheet": N_("表格导入"),
    "api": N_("系统对接"),
}
URGENCIES: Mapping[str, str] = {"normal": N_("一般"), "hazard": N_("险情")}


def state_text(state: str) -> Text:
    """A state in words."""
    return Text(STATES[state])


def action_text(action: str) -> Text:
    """A step in words, as a verb."""
    return Text(ACTIONS[action])


def channel_text(channel: str) -> Text:
    """A channel in words."""
    return Text(CHANNELS[channel])
