"""The steward's statement (明细): by month, with a receipt on each line that says why."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from litestar import get
from litestar.response import Template

from api.composition import district_of
from api.pages.entries import Line, Month, by_month, line_of
from api.pages.own import read_self
from api.pages.rendering import PageRequest, page
from kernel.database import Reader
from kernel.messages import N_
from points.balances import balance
from points.statement import CursorUnfit, statement
from stewards.permissions import Action

Shown = Literal["all", "earned", "spent"]

SHOWN_WORDS: dict[Shown, str] = {"all": N_("全部"), "earned": N_("得分"), "spent": N_("用分")}
_PAGE = 30
_READ_AT_ONCE = 100
_MOST_READS = 3  # a filter reads on until its page is full, but not for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPage:
    """Some months of a statement, and where the next page begins."""

    months: tuple[Month, ...]
    following: str | None

    @property
    def operations(self) -> frozenset[UUID]:
        """The operations on this page, so that a reversal can lead to its original."""
        return frozenset(line.operation_id for month in self.months for line in month.lines)


def shown_of(asked: str | None) -> Shown:
    """The filter that an address asks for."""
    return "earned" if asked == "earned" else "spent" if asked == "spent" else "all"


def _matches(line: Line, shown: Shown) -> bool:
    return shown == "all" or (not line.of_debt and line.flow == ("in" if shown == "earned" else "out"))


async def read_statement(reader: Reader, steward_id: UUID, *, shown: Shown, after: str | None) -> StatementPage:
    """A page of a statement. A cursor that nobody gave out begins at the top."""
    lines: list[Line] = []
    cursor, following = after, None
    for _ in range(1 if shown == "all" else _MOST_READS):
        size = _PAGE if shown == "all" else _READ_AT_ONCE
        try:
            entries = await statement(reader, steward_id, starting_after=cursor, limit=size + 1)
        except CursorUnfit:
            entries = await statement(reader, steward_id, limit=size + 1)
        following = None
        for at, entry in enumerate(entries[:size]):
            cursor = entry.cursor
            line = line_of(entry)
            if _matches(line, shown):
                lines.append(line)
            if len(lines) == _PAGE or at == size - 1:
                following = cursor if at + 1 < len(entries) else None
                break
        if following is None or len(lines) == _PAGE:
            break
    whole = shown == "all"
    months = by_month(lines, from_start=whole and after is None, to_end=whole and following is None)
    return StatementPage(months=tuple(months), following=following)


@get("/me/statement", opt={"action": Action.POINTS_READ}, include_in_schema=False)
async def show_own_statement(request: PageRequest) -> Template:
    """The steward's own statement."""
    district = district_of(request)
    reader = await district.database.reader()
    steward = await read_self(reader, request)
    shown = shown_of(request.query_params.get("show"))
    return page(
        request,
        "steward/statement.html",
        steward=steward,
        purse=await balance(reader, steward.id, now=district.clock.now()),
        shown=shown,
        choices=SHOWN_WORDS,
        listed=await read_statement(reader, steward.id, shown=shown, after=request.query_params.get("after")),
        first_page="after" not in request.query_params,
    )


route_handlers: list[Any] = [show_own_statement]
