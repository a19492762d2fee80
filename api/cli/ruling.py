"""`jinpai rules`: rule sets from files, checked, rehearsed and published."""

import time
from datetime import date
from pathlib import Path

from api.cli.opening import opened
from api.cli.terminal import CommandFailed, Exit, both, confirm, give, give_file, give_json, give_table, language, say
from api.rehearsal_names import steward_names, street_names
from kernel.clock import SystemClock, local_date
from kernel.consultation.versions import VersionRecord, list_versions
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.settings import Settings
from points.multipliers import MONTH
from points.recalculating import plan_corrections, recalculate_all
from points.rehearsing import rehearse
from points.rule_documents import RulesRefused, read_rules
from points.rule_versions import RULES, publish_rules
from points.rules import RuleSet


def check(path: Path, *, as_json: bool) -> Exit:
    """Say everything that is wrong with a rule set, or what it holds."""
    try:
        rules = read_rules(_text(path))[0]
    except RulesRefused as refused:
        if as_json:
            faults = [
                {"pointer": fault.pointer, "zh": fault.text.render("zh"), "en": fault.text.render("en")}
                for fault in refused.faults
            ]
            give_json({"sound": False, "faults": faults})
        for fault in refused.faults:
            say(f"{path}: {fault.pointer or '/'}: {both(fault.text)}")
        return Exit.FAILED
    if as_json:
        give_json({"sound": True, "name": rules.name, "effective_on": rules.effective_on, "faults": []})
    else:
        give(f"{rules.name}: sound, in force from {rules.effective_on}")
    return Exit.DONE


async def rehearse_file(
    settings: Settings,
    path: Path,
    *,
    from_on: date | None,
    to_on: date | None,
    workbook: Path | None,
    as_json: bool,
) -> Exit:
    """Assess past events again under a rule set: who gains, who loses, by street. Nothing is kept or posted."""
    from api.rehearsal_sheets import sheets_of
    from api.rehearsals import days_of

    rules = _sound(path)
    begins, ends = days_of(from_on, to_on, today=local_date(SystemClock().now()))
    async with opened(settings) as database:
        reader = await database.reader()
        started = time.monotonic()
        figures = await rehearse(reader, rules, from_on=begins, to_on=ends)
        say(f"{figures.events:,} events in {time.monotonic() - started:.1f} s")
        streets = await street_names(reader)
        if workbook is not None:
            give_file(workbook, sheets_of(figures, streets, await steward_names(reader, figures), language()))
    if as_json:
        give_json(figures.plain())
        return Exit.DONE
    give(
        f"{begins} to {ends}: {figures.total.now:,} points as recorded, {figures.total.draft:,} under {rules.name} "
        f"({figures.total.change:+,}); {figures.gain:,} stewards gain, {figures.lose:,} lose, {figures.same:,} the same"
    )
    give(f"to be spent: {figures.outstanding.now:,} now, {figures.outstanding.draft:,} then")
    if figures.refused:
        give("not assessable: " + ", ".join(f"{code} {count:,}" for code, count in figures.refused.items()))
    give_table(
        ("street", "as recorded", "then", "change", "gain", "lose"),
        [
            (streets.get(street, ("", ""))[0], found.now, found.draft, f"{found.change:+}", found.gain, found.lose)
            for street, found in figures.by_street.items()
        ],
    )
    return Exit.DONE


async def recalculated(
    settings: Settings,
    *,
    first: str,
    last: str,
    version: int | None,
    cause: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> Exit:
    """Post what past months should have been worth and were not, as corrections; nothing recorded is rewritten."""
    for option, month in (("--first", first), ("--last", last)):
        if not MONTH.fullmatch(month):
            raise CommandFailed(f"{option} {month}: a month such as 2026-10", Exit.USAGE)
    async with opened(settings) as database:
        try:
            plans = await plan_corrections(await database.reader(), first=first, last=last, version=version)
            more = sum(max(0, plan.points) for plan in plans)
            less = sum(max(0, -plan.points) for plan in plans)
            say(f"{len(plans):,} corrections: {more:,} points more, {less:,} less")
            if not plans or dry_run:
                return Exit.DONE
            confirm(f"Post {len(plans):,} corrections? Each steward reads why on the statement.", yes=yes)
            posted, unpaid = await recalculate_all(database, plans, cause=cause, by=None, now=SystemClock().now())
        except Refusal as refusal:
            raise CommandFailed(both(refusal.text)) from refusal
    if as_json:
        give_json({"posted": posted, "unpaid": unpaid, "more": more, "less": less})
    else:
        give(f"{posted:,} corrections posted")
    if unpaid:
        say(f"{unpaid:,} not posted: the budgets of their streets hold too little; fund them and run this again")
        return Exit.PARTLY
    return Exit.DONE


def _sound(path: Path) -> RuleSet:
    try:
        return read_rules(_text(path))[0]
    except RulesRefused as refused:
        lines = [f"{path}: {fault.pointer or '/'}: {both(fault.text)}" for fault in refused.faults]
        raise CommandFailed("\n".join(lines)) from refused


async def publish(settings: Settings, path: Path, *, dry_run: bool, yes: bool, as_json: bool) -> Exit:
    """Publish a rule set as the next version."""
    document, rules = _text(path), _sound(path)
    async with opened(settings) as database:
        if dry_run:
            newest = (await list_versions(await database.reader(), RULES))[:1]
            say(f"would follow version {newest[0].number if newest else 0}, in force from {rules.effective_on}")
            return Exit.DONE
        confirm(
            f"Publish {rules.name!r}, in force from {rules.effective_on}? A published version never changes.", yes=yes
        )
        now = SystemClock().now()

        async def use_case(tx: Tx) -> VersionRecord:
            return await publish_rules(tx, document, by=None, now=now)

        published = await database.run(use_case)
    if as_json:
        give_json({"number": published.number, "name": published.name, "effective_on": published.effective_on})
    else:
        give(f"version {published.number}: {published.name}, in force from {published.effective_on}")
    return Exit.DONE


async def listed(settings: Settings, *, as_json: bool) -> None:
    """Every published version, the newest first."""
    async with opened(settings) as database:
        found = await list_versions(await database.reader(), RULES)
    if as_json:
        give_json(
            [
                {
                    "number": version.number,
                    "name": version.name,
                    "effective_on": version.effective_on,
                    "published_at": version.published_at,
                    "sha256": version.document_sha256,
                }
                for version in found
            ]
        )
        return
    give_table(
        ("number", "name", "in force from", "published"),
        [(version.number, version.name, version.effective_on, version.published_at) for version in found],
    )


def _text(path: Path) -> bytes:
    if not path.is_file():
        raise CommandFailed(f"no file {path}", Exit.USAGE)
    return path.read_bytes()
