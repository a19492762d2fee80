"""`jinpai export orders`: orders with their lines, for a spreadsheet."""

from pathlib import Path

from api.cli.opening import opened
from api.cli.terminal import CommandFailed, Exit, give_file, give_json
from api.tables import Cell, csv_of, local_time, xlsx_of
from kernel.messages import N_, Locale, translate
from kernel.settings import Settings
from rewards.orders import OrderFilter, OrderShown, list_orders
from rewards.pick_up_places import pick_up_place
from rewards.wording import STATES, OrderState
from stewards.principal import system_principal

_PAGE = 500
_HEADERS = (
    N_("订单号"), N_("下单时间"), N_("状态"), N_("领取点"), N_("管家编号"), N_("渠道"), N_("编号"), N_("物品"),
    N_("件数"), N_("单价（分）"), N_("已领取"), N_("已退回"), N_("已退还"), N_("请在此日前领取"),
)  # fmt: skip


async def export_orders(
    settings: Settings, out: Path | None, *, state: str | None, place: str | None, locale: Locale, as_json: bool
) -> None:
    """Write a line for each line of each order, newest first: .xlsx or .csv by the file's name, else .csv to stdout.

    Raises:
        CommandFailed: there is no such state or place, or the file is of another kind.

    """
    if out is not None and out.suffix.lower() not in {".csv", ".xlsx"}:
        raise CommandFailed(f"--out {out}: .csv or .xlsx", Exit.USAGE)
    try:
        states = tuple(OrderState(part) for part in state.split(",")) if state else ()
    except ValueError:
        raise CommandFailed(f"--state: {', '.join(OrderState)}", Exit.USAGE) from None
    found: list[OrderShown] = []
    async with opened(settings) as database:
        reader = await database.reader()
        chosen = await pick_up_place(reader, place) if place else None
        if place and chosen is None:
            raise CommandFailed(f"no pick-up place has the code {place}")
        wanted = OrderFilter(states=states, place_id=chosen.id if chosen else None)
        more = True
        while more:
            orders, more = await list_orders(
                reader,
                system_principal("jinpai export"),
                wanted,
                starting_after=found[-1].id if found else None,
                limit=_PAGE,
            )
            found += orders
    if as_json:
        give_json([_as_json(order) for order in found])
        return
    headers = [translate(words, locale) for words in _HEADERS]
    rows = [row for order in found for row in _rows(order, locale)]
    workbook = out is not None and out.suffix.lower() == ".xlsx"
    give_file(out, xlsx_of(headers, rows) if workbook else csv_of(headers, rows))


def _rows(order: OrderShown, locale: Locale) -> list[list[Cell]]:
    english = locale == "en"
    return [
        [
            order.number,
            local_time(order.reserved_at),
            translate(STATES[order.state], locale),
            order.place_en if english else order.place,
            order.steward_number,
            order.channel,
            line.code,
            line.name_en if english else line.name,
            line.quantity,
            line.points_each,
            line.collected,
            line.released,
            line.refunded,
            order.waits_until.isoformat(),
        ]
        for line in order.lines
    ]


def _as_json(order: OrderShown) -> dict[str, object]:
    return {
        "number": order.number,
        "state": order.state,
        "place": order.place_code,
        "steward": order.steward_number,
        "channel": order.channel,
        "points": order.points,
        "reserved_at": order.reserved_at,
        "waits_until": order.waits_until,
        "lines": [
            {
                "item": line.code,
                "quantity": line.quantity,
                "points_each": line.points_each,
                "collected": line.collected,
                "released": line.released,
                "refunded": line.refunded,
            }
            for line in order.lines
        ],
    }
