"""Published rule sets: numbered, never changed, each in force from its local date until the next one begins."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from kernel.clock import local_date
from kernel.consultation.kinds import DocumentKind, Written
from kernel.consultation.versions import VersionRecord, publish_version
from kernel.database import Reader, Tx
from kernel.errors import Kind, Refusal
from points.models import RuleComment, RuleDraft, RuleVersion
from points.rule_documents import parse_rules, read_rules
from points.rules import Rules, RuleSet

_PARSED: dict[UUID, RuleSet] = {}  # published documents never change, so nothing here grows stale
_MOST_PARSED = 64


class RulesInThePast(Refusal):
    """A new version would reach back to days that may have been assessed already."""

    code = "rules_in_the_past"
    kind = Kind.INVALID
    message = "新规则最早从 {earliest} 起生效：已经计过的分不再改变。"


class CapMeansOtherwise(Refusal):
    """A cap's code counted something else in an earlier version; its windows would mix the two."""

    code = "cap_means_otherwise"
    kind = Kind.INVALID
    message = "上限“{cap}”在第 {number} 版规则里的含义不同，请换一个代码。"


class NoRulesInForce(Refusal):
    """No rule set was in force on a day."""

    code = "no_rules_in_force"
    message = "{day} 还没有生效的积分规则。"


async def check_next_rules(reader: Reader, rules: RuleSet, now: datetime) -> None:
    """Whether a rule set could follow what was published: it begins today at the earliest, and not before the newest.

    Raises:
        RulesInThePast: it would change what was assessed already.
        CapMeansOtherwise: a cap takes up the code of another one.

    """
    found = await reader.rows(RuleVersion, "ORDER BY number DESC")
    if found:
        earliest = max(local_date(now), found[0]["effective_on"])
        if rules.effective_on < earliest:
            raise RulesInThePast(pointer="/effective_on", earliest=earliest.isoformat())
    for row in found:
        _check_caps(rules, row["number"], row["document"])


RULES = DocumentKind(
    audit="rules",
    subject="rule",
    versions=RuleVersion,
    drafts=RuleDraft,
    comments=RuleComment,
    read=read_rules,
    check_next=check_next_rules,
)


async def publish_rules(tx: Tx, document: Written, *, by: UUID | None, now: datetime) -> VersionRecord:
    """Publish a rule set as the next version. The newest one again, word for word, is answered as it is.

    The first version may begin on any day; later ones begin today at the earliest, and not before the newest.

    Raises:
        RulesRefused: the document has mistakes.
        RulesInThePast, CapMeansOtherwise: see check_next_rules.

    """
    return await publish_version(tx, RULES, document, by=by, now=now)


def _check_caps(rules: RuleSet, number: int, document: str) -> None:
    """A cap window is known by its cap's code, so the code has to mean the same in every version."""
    earlier = {cap.code: cap for cap in parse_rules(document).caps}
    for at, cap in enumerate(rules.caps):
        before = earlier.get(cap.code)
        if before and (before.per, before.period, before.counts) != (cap.per, cap.period, cap.counts):
            raise CapMeansOtherwise(pointer=f"/caps/{at}/code", cap=cap.code, number=number)


async def rules_on(reader: Reader, days: Iterable[date]) -> dict[date, Rules]:
    """The rules in force on local days. Days before the first version are absent."""
    heads = await reader.fetch(
        "SELECT id, number, effective_on FROM points_rule_version ORDER BY effective_on, number",
        types={"id": UUID, "effective_on": date},
    )
    begins = [head["effective_on"] for head in heads]
    chosen = {day: heads[at - 1] for day in set(days) if (at := bisect_right(begins, day))}
    documents = await _documents(reader, {head["id"] for head in chosen.values()})
    return {day: Rules(head["id"], head["number"], documents[head["id"]]) for day, head in chosen.items()}


async def rules_by_id(reader: Reader, version_ids: Iterable[UUID]) -> dict[UUID, Rules]:
    """Published rules by version id."""
    wanted = list(set(version_ids))
    heads = await reader.fetch(
        f"SELECT id, number FROM points_rule_version WHERE {reader.one_of('id', 1)}", wanted, types={"id": UUID}
    )
    documents = await _documents(reader, {head["id"] for head in heads})
    return {head["id"]: Rules(head["id"], head["number"], documents[head["id"]]) for head in heads}


async def rules_by_number(reader: Reader, number: int) -> Rules | None:
    """A published version by its number."""
    found = await reader.rows(RuleVersion, "WHERE number = $1", number)
    return (await rules_by_id(reader, [found[0]["id"]]))[found[0]["id"]] if found else None


async def _documents(reader: Reader, version_ids: set[UUID]) -> dict[UUID, RuleSet]:
    parsed = {version_id: _PARSED[version_id] for version_id in version_ids if version_id in _PARSED}
    if unread := sorted(version_ids - parsed.keys()):
        for row in await reader.rows(RuleVersion, f"WHERE {reader.one_of('id', 1)}", unread):
            parsed[row["id"]] = parse_rules(row["document"])
        if len(_PARSED) + len(unread) > _MOST_PARSED:
            _PARSED.clear()
        _PARSED.update((version_id, parsed[version_id]) for version_id in unread)
    return parsed
