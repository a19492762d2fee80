"""What stewards are told: each step once, with the reason, in both languages, without anybody's free text."""

from uuid import UUID

from kernel.database import Tx
from kernel.messages import Locale
from kernel.models import OutboxRow
from stewards.inbox import read_inbox
from tests.cases.district import District, a_report, a_step, as_steward, later


async def inbox(district: District, steward_id: UUID, locale: Locale = "zh") -> list[str]:
    """A steward's messages as they read, the oldest first."""
    entries, _ = await read_inbox(await district.database.reader(), steward_id, limit=100)
    return [entry.text.render(locale) for entry in reversed(entries)]


async def test_each_step_is_told_with_its_reason(district: District) -> None:
    case, other = await district.reported(a_report(), a_report())
    steps = [
        a_step(case, "return", note="金丝雀"),
        a_step(case, "complete", as_steward(district.zhao)),
        a_step(case, "verify"),
        a_step(case, "solve"),
        a_step(case, "reopen", reason="came_back"),
        a_step(other, "reject", reason="not_public"),
    ]
    for minute, step in enumerate(steps):
        await district.handled(step, now=later(minute))
        await district.deliver(later(minute))
    number = case.number
    assert await inbox(district, district.zhao) == [
        f"案件 {number} 需要补充：缺少照片。补充后会继续办理，不扣分。",
        f"案件 {number} 已核实。道路破损，经核实得 6 分。",
        f"案件 {number} 已解决。道路破损，已经解决，加 3 分。",
        f"案件 {number} 重新办理，原因：问题又出现了。已撤回 9 分，核实后重新计分。",
        f"案件 {other.number} 不予认定，原因：不在公共区域。如有不同意见，可向社区说明。",
    ]
    english = await inbox(district, district.zhao, "en")
    assert english[3] == (
        f"Case {number} was reopened: the problem came back. "
        "Points taken back: 9; they are counted again once it is verified."
    )
    assert not any("案件" in text for text in english)


async def test_whoever_is_topped_up_is_told_why(district: District) -> None:
    cases = await district.reported(*[a_report() for _ in range(14)])
    await district.handled(*[a_step(case, "verify") for case in cases])
    await district.handled(a_step(cases[0], "reopen"))
    await district.deliver()
    told = await inbox(district, district.zhao)
    assert f"案件 {cases[13].number} 补计积分。道路破损，上限有了余量，补计 4 分。" in told


async def test_duplicates_and_undone_steps_are_told_neutrally(district: District) -> None:
    first, second, third = await district.reported(a_report(), a_report(), a_report())
    await district.handled(a_step(second, "verify"), a_step(third, "verify"))
    await district.deliver()
    await district.handled(a_step(second, "duplicate", duplicate_of=first.case_id), a_step(third, "undo"), now=later(1))
    await district.deliver(later(1))
    assert set((await inbox(district, district.zhao))[2:]) == {
        f"案件 {second.number} 与先报的案件 {first.number} 重复，不另计分，已撤回 6 分。",
        f"案件 {third.number} 上一步操作已撤回，6 分等待重新核实。",
    }


async def test_a_redelivery_tells_nothing_twice(district: District) -> None:
    [case] = await district.reported(a_report())
    await district.handled(a_step(case, "verify"))
    await district.deliver()

    async def again(tx: Tx) -> None:
        rows = await tx.rows(OutboxRow)
        await tx.update(OutboxRow, [{"id": row["id"], "handled_at": None} for row in rows])

    await district.database.run(again)
    await district.deliver()
    assert len(await inbox(district, district.zhao)) == 1
