"""A served district for a browser: `python -m tests.api.pages.live FOLDER PORT` fills FOLDER once and serves it.

It runs in a process of its own, as people's servers do. Its clock stands still, so that pages always say the same.
"""

import asyncio
import io
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn
from PIL import Image, ImageDraw

from api.app import create_app
from cases.evidence import NewEvidence, attach_evidence
from cases.handling import CaseStep
from cases.intake import CaseReport
from cases.wording import CaseAction
from kernel.audit import SYSTEM
from kernel.clock import FixedClock, local_date
from kernel.database import Database
from kernel.database.migrating import migrate
from kernel.files import FileStore, prepare_picture
from kernel.passwords import hash_password
from kernel.settings import Settings, settings_in
from migrations import APPS
from points.grants import GrantProposal, propose_grants
from points.leaving import CollectionWish, open_collections
from points.penalties import decide_penalties, propose_penalties
from points.penalty_steps import PenaltyProposal, PenaltyStep
from rewards.drawing import SEED_BYTES
from rewards.draws import Announced, ApplicationWish, NewDraw, announce_draws, apply_to_draws
from rewards.fulfilment import step_orders
from rewards.order_wishes import OrderStep
from rewards.pick_up_codes import PickUpCodes
from rewards.redeeming import place_orders
from rewards.shelf_state import stock_id_of
from rewards.slots import HALVES, SlotWish, save_slots
from rewards.titles.committee import Review, review_lists
from rewards.titles.drafting import NewRound, RoundStep, draft_rounds, step_rounds
from rewards.titles.lists import list_id_of
from rewards.titles.proposing import Proposal, propose_rounds
from rewards.wishing import WishProposal, propose_wishes
from rewards.wording import OrderAction
from stewards.partner_keys import issue_partner_key
from stewards.partners import PartnerSaved, PartnerWish, save_partners
from stewards.principal import steward_principal, system_principal
from stewards.sign_in import set_pin
from stewards.staffing import GrantWish, NewStaff, save_staff
from tests.cases.district import DISTRICT_ADMIN, LONGTAN_ADMIN, MORNING, District, a_case_district, a_report
from tests.rewards.shop import Shop, a_counter, done
from tests.stewards.builders import LONGTAN, NOON

STEWARD_NUMBER = "0140001"
PIN = "246813"
CLERK = "longtan"
PASSWORD = "jianguomen-2026"
SECRET_KEY = "s" * 40
ZHAO_LANE, QIAN_LANE = "014-02-01", "014-01-01"
WAITING = 24
DISTRICT_CLERK = "dongcheng"
PARTNER_TOKEN = "partner-token"
HOURS_LATER = "hours-later"

_CATEGORIES = ("road_damage", "small_ads", "bike_order", "litter", "clutter", "facility_damage")
_BOSS = system_principal("test")


class FolderClock:
    """Noon, and as many hours later as a file in the folder says: a test moves time by writing it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / HOURS_LATER

    def now(self) -> datetime:
        """The present of this district."""
        return NOON + timedelta(hours=int(self._file.read_text()) if self._file.exists() else 0)


def settings_of(folder: Path, port: int) -> Settings:
    """The settings of a district in a folder, as a demo."""
    return settings_in(folder, demo=True, port=port, public_url=f"http://127.0.0.1:{port}", secret_key=SECRET_KEY)


def _picture(colour: str) -> bytes:
    picture = Image.new("RGB", (640, 400), colour)
    ImageDraw.Draw(picture).rectangle((120, 100, 420, 260), fill="#f4efe4")
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


async def fill(settings: Settings) -> None:
    """Put the district into the folder: stewards, a clerk, cases in every state."""
    await migrate(settings.database_url, APPS)
    database = await Database.open(settings.database_url, APPS)
    try:
        district = await a_case_district(database)
        clock = FixedClock(NOON)
        await set_pin(database, district.zhao, PIN, by=SYSTEM, clock=clock)
        clerk = NewStaff(
            login=CLERK,
            name="李样本",
            grants=(GrantWish(role="street_admin", scope_kind="street", scope_code="110101014"),),
            password_hash=await hash_password(PASSWORD),
        )
        boss = NewStaff(
            login=DISTRICT_CLERK,
            name="钱示例",
            grants=(GrantWish(role="district_admin", scope_kind="district"),),
            password_hash=clerk.password_hash,
        )
        await database.run(lambda tx: save_staff(tx, [clerk, boss], by=SYSTEM, now=NOON))
        await _cases(district, FileStore(settings.files_dir))
        await _grants(district)
        codes = PickUpCodes(settings.secret_key)
        shop = await _shelf(district, codes)
        await _scarce(shop)
        (settings.data_dir / PARTNER_TOKEN).write_text(await _partner(shop, codes))
        await _titles(district)
        await district.deliver()
        await district.check()
    finally:
        await database.close()


async def _cases(district: District, store: FileStore) -> None:
    decided = await _reported(
        district,
        [a_report(category=_CATEGORIES[at % 6], reported_at=MORNING - timedelta(days=3 * at + 2)) for at in range(9)],
    )
    await _take(district, decided[:8], CaseAction.VERIFY)
    await _take(district, decided[:4], CaseAction.SOLVE)
    await _take(district, decided[7:8], CaseAction.REOPEN, reason="wrongly_verified", note="照片不是这条小巷")
    await _take(district, decided[8:9], CaseAction.RETURN, reason="photo_missing", note="请补一张全景")
    waiting = await _reported(
        district,
        [
            a_report(
                category=_CATEGORIES[at % 6],
                lane_code=QIAN_LANE if at % 3 else ZHAO_LANE,
                reported_at=MORNING - timedelta(minutes=11 * at),
                urgency="hazard" if at == 5 else "normal",
                description=f"第 {at + 1} 处，路边看到的",
                address=f"{at + 1} 号院门口",
            )
            for at in range(WAITING)
        ],
    )
    for at, colour in enumerate(("#4a5357", "#7a3f10", "#0b523b")):
        prepared = await prepare_picture(_picture(colour), "image/png")
        await district.database.run(lambda tx, prepared=prepared: store.put(tx, prepared, now=NOON))
        wish = NewEvidence(case_id=waiting[-1 - at // 2], file_sha256=prepared.sha256, actor=_BOSS)
        await district.database.run(lambda tx, wish=wish: attach_evidence(tx, [wish], now=NOON))


async def _grants(district: District) -> None:
    """Awards and penalties: some wait for the clerk, one he could take back."""
    named = NewStaff(login="guangming", name="周样本")
    [saved] = await district.database.run(lambda tx: save_staff(tx, [named], by=SYSTEM, now=NOON))
    proposer = replace(LONGTAN_ADMIN, id=saved.staff_id)
    wishes = [
        GrantProposal(
            steward_id=district.qian, reason="outstanding", points=50, actor=proposer, note="暴雨夜里守了三小时"
        ),
        GrantProposal(steward_id=district.qian, reason="activity", points=10, actor=proposer),
    ]
    await district.database.run(lambda tx: propose_grants(tx, wishes, now=NOON - timedelta(hours=3)))
    items = [
        PenaltyProposal(
            steward_id=district.zhao, item="false_report", actor=proposer, about=about, note="现场没有这个坑"
        )
        for about in ("2611010001", "2611010002")
    ]
    proposed = await district.database.run(lambda tx: propose_penalties(tx, items, now=NOON - timedelta(days=2)))
    objection = PenaltyStep(
        penalty_id=proposed[0].penalty_id,
        action="object",
        actor=steward_principal(district.zhao, "赵示例"),
        note="坑第二天就补上了，有邻居可以作证",
    )
    gone = "UPDATE stewards_steward SET status = 'deceased', left_on = joined_on WHERE id = $1"
    await district.database.run(lambda tx: tx.execute(gone, district.sun))
    taken = CollectionWish(
        steward_id=district.sun, points=5, note="女儿来领", actor=replace(DISTRICT_ADMIN, id=proposer.id)
    )
    await district.database.run(lambda tx: open_collections(tx, [taken], now=NOON))
    await district.database.run(lambda tx: decide_penalties(tx, [objection], now=NOON - timedelta(days=1)))


async def _scarce(shop: Shop) -> None:
    """A draw that is open, a wish, and an item of the street's own."""
    district = shop.district
    cup = await shop.item(price=3, stock=3, name="保温杯", name_en="Thermos cup", streets=("110101014",))
    draw = NewDraw(
        stock_id=stock_id_of(cup, shop.place),
        places=2,
        opens_at=NOON,
        closes_at=NOON + timedelta(hours=3),
        seed="5e" * SEED_BYTES,
        caller=LONGTAN_ADMIN,
    )
    [announced] = await district.database.run(lambda tx: announce_draws(tx, [draw], now=NOON))
    assert isinstance(announced, Announced), announced
    await shop.give(district.qian, 40)
    application = ApplicationWish(draw_id=announced.draw_id, steward_id=district.qian, actor=SYSTEM)
    await district.database.run(lambda tx: apply_to_draws(tx, [application], now=NOON))
    wish = WishProposal(title="修自行车", caller=steward_principal(district.qian, "钱样本"))
    await district.database.run(lambda tx: propose_wishes(tx, [wish], now=NOON))


async def _partner(shop: Shop, codes: PickUpCodes) -> str:
    """A partner with an item of its own, one of it collected; answers its token."""
    database = shop.database
    wish = PartnerWish(code="wanfu", name="万福示例店", name_en="Wanfu Sample Shop")
    [saved] = await database.run(lambda tx: save_partners(tx, [wish], by=SYSTEM, now=NOON))
    assert isinstance(saved, PartnerSaved), saved
    knives = await shop.item(price=2, stock=9, name="磨刀", name_en="Knife sharpening", partner="wanfu")
    asked = [shop.wish((knives, 1), by=shop.district.qian), shop.wish((knives, 1), by=shop.district.qian)]
    placed = await database.run(lambda tx: place_orders(tx, asked, now=NOON, codes=codes))
    first = done(placed[0])
    step = OrderStep(action=OrderAction.COLLECT, caller=LONGTAN_ADMIN, order_id=first.order_id, code=first.code)
    await database.run(lambda tx: step_orders(tx, [step], now=NOON, codes=codes))
    issued = await database.run(lambda tx: issue_partner_key(tx, saved.id, "收银台", by=SYSTEM, now=NOON))
    return f"{issued.secret} {done(placed[1]).code}"


async def _shelf(district: District, codes: PickUpCodes) -> Shop:
    """A counter with items that can be had, that are too dear and that are gone, and an order that is ready."""
    shop = await a_counter(district)
    await shop.item(price=10, stock=12, name="毛巾", name_en="Towel", low_stock=3)
    haircut = await shop.item(price=20, kind="service", stock=4, name="理发", name_en="Haircut")
    halves = [
        SlotWish(
            stock_id=stock_id_of(haircut, shop.place),
            day=local_date(NOON) + timedelta(days=ahead),
            half=half,
            capacity=2,
            caller=LONGTAN_ADMIN,
        )
        for ahead in (1, 2)
        for half in HALVES
    ]
    await district.database.run(lambda tx: save_slots(tx, halves, now=NOON))
    await shop.item(price=5, kind="donation", name="助困捐赠", name_en="Help for those in need")
    await shop.item(price=80, stock=2, name="灭火器", name_en="Fire extinguisher")
    gone = await shop.item(price=8, stock=1, name="香皂", name_en="Soap")
    await shop.moved(gone, "lost", 1)
    soap = await shop.item(price=2, stock=6, name="牙膏", name_en="Toothpaste")
    wish = shop.wish((soap, 1), by=district.zhao)
    [placed] = await district.database.run(lambda tx: place_orders(tx, [wish], now=NOON, codes=codes))
    step = OrderStep(action=OrderAction.READY, caller=LONGTAN_ADMIN, order_id=done(placed).order_id)
    await district.database.run(lambda tx: step_orders(tx, [step], now=NOON, codes=codes))
    return shop


_MARKED = {
    "period": "month",
    "weights": {"review": 100},
    "review_on": [{"code": "deeds", "zh": "事迹", "en": "Deeds"}, {"code": "manner", "zh": "作风", "en": "Manner"}],
}


async def _titles(district: District) -> None:
    """Rounds: gold stewards, computed and agreed to by one of two; silver ones, published; stars, to be marked."""
    earlier = NOON - timedelta(days=4)
    rules = {
        "code": "gold_steward",
        "zh": "金牌管家",
        "en": "Gold steward",
        "quota": 1,
        "weights": {"points_percentile": 60, "difficulty": 40},
        "gates": [{"code": "half_a_year", "of": "title", "measure": "months_served", "at_least": 6}],
        "most_running": 2,
        "vetoes": ["faked_case", "payment_taken"],
    }
    wishes = [
        NewRound(
            title="gold_steward", period="2026", ends_on=local_date(NOON) - timedelta(days=1), rules=rules, caller=_BOSS
        ),
        NewRound(title="silver_steward", period="2026", caller=_BOSS),
        NewRound(
            title="star_of_month",
            period="2026-11",
            ends_on=local_date(NOON) - timedelta(days=1),
            rules={**rules, "code": "star_of_month", "zh": "每月之星", "en": "Star of the month", **_MARKED},
            caller=_BOSS,
        ),
    ]
    drafted = await district.database.run(lambda tx: draft_rounds(tx, wishes, now=earlier))
    steps = [RoundStep(round_id=done(one).round_id, action="publish", caller=_BOSS) for one in drafted]
    await district.database.run(lambda tx: step_rounds(tx, steps, now=earlier))
    round_id = done(drafted[0]).round_id
    wish = Proposal(round_id=round_id, caller=_BOSS)
    await district.database.run(lambda tx: propose_rounds(tx, [wish], now=NOON))
    first = Review(list_id=list_id_of(round_id, LONGTAN), version=1, caller=DISTRICT_ADMIN)
    await district.database.run(lambda tx: review_lists(tx, [first], now=NOON))


async def _reported(district: District, reports: Sequence[CaseReport]) -> list[object]:
    outcomes = await district.reported(*[replace(report, principal=None) for report in reports])
    return [outcome.case_id for outcome in outcomes]


async def _take(district: District, case_ids: Sequence[object], action: CaseAction, **more: str) -> None:
    await district.handled(*[CaseStep(case_id=case_id, action=action, actor=_BOSS, **more) for case_id in case_ids])


def main() -> None:
    """Fill the folder if it is empty, then serve until stopped."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    settings = settings_of(folder, port)
    if not settings.database_path.exists():
        asyncio.run(fill(settings))
    app = create_app(settings, FolderClock(folder))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", lifespan="on")


if __name__ == "__main__":
    main()
