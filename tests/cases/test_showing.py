"""One case in full, with its history, its links and its evidence, for whoever may read it."""

import pytest

from cases.evidence import EVIDENCE_LIMIT, Attached, NewEvidence, attach_evidence
from cases.refusals import UnknownCase
from cases.showing import find_case_id, show_case
from kernel.database import Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.models import StoredFile
from stewards.principal import Principal
from tests.cases.district import (
    DONGSI_ADMIN,
    LONGTAN_ADMIN,
    XILI_CHIEF,
    District,
    a_report,
    a_step,
    as_steward,
    by_steward,
)
from tests.stewards.builders import NOON


async def stored_files(district: District, count: int) -> list[str]:
    """Hashes of files that were uploaded."""
    hashes = [f"{at:064x}" for at in range(1, count + 1)]
    rows = [
        {"sha256": sha256, "media_type": "image/jpeg", "size_bytes": 100 + at, "stored_at": NOON}
        for at, sha256 in enumerate(hashes)
    ]

    async def store(tx: Tx) -> None:
        await tx.insert(StoredFile, rows)

    await district.database.run(store)
    return hashes


async def attach(district: District, *wishes: tuple[object, str, Principal]) -> list[Attached | Refusal]:
    listed = [NewEvidence(case_id=case.case_id, file_sha256=sha, actor=by) for case, sha, by in wishes]  # type: ignore[attr-defined]
    return await district.database.run(lambda tx: attach_evidence(tx, listed, now=NOON))


async def test_a_case_shows_its_history_with_notes_names_and_receipts(district: District) -> None:
    [case] = await district.reported(a_report(reporter=by_steward(district.zhao), description="路面有坑"))
    await district.handled(
        a_step(case, "return", note="请补照片"),
        a_step(case, "complete", as_steward(district.zhao), note="补好了"),
        a_step(case, "verify"),
    )
    shown = await show_case(await district.database.reader(), XILI_CHIEF, case.case_id)
    assert [(step.action, step.to_state, step.note) for step in shown.timeline] == [
        ("report", "reported", None),
        ("return", "returned", "请补照片"),
        ("complete", "reported", "补好了"),
        ("verify", "verified", None),
    ]
    assert [step.actor_name for step in shown.timeline[::2]] == ["赵示例", "赵示例"]
    assert shown.timeline[1].reason == "photo_missing"
    assert shown.timeline[3].points == 6
    assert shown.timeline[3].receipt is not None
    assert (shown.line.description, shown.line.lane_name, shown.line.steward_name) == (
        "路面有坑",
        "夕照寺西里主线",
        "赵示例",
    )


async def test_duplicates_are_linked_both_ways(district: District) -> None:
    first, second, third = await district.reported(a_report(), a_report(), a_report())
    await district.handled(
        a_step(second, "duplicate", duplicate_of=first.case_id), a_step(third, "duplicate", duplicate_of=first.case_id)
    )
    reader = await district.database.reader()
    original = await show_case(reader, LONGTAN_ADMIN, first.case_id)
    assert [link.number for link in original.duplicates] == [second.number, third.number]
    assert original.duplicate_of is None
    duplicate = await show_case(reader, LONGTAN_ADMIN, second.case_id)
    assert duplicate.duplicate_of is not None
    assert duplicate.duplicate_of.number == first.number
    assert duplicate.duplicates == ()
    assert duplicate.timeline[-1].other_number == first.number


async def test_a_foreign_case_answers_like_an_unknown_one(district: District) -> None:
    [case] = await district.reported(a_report())
    reader = await district.database.reader()
    for principal, case_id in (
        (DONGSI_ADMIN, case.case_id),
        (as_steward(district.qian), case.case_id),
        (LONGTAN_ADMIN, new_id()),
    ):
        with pytest.raises(UnknownCase):
            await show_case(reader, principal, case_id)
    assert await find_case_id(reader, LONGTAN_ADMIN, case.number) == case.case_id
    assert await find_case_id(reader, DONGSI_ADMIN, case.number) is None
    assert await find_case_id(reader, LONGTAN_ADMIN, "\0") is None


async def test_evidence_is_attached_once_and_up_to_a_limit(district: District) -> None:
    [case] = await district.reported(a_report())
    files = await stored_files(district, EVIDENCE_LIMIT + 1)
    mine = as_steward(district.zhao)
    outcomes = await attach(district, *[(case, sha, mine) for sha in [*files, files[0], "f" * 64, "\0"]])
    assert [outcome.code if isinstance(outcome, Refusal) else outcome.repeated for outcome in outcomes] == [
        *[False] * EVIDENCE_LIMIT,
        "too_much_evidence",
        True,
        "unknown_file",
        "unknown_file",
    ]
    shown = await show_case(await district.database.reader(), mine, case.case_id)
    assert [file.file_sha256 for file in shown.evidence] == files[:EVIDENCE_LIMIT]
    assert shown.line.evidence_count == EVIDENCE_LIMIT


async def test_evidence_comes_from_who_may_report_and_while_the_case_is_open(district: District) -> None:
    [case] = await district.reported(a_report())
    [file] = await stored_files(district, 1)
    outcomes = await attach(
        district, (case, file, as_steward(district.qian)), (case, file, DONGSI_ADMIN), (case, file, XILI_CHIEF)
    )
    assert [outcome.code if isinstance(outcome, Refusal) else "attached" for outcome in outcomes] == [
        "unknown_case",
        "unknown_case",
        "attached",
    ]
    [other] = await district.reported(a_report())
    await district.handled(a_step(other, "reject"))
    [closed] = await attach(district, (other, file, XILI_CHIEF))
    assert isinstance(closed, Refusal)
    assert closed.code == "evidence_closed"
