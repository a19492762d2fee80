"""Any steps in any order: the counts of an order never disagree, and what is closed stays closed."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Refusal
from kernel.ids import derived_id
from rewards.order_steps import LineNow, OrderNow, StepAsked, decide_step
from rewards.wording import OPEN_STATES, ItemKind, OrderAction, OrderState

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)

steps = st.lists(
    st.tuples(
        st.sampled_from(OrderAction),
        st.none() | st.dictionaries(st.integers(1, 3), st.integers(-1, 4), max_size=2),
        st.sampled_from(["owner", "other"]),
        st.integers(0, 10),
    ),
    max_size=14,
)


def an_order(quantities: list[int]) -> OrderNow:
    lines = tuple(
        LineNow(
            id=derived_id("line", str(number)),
            number=number,
            kind=ItemKind.GOODS,
            item_id=derived_id("item", str(number)),
            stock_id=derived_id("stock", str(number)),
            points_each=number,
            quantity=quantity,
        )
        for number, quantity in enumerate(quantities, 1)
    )
    return OrderNow(
        id=derived_id("order"),
        number="LT01-261123-001",
        steward_id=derived_id("steward"),
        state=OrderState.RESERVED,
        version=1,
        lines=lines,
        waits_until=date(2026, 11, 26),
    )


@given(quantities=st.lists(st.integers(1, 4), min_size=1, max_size=2), plan=steps)
def test_units_are_open_collected_or_released_and_only_the_collected_are_refunded(
    quantities: list[int], plan: list[tuple[OrderAction, dict[int, int] | None, str, int]]
) -> None:
    order = an_order(quantities)
    for action, wanted, collector, days in plan:
        asked = StepAsked(action=action, quantities=wanted, collector="other" if collector == "other" else "owner")
        step = decide_step(order, asked, now=NOW + timedelta(days=days))
        if isinstance(step, Refusal):
            assert step.code in {
                "wrong_order_state", "more_than_open", "unknown_line", "quantity_out_of_range", "proxy_not_allowed",
                "not_expired_yet", "donation_stands",
            }  # fmt: skip
            continue
        after = step.after
        assert after.version == order.version + 1
        assert (after.state in OPEN_STATES) == any(line.open for line in after.lines) == (after.closed_at is None)
        for before, line in zip(order.lines, after.lines, strict=True):
            assert line.open + line.collected + line.released == line.quantity
            assert 0 <= line.refunded <= line.collected
            grown = (
                line.collected - before.collected + line.released - before.released + line.refunded - before.refunded
            )
            assert grown == step.moved.get(line.number, 0)
        if order.state in {OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REFUNDED}:
            raise AssertionError("closed orders stay as they are")
        order = after


def test_what_is_made_ready_waits_its_full_time_from_then() -> None:
    step = decide_step(
        an_order([1]), StepAsked(action=OrderAction.READY, unclaimed_days=15), now=NOW + timedelta(days=2)
    )
    assert not isinstance(step, Refusal)
    assert (step.after.state, step.after.waits_until) == (OrderState.READY, date(2026, 12, 10))
