"""Many stewards with tokens and points at once, for tests of what is scarce."""

from collections.abc import Sequence
from datetime import date

from kernel.audit import SYSTEM
from kernel.database import Database, Tx
from kernel.errors import Refusal
from points.ledger import post
from points.wishes import Credit
from rewards.item_fields import ItemFields
from rewards.items import NewItem, add_items
from rewards.pick_up_places import PickUpPlaceWish, pick_up_place, save_pick_up_places
from rewards.stocking import MoveWish, move_stock
from rewards.wording import ItemKind, MoveKind
from stewards.enrolment import NewSteward, enrol_stewards
from stewards.keys import NewToken, issue_token
from tests.cases.district import DISTRICT_ADMIN
from tests.stewards.builders import NOON


async def a_counter_in(database: Database) -> None:
    """A pick-up place in 龙潭."""
    wish = PickUpPlaceWish(code="LT01", name="龙潭服务站", area="110101014", caller=DISTRICT_ADMIN)
    await database.run(lambda tx: save_pick_up_places(tx, [wish], now=NOON))


async def shoppers_of(database: Database, count: int, *, points: int, first: int = 1) -> list[str]:
    """The tokens of so many stewards of 龙潭, each with points."""
    people = [
        NewSteward(
            number=f"014{number:05}", name=f"李样本{number}", community_code="014-02", joined_on=date(2026, 1, 5)
        )
        for number in range(first, first + count)
    ]

    async def use_case(tx: Tx) -> list[str]:
        enrolled = await enrol_stewards(tx, people, by=SYSTEM, now=NOON, principal=DISTRICT_ADMIN)
        ids = [one.steward_id for one in enrolled if not isinstance(one, Refusal)]
        assert len(ids) == count
        credits_ = [
            Credit(owner_id=each, points=points, reason="grant", reference=f"gift {each}", occurred_at=NOON)
            for each in ids
        ]
        await post(tx, credits_, now=NOON)
        return [
            (await issue_token(tx, NewToken(label=f"buyer {each}", steward_id=each), by=SYSTEM, now=NOON)).secret
            for each in ids
        ]

    return await database.run(use_case)


async def items_in(database: Database, codes: Sequence[str], *, price: int, stock: int) -> list[str]:
    """Items with so much stock at the counter; answers their ids."""

    async def use_case(tx: Tx) -> list[str]:
        wishes = [
            NewItem(
                code=code,
                kind=ItemKind.GOODS,
                price=price,
                caller=DISTRICT_ADMIN,
                fields=ItemFields(name=code),
            )
            for code in codes
        ]
        added = [one for one in await add_items(tx, wishes, now=NOON) if not isinstance(one, Refusal)]
        assert len(added) == len(codes)
        place = await pick_up_place(tx, "LT01")
        assert place is not None
        moves = [
            MoveWish(
                item_id=one.item_id,
                place_id=place.id,
                kind=MoveKind.RECEIVED,
                quantity=stock,
                reason="delivery",
                caller=DISTRICT_ADMIN,
            )
            for one in added
        ]
        moved = await move_stock(tx, moves, now=NOON)
        assert not any(isinstance(one, Refusal) for one in moved)
        return [str(one.item_id) for one in added]

    return await database.run(use_case)
