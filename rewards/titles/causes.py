"""Codes of what happens to candidates and titles, with their words."""

from collections.abc import Mapping

from kernel.messages import N_

VETOES: Mapping[str, str] = {  # by points.rules.titles.Veto
    "faked_case": N_("虚报案件"),
    "payment_taken": N_("收受财物"),
    "privacy_breach": N_("泄露隐私"),
    "complaint_upheld": N_("严重投诉成立"),
    "cheating": N_("弄虚作假"),
}
DECLINED, HIGHER_TITLE, NO_LONGER_SERVING = "declined", "higher_title", "no_longer_serving"
STRIKES: Mapping[str, str] = {
    **VETOES,
    DECLINED: N_("本人放弃"),
    HIGHER_TITLE: N_("同期获得更高称号"),
    NO_LONGER_SERVING: N_("不再担任小巷管家"),
}
"""Why the committee strikes somebody off a list."""
REVOCATIONS: Mapping[str, str] = {**VETOES, DECLINED: N_("本人放弃"), "given_in_error": N_("评选有误")}
"""Why a title is revoked."""
BARS: Mapping[str, str] = {
    "off_boards": N_("本人不愿上榜"),
    "not_serving": N_("暂停服务中"),
    "faking": N_("因弄虚作假，不得参评期间"),
    "disbanded": N_("管家团已解散"),
    "member_faking": N_("有团员因弄虚作假，不得参评期间"),
    "struck": N_("评审或公示中移出名单"),
    "record": N_("评选期内有不良记录"),
    "winner": N_("近年已当选，本次不参选"),
    "running": N_("连续当选已满规定次数"),
}
"""What bars somebody, beside vetoes (`veto:CODE`), higher titles (`after:CODE`) and gates."""
HOLDERS: Mapping[str, str] = {"steward": N_("小巷管家"), "team": N_("管家团")}
"""To whom titles are given."""
ROUND_STATES: Mapping[str, str] = {
    "draft": N_("草稿"),
    "published": N_("规则已公布"),
    "proposed": N_("已产生名单"),
    "cancelled": N_("已取消"),
}
LIST_STATES: Mapping[str, str] = {
    "proposed": N_("待评审"),
    "reviewed": N_("待公示"),
    "noticed": N_("公示中"),
    "awarded": N_("已授予"),
    "cancelled": N_("已取消"),
}
OBJECTION_STATES: Mapping[str, str] = {
    "open": N_("待答复"),
    "upheld": N_("成立"),
    "dismissed": N_("不成立"),
}
