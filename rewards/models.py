"""What points lead to: items with dated prices, pick-up places, stock that only moves, orders and their events."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from rewards.boards.models import BoardClose
from rewards.capacity_models import Appointment, NoShow, Slot
from rewards.credentials.models import Credential
from rewards.desk_models import DeskAct
from rewards.displays.models import Display
from rewards.draw_models import Draw, DrawApplication, WaitingEntry
from rewards.stories.models import Story, ThankNote
from rewards.street_scores.models import StreetScore, StreetWeights
from rewards.teams.models import Team, TeamMember
from rewards.titles.models import (
    TitleAward,
    TitleCandidate,
    TitleInputs,
    TitleList,
    TitleNotice,
    TitleObjection,
    TitleReview,
    TitleRound,
    TitleSnapshot,
)
from rewards.titles.panel_models import TitleMark, TitlePanel, TitlePanelMember
from rewards.titles.team_models import TitleTeam, TitleTeamAward, TitleTeamMember
from rewards.wish_models import ItemWish, ItemWishVote

# Tables that stand in modules of their own are found here by the migrations.
__all__ = [
    "Appointment",
    "BoardClose",
    "Credential",
    "DeskAct",
    "Display",
    "Draw",
    "DrawApplication",
    "Item",
    "ItemStreet",
    "ItemWish",
    "ItemWishVote",
    "NoShow",
    "Order",
    "OrderEvent",
    "OrderLine",
    "PickUpPlace",
    "Price",
    "Slot",
    "Stock",
    "StockMove",
    "Story",
    "StreetScore",
    "StreetWeights",
    "Team",
    "TeamMember",
    "ThankNote",
    "TitleAward",
    "TitleCandidate",
    "TitleInputs",
    "TitleList",
    "TitleMark",
    "TitleNotice",
    "TitleObjection",
    "TitlePanel",
    "TitlePanelMember",
    "TitleReview",
    "TitleRound",
    "TitleSnapshot",
    "TitleTeam",
    "TitleTeamAward",
    "TitleTeamMember",
    "WaitingEntry",
]


class PickUpPlace(Model):
    """Where orders are picked up (领取点): a counter with an address and hours, in a street or in one community."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)  # begins the numbers of its orders
    name = fields.CharField(max_length=64)
    name_en = fields.CharField(max_length=64)
    street: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Street", related_name="pick_up_places", on_delete=fields.RESTRICT
    )
    community: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "stewards.Community", related_name="pick_up_places", null=True, on_delete=fields.RESTRICT
    )
    address = fields.CharField(max_length=200)
    hours = fields.CharField(max_length=200)
    hours_en = fields.CharField(max_length=200)
    phone = fields.CharField(max_length=32, null=True)
    closed_at = fields.DatetimeField(null=True)  # takes no new orders from then on
    version = fields.IntField(default=1)

    class Meta:
        table = "rewards_pick_up_place"
        constraints = [CheckConstraint(check="version >= 1", name="rewards_pick_up_place_version")]
        indexes = (("street_id",), ("community_id",))


class Item(Model):
    """Something that points lead to (兑换物品): a service, goods, stewards' kit or a donation."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=32, unique=True)
    kind = fields.CharField(max_length=16)
    name = fields.CharField(max_length=64)
    name_en = fields.CharField(max_length=64)
    description = fields.TextField()
    description_en = fields.TextField()
    picture: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "kernel.StoredFile", related_name="items", null=True, on_delete=fields.RESTRICT
    )
    tags = fields.TextField()  # JSON: a sorted list of short words
    provider = fields.CharField(max_length=64, null=True)  # who gives it, by name
    partner: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "stewards.Partner", related_name="items", null=True, on_delete=fields.RESTRICT
    )  # who gives it and confirms, where that is a partner
    visible_from = fields.DatetimeField(null=True)  # shown from then
    visible_until = fields.DatetimeField(null=True)  # and no longer from then
    active_from = fields.DatetimeField(null=True)  # can be ordered from then
    active_until = fields.DatetimeField(null=True)
    gates = fields.TextField()  # JSON: what a steward has to have, by code
    limit_count = fields.IntField(null=True)  # units of it for one person in a period; as the rules say where null
    limit_period = fields.CharField(max_length=8, null=True)  # day, month, quarter, year, ever
    desk_quota = fields.IntField(default=0)  # of each place's stock, what is left last is for the desk alone
    low_stock = fields.IntField(default=0)  # warn when a place has as few as that; 0 never warns
    unlimited = fields.BooleanField(default=False)  # no stock is counted, as for donations
    collect_days = fields.IntField(null=True)  # how long an order waits; as the rules say where null
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()

    class Meta:
        table = "rewards_item"
        constraints = [
            CheckConstraint(check="kind IN ('service', 'goods', 'kit', 'donation')", name="rewards_item_kind"),
            CheckConstraint(check="visible_until > visible_from", name="rewards_item_visible"),
            CheckConstraint(check="active_until > active_from", name="rewards_item_active"),
            CheckConstraint(
                check="(limit_count IS NULL) = (limit_period IS NULL) AND (limit_count IS NULL OR limit_count > 0)",
                name="rewards_item_limit",
            ),
            CheckConstraint(
                check="limit_period IN ('day', 'month', 'quarter', 'year', 'ever')", name="rewards_item_limit_period"
            ),
            CheckConstraint(check="desk_quota >= 0 AND low_stock >= 0", name="rewards_item_quotas"),
            CheckConstraint(check="collect_days BETWEEN 1 AND 365", name="rewards_item_collect_days"),
            CheckConstraint(check="version >= 1", name="rewards_item_version"),
        ]
        indexes = (("picture_id",), ("partner_id",))


class ItemStreet(Model):
    """A street in which an item is offered. An item without any is offered in the whole district."""

    id = fields.UUIDField(primary_key=True)
    item: fields.ForeignKeyRelation["Item"] = fields.ForeignKeyField(
        "rewards.Item", related_name="streets", on_delete=fields.RESTRICT
    )
    street: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Street", related_name="items", on_delete=fields.RESTRICT
    )

    class Meta:
        table = "rewards_item_street"
        constraints = [UniqueConstraint(fields=("item_id", "street_id"), name="rewards_item_street_once")]
        indexes = (("street_id",),)


class Price(Model):
    """What one unit of an item costs from a moment on, never changed: an order keeps the price that it saw."""

    id = fields.UUIDField(primary_key=True)
    item: fields.ForeignKeyRelation["Item"] = fields.ForeignKeyField(
        "rewards.Item", related_name="prices", on_delete=fields.RESTRICT
    )
    points = fields.BigIntField()
    effective_from = fields.DatetimeField()
    set_by_kind = fields.CharField(max_length=16)
    set_by_id = fields.UUIDField(null=True)
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "rewards_price"
        constraints = [
            UniqueConstraint(fields=("item_id", "effective_from"), name="rewards_price_once"),
            CheckConstraint(check="points > 0", name="rewards_price_positive"),
        ]


class Stock(Model):
    """How much of an item is at a place (库存): free to be ordered, and set aside for orders. Its id is derived."""

    id = fields.UUIDField(primary_key=True)
    item: fields.ForeignKeyRelation["Item"] = fields.ForeignKeyField(
        "rewards.Item", related_name="stocks", on_delete=fields.RESTRICT
    )
    place: fields.ForeignKeyRelation["PickUpPlace"] = fields.ForeignKeyField(
        "rewards.PickUpPlace", related_name="stocks", on_delete=fields.RESTRICT
    )
    available = fields.BigIntField()
    reserved = fields.BigIntField()
    kept = fields.BigIntField(default=0)  # of those available, promised to draws and to who waits
    version = fields.BigIntField()  # of its newest move

    class Meta:
        table = "rewards_stock"
        constraints = [
            UniqueConstraint(fields=("item_id", "place_id"), name="rewards_stock_once"),
            CheckConstraint(check="available >= 0", name="rewards_stock_available"),
            CheckConstraint(check="reserved >= 0", name="rewards_stock_reserved"),
            CheckConstraint(check="kept >= 0", name="rewards_stock_kept"),
            CheckConstraint(check="version >= 0", name="rewards_stock_version"),
        ]
        indexes = (("place_id",),)


class Order(Model):
    """Items that a steward asked for at one place (兑换单): points held, stock set aside, until collected or undone."""

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=32, unique=True)  # the human one, such as LT01-261123-007
    steward: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "stewards.Steward", related_name="orders", on_delete=fields.RESTRICT
    )
    place: fields.ForeignKeyRelation["PickUpPlace"] = fields.ForeignKeyField(
        "rewards.PickUpPlace", related_name="orders", on_delete=fields.RESTRICT
    )
    street_id = fields.UUIDField()  # of the place
    community_id = fields.UUIDField(null=True)  # of the place
    channel = fields.CharField(max_length=16)  # phone, desk, draw, queue, api
    state = fields.CharField(max_length=16)
    points = fields.BigIntField()  # of all lines when it was placed
    proxy_allowed = fields.BooleanField(default=False)  # the owner lets somebody else collect
    placed_by_kind = fields.CharField(max_length=16)
    placed_by_id = fields.UUIDField(null=True)
    code_sha256 = fields.CharField(max_length=64)  # keyed hash of the pick-up code
    code_number = fields.SmallIntField(default=0)  # how often a new code was made
    reserved_at = fields.DatetimeField()
    ready_at = fields.DatetimeField(null=True)
    waits_until = fields.DateField()  # the last local day on which it can be collected
    closed_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "rewards_order"
        constraints = [
            CheckConstraint(
                check="state IN ('reserved', 'ready', 'partly', 'collected', 'cancelled', 'expired', 'refunded')",
                name="rewards_order_state",
            ),
            CheckConstraint(
                check="(state IN ('reserved', 'ready', 'partly')) = (closed_at IS NULL)", name="rewards_order_closed"
            ),
            CheckConstraint(check="points > 0", name="rewards_order_points"),
            CheckConstraint(check="version >= 1 AND code_number >= 0", name="rewards_order_version"),
        ]
        indexes = (
            ("steward_id", "reserved_at"),
            ("street_id", "state", "reserved_at"),
            ("community_id", "state", "reserved_at"),
            ("place_id", "state", "reserved_at"),
            ("state", "waits_until"),
            ("reserved_at", "id"),
            ("code_sha256",),
        )


class OrderLine(Model):
    """One item of an order: how many, at which price, and what became of them."""

    id = fields.UUIDField(primary_key=True)
    order: fields.ForeignKeyRelation["Order"] = fields.ForeignKeyField(
        "rewards.Order", related_name="lines", on_delete=fields.RESTRICT
    )
    number = fields.SmallIntField()  # 1, 2, … within the order
    item: fields.ForeignKeyRelation["Item"] = fields.ForeignKeyField(
        "rewards.Item", related_name="order_lines", on_delete=fields.RESTRICT
    )
    price: fields.ForeignKeyRelation["Price"] = fields.ForeignKeyField(
        "rewards.Price", related_name="order_lines", on_delete=fields.RESTRICT
    )
    stock: fields.ForeignKeyNullableRelation["Stock"] = fields.ForeignKeyField(
        "rewards.Stock", related_name="order_lines", null=True, on_delete=fields.RESTRICT
    )
    steward_id = fields.UUIDField()  # of the order: what a person has had of an item is read from an index
    points_each = fields.BigIntField()
    quantity = fields.IntField()
    collected = fields.IntField(default=0)
    released = fields.IntField(default=0)  # cancelled or expired
    refunded = fields.IntField(default=0)  # of those collected
    reserved_at = fields.DatetimeField()

    class Meta:
        table = "rewards_order_line"
        constraints = [
            UniqueConstraint(fields=("order_id", "number"), name="rewards_order_line_number"),
            UniqueConstraint(fields=("order_id", "item_id"), name="rewards_order_line_item"),
            CheckConstraint(check="points_each > 0 AND quantity > 0", name="rewards_order_line_positive"),
            CheckConstraint(
                check="collected >= 0 AND released >= 0 AND collected + released <= quantity",
                name="rewards_order_line_counts",
            ),
            CheckConstraint(check="refunded >= 0 AND refunded <= collected", name="rewards_order_line_refunded"),
        ]
        indexes = (
            ("item_id", "reserved_at"),
            ("steward_id", "item_id", "reserved_at"),
            ("stock_id",),
            ("price_id",),
        )


class StockMove(Model):
    """One change of a stock, never changed itself: what came, was set aside, left, was lost or counted, and by whom."""

    id = fields.UUIDField(primary_key=True)
    stock: fields.ForeignKeyRelation["Stock"] = fields.ForeignKeyField(
        "rewards.Stock", related_name="moves", on_delete=fields.RESTRICT
    )
    version = fields.BigIntField()  # of the stock after this move, gapless from 1
    kind = fields.CharField(max_length=16)
    quantity = fields.BigIntField()  # how many; for a count, how many were found
    available_change = fields.BigIntField()
    reserved_change = fields.BigIntField()
    available = fields.BigIntField()  # after this move
    reserved = fields.BigIntField()  # after this move
    order_line: fields.ForeignKeyNullableRelation["OrderLine"] = fields.ForeignKeyField(
        "rewards.OrderLine", related_name="moves", null=True, on_delete=fields.RESTRICT
    )
    reason = fields.CharField(max_length=32, null=True)  # a code
    actor_kind = fields.CharField(max_length=16)
    actor_id = fields.UUIDField(null=True)
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "rewards_stock_move"
        constraints = [
            UniqueConstraint(fields=("stock_id", "version"), name="rewards_stock_move_version"),
            CheckConstraint(
                check="kind IN ('received', 'reserved', 'released', 'collected', 'lost', 'counted')",
                name="rewards_stock_move_kind",
            ),
            CheckConstraint(check="version >= 1 AND quantity >= 0", name="rewards_stock_move_positive"),
            CheckConstraint(check="available >= 0 AND reserved >= 0", name="rewards_stock_move_balances"),
            CheckConstraint(
                check="(kind IN ('reserved', 'released', 'collected')) = (order_line_id IS NOT NULL)",
                name="rewards_stock_move_line",
            ),
        ]
        indexes = (("order_line_id",), ("recorded_at",))


class OrderEvent(Model):
    """One step in the life of an order, never changed."""

    id = fields.UUIDField(primary_key=True)
    order: fields.ForeignKeyRelation["Order"] = fields.ForeignKeyField(
        "rewards.Order", related_name="events", on_delete=fields.RESTRICT
    )
    version = fields.IntField()  # of the order after this step, gapless from 1
    action = fields.CharField(max_length=16)  # reserve, ready, collect, cancel, expire, refund, recode, allow
    from_state = fields.CharField(max_length=16, null=True)
    to_state = fields.CharField(max_length=16)
    quantities = fields.TextField()  # JSON: how many of each line, by its number
    reason = fields.CharField(max_length=32, null=True)  # a code
    collector = fields.CharField(max_length=16, null=True)  # owner, other
    actor_kind = fields.CharField(max_length=16)
    actor_id = fields.UUIDField(null=True)
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "rewards_order_event"
        constraints = [
            UniqueConstraint(fields=("order_id", "version"), name="rewards_order_event_version"),
            CheckConstraint(check="version >= 1", name="rewards_order_event_positive"),
        ]
