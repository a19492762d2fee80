"""Redemptions in-process, callers in flight sharing commits, against bare PostgreSQL in the same run.

One limited item, whose row is hot, and a hundred items. Each order is decided with its gates, limit, stock and purse,
and leaves a hold with its lots, an order with its line and event, a move of stock and an audit entry.
"""

import argparse
import asyncio
import random
from collections.abc import Sequence
from datetime import date
from functools import partial
from uuid import UUID

import uvloop

from bench.figures import Figure, write_figures
from bench.measuring import Run, floor_figures, run, run_figures
from bench.postgres import Floor, Postgres, postgres
from kernel.audit import SYSTEM
from kernel.clock import SystemClock
from kernel.database import Database, Tx
from kernel.errors import Refusal
from kernel.garbage import spare_collections
from kernel.group_commit import GroupCommit
from migrations import APPS
from points.ledger import post
from points.verifying import verify_points
from points.wishes import Credit
from rewards.deciding import LineWish
from rewards.item_fields import ItemFields
from rewards.items import NewItem, add_items
from rewards.order_rows import Redemption
from rewards.pick_up_codes import PickUpCodes
from rewards.pick_up_places import PickUpPlaceWish, pick_up_place, save_pick_up_places
from rewards.redeeming import Placed, place_orders
from rewards.stocking import MoveWish, move_stock
from rewards.verifying import verify_rewards
from rewards.wording import ItemKind, MoveKind
from stewards.enrolment import NewSteward, enrol_stewards
from stewards.places import CommunityWish, StreetWish, save_communities, save_streets
from stewards.principal import steward_principal, system_principal

STEWARDS = 2_064
ITEMS = 100
STOCK = 1_000_000
CALLERS = 256
FILLED = 20_000
CODES = PickUpCodes("bench" * 8)
UNIT = "orders/s"

_clock = SystemClock()


class Counter:
    """Orders as a server takes them: group commit over `place_orders`, all of them one way."""

    def __init__(self, database: Database, place: UUID, stewards: Sequence[UUID], items: Sequence[UUID]) -> None:
        self.database = database
        self.place = place
        self.stewards = stewards
        self.items = items
        self.commits = GroupCommit[Redemption, Placed | Refusal](self._write, batch_size=512)

    async def _write(self, wishes: Sequence[Redemption]) -> Sequence[Placed | Refusal]:
        return await self.database.run(lambda tx: place_orders(tx, wishes, now=_clock.now(), codes=CODES))

    async def order(self, items: int) -> None:
        """One caller's order of one of the first so many items, answered after its commit."""
        steward, item = random.choice(self.stewards), self.items[random.randrange(items)]
        wish = Redemption(
            caller=steward_principal(steward, "bench"), place_id=self.place, lines=(LineWish(item_id=item),)
        )
        outcome = await self.commits.submit(wish)
        if isinstance(outcome, Refusal):
            raise outcome


async def prepared(database: Database) -> Counter:
    """A district with stewards who can pay and a counter with stock, and statistics that know of them."""
    now, caller = _clock.now(), system_principal()

    async def fill(tx: Tx) -> tuple[UUID, list[UUID], list[UUID]]:
        street = StreetWish(code="110101001", name="东华门街道", valid_from=date(2015, 4, 1))
        await save_streets(tx, [street], by=SYSTEM, now=now)
        community = CommunityWish(
            code="001-01", street_code=street.code, name="多福巷社区", valid_from=street.valid_from
        )
        await save_communities(tx, [community], by=SYSTEM, now=now)
        people = [
            NewSteward(number=f"B{at:06}", name=f"李样本{at}", community_code="001-01", joined_on=date(2026, 1, 5))
            for at in range(STEWARDS)
        ]
        enrolled = await enrol_stewards(tx, people, by=SYSTEM, now=now, principal=caller)
        stewards = [one.steward_id for one in enrolled if not isinstance(one, Refusal)]
        credits_ = [
            Credit(owner_id=each, points=100_000_000, reason="grant", reference=f"bench {each}", occurred_at=now)
            for each in stewards
        ]
        await post(tx, credits_, now=now)
        await save_pick_up_places(
            tx, [PickUpPlaceWish(code="BENCH", name="测试站", area="110101001", caller=caller)], now=now
        )
        place = await pick_up_place(tx, "BENCH")
        if place is None or len(stewards) != STEWARDS:
            raise RuntimeError("the district of the benchmark could not be built")
        wishes = [
            NewItem(code=f"B-{at}", kind=ItemKind.GOODS, price=1, caller=caller, fields=ItemFields(name=f"毛巾{at}"))
            for at in range(ITEMS)
        ]
        items = [one.item_id for one in await add_items(tx, wishes, now=now) if not isinstance(one, Refusal)]
        moves = [
            MoveWish(
                item_id=each,
                place_id=place.id,
                kind=MoveKind.RECEIVED,
                quantity=STOCK,
                reason="opening",
                caller=caller,
            )
            for each in items
        ]
        await move_stock(tx, moves, now=now)
        return place.id, stewards, items

    counter = Counter(database, *await database.run(fill))
    for _ in range(0, FILLED, 1_000):
        await asyncio.gather(*(counter.order(ITEMS) for _ in range(1_000)))
    await database.client.execute_query("ANALYZE")
    return counter


FLOORS = {1: ("redeem_multi_1item", "redeem_func_1item"), ITEMS: ("redeem_multi", "redeem_func")}


async def measure(server: Postgres, *, rounds: int, seconds: float) -> list[Figure]:
    """Figures of one item and of a hundred, with the floor taken between the rounds."""
    database = await Database.open(await server.fresh("jinpai"), APPS, pool_size=4)
    counter = await prepared(database)
    floors: dict[str, list[Floor]] = {script: [] for scripts in FLOORS.values() for script in scripts}
    runs: dict[int, list[Run]] = {items: [] for items in FLOORS}
    for _ in range(rounds):
        for script, found in floors.items():
            found.append(await asyncio.to_thread(partial(server.floor, script, seconds=max(1, int(seconds)))))
        for items, taken in runs.items():
            one = partial(counter.order, items)
            taken.append(await run(one, callers=CALLERS, seconds=seconds, pids=[server.pid]))
    breaks = [*await database.snapshot(verify_points), *await database.snapshot(verify_rewards)]
    if breaks:
        raise RuntimeError(f"orders and ledger do not hold: {breaks[0]}")
    await counter.commits.close()
    await database.close()
    figures = floor_figures(floors, UNIT)
    for items, taken in runs.items():
        name = f"orders of {items} item{'s' if items > 1 else ''}, group commit"
        figures += run_figures(name, taken, {each: floors[each] for each in FLOORS[items]}, UNIT, callers=CALLERS)
    return figures


def main() -> None:
    """Measure and write bench/results/redemptions.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--short", action="store_true", help="three rounds of a second")
    asked = parser.parse_args()
    rounds, seconds = (3, 1.0) if asked.short else (asked.rounds, asked.seconds)
    with postgres() as server:
        server.prepare_floor()
        spare_collections()  # as a server does
        figures = uvloop.run(measure(server, rounds=rounds, seconds=seconds))
    write_figures("redemptions", figures)


if __name__ == "__main__":
    main()
