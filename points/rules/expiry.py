"""When points end, who is told before, and what becomes of those who leave."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from kernel.messages import N_
from points.rules.fields import Contradictions, Days, Points, Section


class Expiry(Section):
    """When points end (有效期): never (`none`), on 31 December of their year (`end_of_year`), of the year after it
    (`end_of_next_year`), or with everybody starting each year from a base (`annual_reset`).
    """

    policy: Literal["none", "end_of_year", "end_of_next_year", "annual_reset"] = "none"
    base: Points = 0  # what everybody has on 1 January under annual_reset
    grace_days: Days = 0  # to live for points that ended while they were held
    reminders_days: tuple[Annotated[int, Field(ge=1, le=366)], ...] = ()  # before the last day
    donate_before: bool = False  # what would end may be donated in one step

    def last_day(self, earned_on: date) -> date | None:
        """The last local day on which points earned on a day can be spent."""
        if self.policy == "none":
            return None
        return date(earned_on.year + (self.policy == "end_of_next_year"), 12, 31)

    def reminded_on(self, last_day: date) -> tuple[date, ...]:
        """The local days on which their owner is reminded, the earliest first."""
        days = sorted(set(self.reminders_days), reverse=True)
        return tuple(date.fromordinal(last_day.toordinal() - before) for before in days)


class Leavers(Section):
    """Stewards who leave have so many days to spend; the family of a deceased one collects at a desk."""

    days_to_spend: Days = 90
    family_collects: bool = True


def expiry_contradictions(expiry: Expiry) -> Contradictions:
    """Where the policy and its settings contradict each other."""
    if expiry.base and expiry.policy != "annual_reset":
        yield ("expiry", "base"), N_("只有 annual_reset 才有年初基数"), {}
    if expiry.policy == "none" and (expiry.reminders_days or expiry.grace_days or expiry.donate_before):
        yield ("expiry", "policy"), N_("积分长期有效，就没有到期提醒、宽限和到期捐赠"), {}
    if len(set(expiry.reminders_days)) != len(expiry.reminders_days):
        yield ("expiry", "reminders_days"), N_("同一个提醒日写了两次"), {}
