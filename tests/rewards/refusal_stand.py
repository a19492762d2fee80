"""A shop in which every refusal can be provoked."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from api.importers import IMPORTERS
from cases.imports import import_file, load_mapping
from kernel.audit import SYSTEM
from kernel.database import Database, Tx
from kernel.errors import Refusal
from kernel.ids import new_id
from kernel.messages import Text
from rewards.appointment_steps import AppointmentMiss, list_appointments, miss_appointments
from rewards.appointments import Booking, book_orders
from rewards.desk import AskedOrder, DeskConsent, take_orders
from rewards.draw_reading import published_draw
from rewards.drawing import SEED_BYTES
from rewards.draws import ApplicationWish, Cancellation, NewDraw, announce_draws, apply_to_draws, cancel_draws
from rewards.item_fields import ItemFields
from rewards.items import EditItem, NewItem, NewPrice, add_items, edit_items, set_prices
from rewards.pick_up_places import PickUpPlaceWish, save_pick_up_places
from rewards.shelf_state import stock_id_of
from rewards.slots import SlotWish, save_slots
from rewards.stocking import MoveWish, move_stock
from rewards.waiting import WaitingWish, join_waiting
from rewards.wishing import WishAnswer, WishProposal, WishState, answer_wishes, propose_wishes
from rewards.wording import ItemKind, MoveKind
from stewards.own_stewards import link_steward
from stewards.principal import Principal, steward_principal, system_principal
from stewards.staffing import GrantWish, NewStaff, save_staff
from tests.cases.district import DISTRICT_ADMIN, LONGTAN_ADMIN
from tests.rewards.shop import CODES, PLAIN, Shop, a_shop
from tests.stewards.builders import NOON, TODAY

PROGRAMME = {
    **PLAIN,
    "sanctions": {"no_shows": {"most": 1, "period": "year", "then": "suspend", "suspend_days": 30}},
}
BOSS = system_principal("test")
NOBODY = UUID("00000000-0000-7000-8000-00000000dead")
HOUR = timedelta(hours=1)


@dataclass
class Stand:
    """A shop in which everything stands that somebody may be refused for."""

    shop: Shop
    clerk: Principal
    items: dict[str, UUID] = field(default_factory=dict)
    orders: dict[str, Any] = field(default_factory=dict)
    draws: dict[str, UUID] = field(default_factory=dict)
    slots: dict[str, UUID] = field(default_factory=dict)
    seats: dict[str, UUID] = field(default_factory=dict)
    wishes: dict[str, UUID] = field(default_factory=dict)
    entry: UUID = NOBODY

    @property
    def zhao(self) -> Principal:
        """赵, who has points."""
        return steward_principal(self.shop.district.zhao, "赵示例")

    async def ask(self, verb: Callable[..., Awaitable[Any]], wish: Any, *, now: datetime = NOON, **more: Any) -> Any:
        """One wish; a refusal comes back as a value."""

        async def use_case(tx: Tx) -> Any:
            [outcome] = await verb(tx, [wish], now=now, **more)
            return outcome

        try:
            return await self.shop.database.run(use_case)
        except Refusal as refusal:
            return refusal

    def stock(self, name: str) -> UUID:
        """The stock of an item at the counter."""
        return stock_id_of(self.items[name], self.shop.place)

    async def order(self, *names: str, now: datetime = NOON, by: Any = None, **more: Any) -> Any:
        """An order of one of each."""
        lines = [(self.items.get(name, NOBODY), more.pop("quantity", 1)) for name in names]
        return await self.shop.order(*lines, by=by, now=now, **more)

    async def step(self, name: str, action: str, now: datetime = NOON, **more: Any) -> Any:
        """A step with an order."""
        return await self.shop.step(self.orders[name], action, now=now, **more)

    async def move(self, name: str, kind: str, quantity: int) -> Any:
        """A move of stock."""
        return await self.shop.move(self.items[name], kind, quantity)

    async def book(self, slot: UUID | None, *, by: UUID | None = None, now: datetime = NOON, quantity: int = 1) -> Any:
        """An order of the service with a half-day."""
        asked = Booking(
            order=self.shop.wish((self.items["cut"], quantity), by=by), slots={self.items["cut"]: slot} if slot else {}
        )
        return await self.ask(book_orders, asked, now=now, codes=CODES)

    async def slot(self, name: str, day: date, capacity: int = 5) -> Any:
        """A half-day of an item."""
        wish = SlotWish(stock_id=self.stock(name), day=day, half="am", capacity=capacity, caller=LONGTAN_ADMIN)
        return await self.ask(save_slots, wish)

    async def announce(self, name: str, **changes: Any) -> Any:
        """A draw of an item."""
        facts: dict[str, Any] = {
            "stock_id": self.stock(name) if name in self.items else NOBODY,
            "places": 1,
            "opens_at": NOON,
            "closes_at": NOON + 2 * HOUR,
            "seed": "5e" * SEED_BYTES,
            "caller": LONGTAN_ADMIN,
        }
        return await self.ask(announce_draws, NewDraw(**{**facts, **changes}))

    async def apply(self, draw: UUID, *, who: UUID | None = None, now: datetime = NOON, withdraw: bool = False) -> Any:
        """An application."""
        wish = ApplicationWish(draw_id=draw, steward_id=who or self.shop.district.zhao, actor=SYSTEM, withdraw=withdraw)
        return await self.ask(apply_to_draws, wish, now=now)

    async def wait(self, name: str, *, leave: bool = False) -> Any:
        """赵 joins a list, or leaves it."""
        wish = WaitingWish(
            stock_id=self.stock(name), steward_id=self.shop.district.zhao, actor=self.zhao.actor, leave=leave
        )
        return await self.ask(join_waiting, wish)

    async def add(self, **changes: Any) -> Any:
        """An item."""
        facts: dict[str, Any] = {
            "code": f"N-{new_id().hex[:6]}",
            "kind": ItemKind.GOODS,
            "price": 5,
            "caller": DISTRICT_ADMIN,
            "fields": ItemFields(name="毛巾"),
        }
        return await self.ask(add_items, NewItem(**{**facts, **changes}))

    async def edit(self, version: int | None = None, **fields: Any) -> Any:
        """A changed towel."""
        wish = EditItem(
            item_id=self.items["towel"],
            caller=DISTRICT_ADMIN,
            fields=ItemFields(**fields),
            expected_version=version,
        )
        return await self.ask(edit_items, wish)

    async def price(self, points: int, begins: datetime | None = None) -> Any:
        """Another price of the towel."""
        wish = NewPrice(item_id=self.items["towel"], points=points, caller=DISTRICT_ADMIN, effective_from=begins)
        return await self.ask(set_prices, wish)

    async def place(self, **changes: Any) -> Any:
        """A pick-up place."""
        facts = {"code": "LT01", "name": "龙潭服务站", "area": "110101014", "caller": DISTRICT_ADMIN, **changes}
        return await self.ask(save_pick_up_places, PickUpPlaceWish(**facts))

    async def sheet(self, row: str) -> Text:
        """What is said of a row of an item sheet."""
        content = f"物品编号,种类,名称,积分\n{row}\n".encode()
        result = await import_file(
            self.shop.database,
            content,
            "items.csv",
            load_mapping("items"),
            BOSS,
            now=NOON,
            dry_run=True,
            importers=IMPORTERS,
        )
        [fault] = result.faults
        return fault.text

    async def published(self, draw: UUID) -> Any:
        """The result of a draw."""
        try:
            return await published_draw(await self.shop.database.reader(), draw)
        except Refusal as refusal:
            return refusal

    async def seat(self, name: str, verb: Any, wish: Any, *, now: datetime = NOON, **more: Any) -> Any:
        """A step with an appointment."""
        asked = wish(appointment_id=self.seats.get(name, NOBODY), caller=more.pop("caller", LONGTAN_ADMIN), **more)
        return await self.ask(verb, asked, now=now)


async def a_stand(database: Database) -> Stand:
    """The shop, its orders, draws, half-days and wishes."""
    shop = await a_shop(database, PROGRAMME)
    district = shop.district
    for who in (district.zhao, district.qian):
        await shop.give(who, 100)
    hashed = NewStaff(
        login="zhao",
        name="赵样本",
        grants=(GrantWish(role="street_admin", scope_kind="street", scope_code="110101014"),),
    )
    [saved] = await database.run(lambda tx: save_staff(tx, [hashed], by=SYSTEM, now=NOON))
    await database.run(lambda tx: link_steward(tx, saved.staff_id, "0140001", by=SYSTEM, now=NOON))
    clerk = Principal(kind="staff", id=saved.staff_id, name="赵样本", grants=LONGTAN_ADMIN.grants)
    stand = Stand(shop, clerk)
    stand.items = {
        "towel": await shop.item(price=10, stock=5, desk_quota=2, limit_count=4, limit_period="month", name="毛巾"),
        "soon": await shop.item(price=1, stock=5, active_from=NOON + HOUR, name="雨伞"),
        "medal": await shop.item(price=1, stock=5, gates={"lifetime_points": 77}, name="奖章"),
        "twins": await shop.item(price=1, stock=5, name="双胞胎"),
        "gift": await shop.item(price=1, kind="donation", name="捐赠"),
        "cut": await shop.item(price=1, stock=9, kind="service", name="理发"),
        "few": await shop.item(price=1, stock=9, name="抽签用"),
        "dear": await shop.item(price=5000, stock=3, name="电视"),
        **{f"gone{at}": await shop.item(price=1, stock=1, name=f"断货{at}") for at in range(6)},
    }
    for at in range(6):
        await shop.moved(stand.items[f"gone{at}"], "lost", 1)
    await _orders(stand)
    await _scarce(stand)
    await database.run(
        lambda tx: tx.execute("UPDATE stewards_steward SET status = 'suspended' WHERE id = $1", district.sun)
    )
    return stand


async def _orders(stand: Stand) -> None:
    shop = stand.shop
    stand.orders = {"open": await shop.ordered(stand.items["towel"]), "done": await shop.ordered(stand.items["twins"])}
    await shop.stepped(stand.orders["done"], "collect")
    stand.orders["gift"] = await shop.ordered(stand.items["gift"])
    stand.orders["one"], two = await shop.ordered(stand.items["twins"]), await shop.ordered(stand.items["twins"])
    same = (
        "UPDATE rewards_order SET code_sha256 = (SELECT twin.code_sha256 FROM rewards_order twin WHERE twin.id = $1) "
        "WHERE id = $2"
    )
    one = stand.orders["one"]
    await shop.database.run(lambda tx: tx.execute(same, one.order_id, two.order_id))
    for name, day, capacity in (("tomorrow", 1, 3), ("full", 2, 1), ("next", 3, 5), ("far", 62, 5)):
        stand.slots[name] = (await stand.slot("cut", TODAY + timedelta(days=day), capacity)).slot_id
    qian = shop.district.qian
    for name, slot, who in (
        ("mine", "tomorrow", None),
        ("kept", "tomorrow", None),
        ("often", "full", None),
        ("theirs", "tomorrow", qian),
    ):
        booked = await stand.book(stand.slots[slot], by=who)
        [line] = await list_appointments(await shop.database.reader(), LONGTAN_ADMIN, order_id=booked.placed.order_id)
        stand.seats[name], stand.orders[name] = line.id, booked.placed
    await shop.stepped(stand.orders["kept"], "collect")
    await shop.database.run(
        lambda tx: tx.execute("UPDATE rewards_appointment SET moves = 3 WHERE id = $1", stand.seats["often"])
    )
    assert (await stand.seat("theirs", miss_appointments, AppointmentMiss, now=NOON + timedelta(days=2))).changed


async def _scarce(stand: Stand) -> None:
    stand.draws = {name: (await stand.announce("few")).draw_id for name in ("open", "off")}
    stand.draws["dear"] = (await stand.announce("dear")).draw_id
    await stand.ask(cancel_draws, Cancellation(draw_id=stand.draws["off"], caller=LONGTAN_ADMIN))
    for at in range(5):
        stand.entry = (await stand.wait(f"gone{at}")).entry_id
    for title in ("修自行车", "台灯", "花盆"):
        stand.wishes[title] = (await stand.ask(propose_wishes, WishProposal(title=title, caller=stand.zhao))).wish_id
    answered = WishAnswer(wish_id=stand.wishes["花盆"], state=WishState.OFFERED, caller=LONGTAN_ADMIN)
    await stand.ask(answer_wishes, answered)
    stand.wishes["风扇"] = (await stand.ask(propose_wishes, WishProposal(title="风扇", caller=stand.zhao))).wish_id


async def own_desk(stand: Stand) -> Any:
    order = stand.shop.wish(stand.items["towel"], by=stand.clerk, steward_id=stand.shop.district.zhao, channel="desk")
    wish = AskedOrder(booking=Booking(order=order, slots={}), consent=DeskConsent.PRESENT)
    return await stand.ask(take_orders, wish, codes=CODES)


async def unlimited(stand: Stand) -> Any:
    wish = MoveWish(
        item_id=stand.items["gift"],
        place_id=stand.shop.place,
        kind=MoveKind.RECEIVED,
        quantity=1,
        reason="delivery",
        caller=DISTRICT_ADMIN,
    )
    return await stand.ask(move_stock, wish)


async def by_code(stand: Stand, code: str) -> Any:
    return await stand.step("one", "collect", code=code, order_id=None)
