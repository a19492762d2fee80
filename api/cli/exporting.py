"""`jinpai export`: what a steward was given, as a table for a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from api.cli.opening import opened
from api.cli.terminal import CommandFailed, Exit, give_file, give_json
from kernel.clock import LOCAL_ZONE, SystemClock, local_date
from kernel.messages import Locale, Text
from kernel.settings import Settings
from points.receipt import sentence
from points.statement import ACCOUNT_NAMES, StatementEntry, statement
from stewards.directory import StewardEntry, find_stewards
from stewards.principal import system_principal

_PAGE = 500
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_HEADERS: dict[Locale, tuple[str, ...]] = {
    "zh": ("时间", "事由", "编号", "账户", "积分", "余额", "欠分", "说明"),
    "en": ("Time", "Reason", "Reference", "Account", "Points", "Balance", "Owed", "Explanation"),
}


async def export_statement(settings: Settings, number: str, out: Path | None, *, locale: Locale, as_json: bool) -> None:
    """Write a steward's whole statement, newest first: .xlsx or .csv by the file's name, else .csv to stdout.

    Raises:
        CommandFailed: there is no such steward.

    """
    async with opened(settings) as database:
        reader = await database.reader()
        today = local_date(SystemClock().now())
        found = await find_stewards(reader, system_principal("jinpai export"), numbers=[number], today=today)
        if not found:
            raise CommandFailed(f"no steward has the number {number}")
        entries: list[StatementEntry] = []
        while True:
            page = await statement(
                reader, found[0].id, starting_after=entries[-1].cursor if entries else None, limit=_PAGE
            )
            entries += page
            if len(page) < _PAGE:
                break
    if as_json:
        give_json(_as_json(found[0], entries))
        return
    rows = [_row(entry, locale) for entry in entries]
    if out is not None and out.suffix.lower() not in {".csv", ".xlsx"}:
        raise CommandFailed(f"--out {out}: .csv or .xlsx", Exit.USAGE)
    give_file(out, _xlsx(rows, locale) if out is not None and out.suffix.lower() == ".xlsx" else _csv(rows, locale))


def plain_cell(value: object) -> object:
    """A cell that no spreadsheet program takes for a formula."""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value


def _local(instant: datetime) -> str:
    return instant.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def _row(entry: StatementEntry, locale: Locale) -> tuple[object, ...]:
    moved = entry.sign * entry.points
    of_debt = entry.account == "debt"
    return (
        _local(entry.occurred_at),
        entry.reason,
        entry.reference,
        Text(ACCOUNT_NAMES[entry.account]).render(locale),
        None if of_debt else moved,
        None if of_debt else entry.balance_after,
        entry.balance_after if of_debt else None,
        sentence(entry.receipt).render(locale) if entry.receipt else "",
    )


def _csv(rows: Sequence[Sequence[object]], locale: Locale) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEADERS[locale])
    writer.writerows([plain_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")  # the mark tells Excel that this is UTF-8


def _xlsx(rows: Sequence[Sequence[object]], locale: Locale) -> bytes:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    page = book.add_worksheet()
    page.write_row(0, 0, _HEADERS[locale], book.add_format({"bold": True}))
    for at, row in enumerate(rows, 1):
        page.write_row(at, 0, [plain_cell(cell) for cell in row])
    page.set_column(0, 2, 22)
    page.set_column(7, 7, 60)
    page.freeze_panes(1, 0)
    book.close()
    return held.getvalue()


def _as_json(steward: StewardEntry, entries: Sequence[StatementEntry]) -> dict[str, Any]:
    return {
        "steward": {"id": steward.id, "number": steward.number},
        "data": [
            {
                "id": entry.id,
                "account": entry.account,
                "points": entry.sign * entry.points,
                "balance_after": entry.balance_after,
                "reason": entry.reason,
                "reference": entry.reference,
                "reverses_id": entry.reverses_id,
                "reversed_by_id": entry.reversed_by_id,
                "occurred_at": entry.occurred_at,
                "recorded_at": entry.recorded_at,
                "zh": sentence(entry.receipt).render("zh") if entry.receipt else None,
                "en": sentence(entry.receipt).render("en") if entry.receipt else None,
            }
            for entry in entries
        ],
    }
