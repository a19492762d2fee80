"""`jinpai rules`: rule sets from files, checked and published."""

from pathlib import Path

from api.cli.opening import opened
from api.cli.terminal import CommandFailed, Exit, both, confirm, give, give_json, give_table, say
from kernel.clock import SystemClock
from kernel.database import Tx
from kernel.settings import Settings
from points.rule_documents import RulesRefused, read_rules
from points.rule_versions import RuleVersionRecord, list_rule_versions, publish_rules


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


async def publish(settings: Settings, path: Path, *, dry_run: bool, yes: bool, as_json: bool) -> Exit:
    """Publish a rule set as the next version."""
    document = _text(path)
    try:
        rules = read_rules(document)[0]
    except RulesRefused as refused:
        lines = [f"{path}: {fault.pointer or '/'}: {both(fault.text)}" for fault in refused.faults]
        raise CommandFailed("\n".join(lines)) from refused
    async with opened(settings) as database:
        if dry_run:
            newest = (await list_rule_versions(await database.reader()))[:1]
            say(f"would follow version {newest[0].number if newest else 0}, in force from {rules.effective_on}")
            return Exit.DONE
        confirm(
            f"Publish {rules.name!r}, in force from {rules.effective_on}? A published version never changes.", yes=yes
        )
        now = SystemClock().now()

        async def use_case(tx: Tx) -> RuleVersionRecord:
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
        found = await list_rule_versions(await database.reader())
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
