"""What breaking the rules costs: deduction lists, cheating, absence without excuse."""

from typing import Annotated, Literal

from pydantic import Field

from kernel.messages import N_
from points.rules.caps import Period
from points.rules.fields import Code, Contradictions, Days, Named, Section, SomePoints


class DeductionItem(Named):
    """One item of a deduction list (扣分项)."""

    group: Code
    points: SomePoints


class Deductions(Section):
    """A deduction list (扣分清单): items in groups, each with its points, after appeal."""

    groups: Annotated[dict[Code, Named], Field(min_length=1)]
    items: Annotated[dict[Code, DeductionItem], Field(min_length=1, max_length=500)]


class Cheating(Section):
    """What faking costs (弄虚作假): the balance, gifts not yet fetched, and years without promotion or title."""

    items: tuple[Code, ...] = ("false_report",)  # of the deduction list: those that are cheating
    zeroes_balance: bool = True
    voids_gifts: bool = False
    bars_years: tuple[Annotated[int, Field(ge=1, le=50)], ...] = ()  # for the first, second … time; then the last

    def barred_years(self, offence: int) -> int:
        """For how many years the n-th offence, from 1, bars from promotion and titles."""
        return self.bars_years[min(offence, len(self.bars_years)) - 1] if self.bars_years else 0


class NoShows(Section):
    """How often somebody may stay away without excuse (无故缺席), and what happens then."""

    most: Annotated[int, Field(ge=1, le=1_000)]
    period: Period = "year"
    then: Literal["warn", "suspend", "leave"] = "suspend"
    suspend_days: Days = 0

    def reached(self, no_shows: int) -> bool:
        """Whether absences of a period have consequences."""
        return no_shows >= self.most


class Sanctions(Section):
    """What breaking the rules costs (处理), always after the steward was heard."""

    deductions: Deductions | None = None
    cheating: Cheating | None = None
    no_shows: NoShows | None = None
    appeal_days: Days = 7


def sanction_contradictions(sanctions: Sanctions) -> Contradictions:
    """Where a list names a group that is not there, bars shrink, or suspending has no length."""
    listed = sanctions.deductions
    if listed is not None:
        for code, item in listed.items.items():
            if item.group not in listed.groups:
                at = ("sanctions", "deductions", "items", code, "group")
                yield at, N_("没有扣分类别“{group}”"), {"group": item.group}
        used = {item.group for item in listed.items.values()}
        for group in listed.groups:
            if group not in used:
                yield ("sanctions", "deductions", "groups", group), N_("扣分类别“{group}”里没有一项"), {"group": group}
    cheating = sanctions.cheating
    known = {"false_report", *(listed.items if listed is not None else ())}
    for index, faked in enumerate(cheating.items if cheating is not None else ()):
        if faked not in known:
            yield ("sanctions", "cheating", "items", index), N_("扣分清单里没有“{item}”"), {"item": faked}
    if cheating is not None and list(cheating.bars_years) != sorted(cheating.bars_years):
        yield ("sanctions", "cheating", "bars_years"), N_("再犯不能比初犯轻"), {}
    absent = sanctions.no_shows
    if absent is not None and (absent.then == "suspend") != bool(absent.suspend_days):
        yield ("sanctions", "no_shows", "suspend_days"), N_("暂停要写多少天，其他处理不写"), {}
