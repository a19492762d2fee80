"""`jinpai export scores`: the scores of a closed period, for a spreadsheet."""

from pathlib import Path

from api.cli.opening import opened
from api.cli.terminal import CommandFailed, Exit, give_file, give_json
from api.score_tables import score_headers, score_rows
from api.tables import csv_of, xlsx_of
from evaluation.closes import newest_close
from evaluation.figures import number
from evaluation.periods import Period
from evaluation.score_lists import ScoreEntry, list_scores
from kernel.messages import Locale
from kernel.settings import Settings
from stewards.principal import system_principal


async def export_scores(settings: Settings, period: Period, out: Path | None, *, locale: Locale, as_json: bool) -> None:
    """Write a line for each steward by number: .xlsx or .csv by the file's name, else .csv to stdout.

    Raises:
        CommandFailed: the period is not closed, or the file is of another kind.

    """
    if out is not None and out.suffix.lower() not in {".csv", ".xlsx"}:
        raise CommandFailed(f"--out {out}: .csv or .xlsx", Exit.USAGE)
    async with opened(settings) as database:
        reader = await database.reader()
        close = await newest_close(reader, period)
        if close is None:
            raise CommandFailed(f"{period.name} is not closed")
        entries = await list_scores(reader, system_principal("jinpai export"), close)
    if as_json:
        give_json([_as_json(entry) for entry in entries])
        return
    headers, rows = score_headers(entries, locale), score_rows(entries, locale)
    workbook = out is not None and out.suffix.lower() == ".xlsx"
    give_file(out, xlsx_of(headers, rows) if workbook else csv_of(headers, rows))


def _as_json(entry: ScoreEntry) -> dict[str, object]:
    return {
        "steward": {"id": entry.steward_id, "number": entry.number},
        "period": entry.period,
        "score": number(entry.score),
        "low": number(entry.low),
        "high": number(entry.high),
        "place": entry.place,
        "multiplier_percent": entry.multiplier_percent,
        "coaching": entry.coaching,
        "sources": {source.code: number(source.score) for source in entry.sources},
    }
