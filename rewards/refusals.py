"""Why something about items, stock and orders was not done: one refusal for each state that can refuse."""

from collections.abc import Mapping
from typing import Any

from kernel.errors import Kind, Refusal
from kernel.messages import N_


class UnknownItem(Refusal):
    """No item has this id or code, or none that the caller may see."""

    code = "unknown_item"
    kind = Kind.NOT_FOUND
    message = N_("没有这件兑换物品。")


class UnknownOrder(Refusal):
    """No order has this id, number or code, or none that the caller may see."""

    code = "unknown_order"
    kind = Kind.NOT_FOUND
    message = N_("没有这张兑换单。")


class UnknownPickUpPlace(Refusal):
    """No pick-up place has this code or id, or it is closed."""

    code = "unknown_pick_up_place"
    kind = Kind.INVALID
    message = N_("没有这个领取点，或者它已经停用。")


class NotOnOffer(Refusal):
    """The item cannot be ordered now."""

    code = "not_on_offer"
    message = N_("“{item}”现在不能兑换。")


class OutOfStock(Refusal):
    """Fewer are left at this place than were asked for."""

    code = "out_of_stock"
    message = N_("“{item}”在这个领取点只剩 {left} 份，不够 {wanted} 份。")


class LimitReached(Refusal):
    """One person may have only so many of it in a period."""

    code = "limit_reached"
    message = N_("“{item}”{period}每人限兑 {limit} 份，您已兑 {had} 份。")


class NotEligible(Refusal):
    """Something is missing before the item can be had; `missing` says what and how far."""

    code = "not_eligible"
    message = N_("还不能兑换“{item}”：{first}")

    @property
    def extras(self) -> Mapping[str, Any]:
        """What is missing, for machines and pages."""
        return {"missing": self.params.get("missing", [])}


class StewardNotServing(Refusal):
    """Who is suspended or has left for good redeems nothing."""

    code = "steward_not_serving"
    message = N_("这位管家现在不能兑换（{status}）。")


class SuspendedForNoShows(Refusal):
    """Who did not come too often redeems nothing for a while, as the rules say."""

    code = "suspended_for_no_shows"
    message = N_("已有 {count} 次预约没有来，到 {until} 为止暂停兑换。")


class QuantityOutOfRange(Refusal):
    """Not a quantity that can be ordered, handed over or moved."""

    code = "quantity_out_of_range"
    kind = Kind.INVALID
    message = N_("数量应为 {least} 到 {most} 之间的整数。")


class ItemTwice(Refusal):
    """One order names an item once, with its quantity."""

    code = "item_twice"
    kind = Kind.INVALID
    message = N_("同一张兑换单里，同一件物品只写一行。")


class LinesMissing(Refusal):
    """An order is of one to twenty items."""

    code = "lines_missing"
    kind = Kind.INVALID
    message = N_("一张兑换单应有 1 到 {most} 件物品。")


class StewardMissing(Refusal):
    """Staff say for whom an order is."""

    code = "steward_missing"
    kind = Kind.INVALID
    message = N_("请写明是为哪位管家兑换。")


class WrongOrderState(Refusal):
    """The order stands where this step cannot be taken."""

    code = "wrong_order_state"
    message = N_("兑换单 {number} {state}，不能{action}。")


class MoreThanOpen(Refusal):
    """More of a line than is still there to be handed over, cancelled or refunded."""

    code = "more_than_open"
    message = N_("兑换单 {number} 第 {line} 行只剩 {left} 份可以{action}，不够 {wanted} 份。")


class UnknownLine(Refusal):
    """The order has no such line."""

    code = "unknown_line"
    kind = Kind.INVALID
    message = N_("兑换单 {number} 没有第 {line} 行。")


class CodeNeeded(Refusal):
    """Handing over takes the pick-up code."""

    code = "code_needed"
    kind = Kind.INVALID
    message = N_("请扫描或输入 8 位领取码。")


class CodeWrong(Refusal):
    """The pick-up code is not that of the order."""

    code = "code_wrong"
    message = N_("领取码不对。")


class CodeAmbiguous(Refusal):
    """Two open orders have this code by chance; the number tells them apart."""

    code = "code_ambiguous"
    message = N_("请输入兑换单编号，再输入领取码。")


class ProxyNotAllowed(Refusal):
    """The owner did not agree that somebody else collects."""

    code = "proxy_not_allowed"
    message = N_("兑换单 {number} 的主人没有同意代领。")


class NotExpiredYet(Refusal):
    """The order still waits to be collected."""

    code = "not_expired_yet"
    message = N_("兑换单 {number} 等到 {on}，还没有过期。")


class DonationStands(Refusal):
    """What was donated has been passed on."""

    code = "donation_stands"
    message = N_("捐赠已经转出，不能退还。")


class ReasonUnknown(Refusal):
    """A reason is one of a list."""

    code = "reason_unknown"
    kind = Kind.INVALID
    message = N_("原因应当是 {allowed} 之一。")


class ItemExists(Refusal):
    """The code belongs to another item."""

    code = "item_exists"
    message = N_("代码 {code} 已经有物品使用。")


class ItemCodeNotAllowed(Refusal):
    """A code holds something other than letters, digits and hyphens."""

    code = "item_code_not_allowed"
    kind = Kind.INVALID
    message = N_("代码只能用字母、数字和短横线，最多 {most} 位。")


class ItemChanged(Refusal):
    """The item was edited by someone else since it was read (If-Match)."""

    code = "item_changed"
    kind = Kind.STALE
    message = N_("物品已被别人改过（现在是第 {version} 版），请刷新后再改。")


class ItemFieldWrong(Refusal):
    """A field of an item does not fit; `why` says how."""

    code = "item_field_wrong"
    kind = Kind.INVALID
    message = N_("{why}")


class PriceOutOfRange(Refusal):
    """Not a price in points."""

    code = "price_out_of_range"
    kind = Kind.INVALID
    message = N_("价格应为 1 到 {most} 之间的整数（分）。")


class PriceInThePast(Refusal):
    """A price begins now or later: what was ordered keeps what it saw."""

    code = "price_in_the_past"
    kind = Kind.INVALID
    message = N_("新价格不能从过去的时间开始。")


class PriceStands(Refusal):
    """Another price begins at the same moment."""

    code = "price_stands"
    message = N_("从这个时间开始已经有另一个价格。")


class StockShort(Refusal):
    """Fewer are free than are to be taken away."""

    code = "stock_short"
    message = N_("现有 {available} 份可用，不能减少 {wanted} 份。")


class CountBelowReserved(Refusal):
    """A count found fewer than are set aside for orders; some orders have to be cancelled first."""

    code = "count_below_reserved"
    message = N_("已有 {reserved} 份预留给兑换单，盘点数不能少于它；请先取消一部分。")


class NoStockKept(Refusal):
    """The item has no stock to be counted."""

    code = "no_stock_kept"
    message = N_("这件物品不计库存。")


class PlaceCodeNotAllowed(Refusal):
    """A pick-up place's code begins the numbers of its orders, so it is short and plain."""

    code = "place_code_not_allowed"
    kind = Kind.INVALID
    message = N_("领取点代码用 1 到 {most} 个大写字母和数字。")


class PickUpPlaceMoved(Refusal):
    """A pick-up place stays in its street; a new one gets a code of its own."""

    code = "pick_up_place_moved"
    message = N_("领取点 {code} 已经属于别的街道或社区，请用新的代码。")


class ItemKindUnknown(Refusal):
    """No such kind of item."""

    code = "item_kind_unknown"
    kind = Kind.INVALID
    message = N_("没有“{given}”这个种类，应为 {allowed}。")


class ItemKindStays(Refusal):
    """An item keeps the kind that it was added with."""

    code = "item_kind_stays"
    message = N_("物品 {code} 的种类登记后不能改。")
