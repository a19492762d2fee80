"""Re-checks and alerts on both databases: drawn once, checked by somebody else, taken back like a reopening."""

from datetime import date, timedelta
from uuid import UUID

from cases.recheck_reading import list_alerts, list_rechecks
from cases.rechecks import AlertStep, RecheckStep, decide_rechecks, draw_week, recheck_jobs, review_alerts
from cases.sampling import drawn
from kernel.clock import FixedClock
from kernel.district_settings import DistrictSettings
from kernel.errors import Refusal
from kernel.jobs import run_due
from stewards.inbox import read_inbox
from stewards.principal import Principal
from stewards.roles import Role, ScopeKind
from tests.cases.district import DONGSI_ADMIN, LONGTAN_ADMIN, XILI_CHIEF, District, a_report, a_step, staff
from tests.stewards.builders import LONGTAN, NOON

OTHER_ADMIN = staff(Role.STREET_ADMIN, ScopeKind.STREET, LONGTAN, login="another")
MONDAY = date(2026, 11, 23)  # the day of NOON
JOBS = recheck_jobs(DistrictSettings(recheck_percent=5, burst_minutes=10, burst_most=15))


async def verified(district: District, count: int) -> list[str]:
    cases = await district.reported(*(a_report() for _ in range(count)))
    await district.handled(*(a_step(case, "verify") for case in cases))
    return [case.number for case in cases]


async def drawing(district: District, *, percent: int = 100, seed: str = "seed") -> int:
    return await district.database.run(
        lambda tx: draw_week(tx, MONDAY, seed=seed, percent=percent, now=NOON + timedelta(days=8))
    )


async def waiting(district: District, who: Principal = OTHER_ADMIN) -> list[UUID]:
    return [line.id for line in await list_rechecks(await district.database.reader(), who)]


async def checking(district: District, recheck: UUID, outcome: str, actor: Principal = OTHER_ADMIN) -> str:
    step = RecheckStep(recheck_id=recheck, outcome=outcome, actor=actor, note="巷里没有坑")
    [done] = await district.database.run(lambda tx: decide_rechecks(tx, [step], now=NOON + timedelta(days=9)))
    return done.code if isinstance(done, Refusal) else done.outcome


async def test_a_week_is_drawn_once_and_anybody_can_draw_it_again(district: District) -> None:
    numbers = await verified(district, 30)
    assert [await drawing(district, percent=10), await drawing(district, percent=10, seed="other")] == [3, 0]
    lines = await list_rechecks(await district.database.reader(), OTHER_ADMIN)
    expected = drawn(lines[0].seed, [f"{number}/1" for number in numbers], 10)
    assert {f"{line.number}/1" for line in lines} == set(expected)


async def test_neither_who_verified_nor_strangers_check_again(district: District) -> None:
    await verified(district, 1)
    await drawing(district)
    [recheck] = await waiting(district)
    [own] = await list_rechecks(await district.database.reader(), LONGTAN_ADMIN)
    assert own.own
    assert await waiting(district, DONGSI_ADMIN) == []
    assert await checking(district, recheck, "confirmed", LONGTAN_ADMIN) == "own_recheck"
    assert await checking(district, recheck, "confirmed", DONGSI_ADMIN) == "unknown_recheck"
    assert await checking(district, recheck, "confirmed", XILI_CHIEF) == "unknown_recheck"
    assert await checking(district, recheck, "confirmed") == "confirmed"
    assert await checking(district, recheck, "taken_back") == "recheck_done"
    assert await district.balance(district.zhao) == 6


async def test_what_was_wrongly_verified_is_reopened_and_its_steward_told_why(district: District) -> None:
    await verified(district, 1)
    await drawing(district)
    [recheck] = await waiting(district)
    assert await checking(district, recheck, "taken_back") == "taken_back"
    assert (await district.balance(district.zhao), await waiting(district)) == (0, [])
    await district.deliver(NOON + timedelta(days=10))
    messages, _ = await read_inbox(await district.database.reader(), district.zhao)
    assert any("核实有误" in message.text.render("zh") for message in messages)
    await district.check()


async def test_a_case_that_has_gone_on_waits_no_more(district: District) -> None:
    [case] = await district.reported(a_report())
    await district.handled(a_step(case, "verify"))
    await drawing(district)
    [recheck] = await waiting(district)
    await district.handled(a_step(case, "reopen"))
    assert await waiting(district) == []
    assert await checking(district, recheck, "confirmed") == "recheck_done"


async def test_the_job_draws_the_week_that_is_over(district: District) -> None:
    await verified(district, 3)
    for day in (0, 6, 7, 8):
        await run_due(district.database, JOBS, FixedClock(NOON + timedelta(days=day)))
    rows = await (await district.database.reader()).fetch(
        "SELECT week_on, verified, drawn FROM cases_recheck_week ORDER BY week_on", types={"week_on": date}
    )
    assert [(row["week_on"], row["verified"], row["drawn"]) for row in rows] == [
        (MONDAY - timedelta(days=7), 0, 0),
        (MONDAY, 3, 1),
    ]


async def test_many_verifications_within_minutes_raise_alerts_once_that_people_look_at(district: District) -> None:
    await verified(district, 16)
    for hour in (1, 2):
        await run_due(district.database, JOBS, FixedClock(NOON + timedelta(hours=hour)))
    reader = await district.database.reader()
    alerts = await list_alerts(reader, OTHER_ADMIN)
    assert sorted((alert.kind, alert.verifications) for alert in alerts) == [("steward", 16), ("verifier", 16)]
    assert await list_alerts(reader, DONGSI_ADMIN) == []
    assert await district.balance(district.zhao) == 80  # nobody is punished

    async def reviewing(alert_id: UUID, actor: Principal) -> str:
        step = AlertStep(alert_id=alert_id, finding="fine", actor=actor)
        [seen] = await district.database.run(lambda tx: review_alerts(tx, [step], now=NOON))
        return seen.code if isinstance(seen, Refusal) else seen.finding

    by_kind = {alert.kind: alert.id for alert in alerts}
    assert await reviewing(by_kind["verifier"], LONGTAN_ADMIN) == "not_allowed"  # nobody clears himself
    assert await reviewing(by_kind["verifier"], DONGSI_ADMIN) == "unknown_alert"
    assert await reviewing(by_kind["verifier"], OTHER_ADMIN) == "fine"
    assert await reviewing(by_kind["verifier"], OTHER_ADMIN) == "alert_reviewed"
    assert [alert.kind for alert in await list_alerts(reader, OTHER_ADMIN)] == ["steward"]


async def test_a_quiet_queue_raises_none(district: District) -> None:
    await verified(district, 15)
    await run_due(district.database, JOBS, FixedClock(NOON + timedelta(hours=1)))
    assert await district.count("cases_burst_alert") == 0
