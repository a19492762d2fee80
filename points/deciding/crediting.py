"""Points arrive: from the world or a street's budget, under a ceiling whose excess goes elsewhere; and minutes."""

from points.accounts import LOTTED, OUTLETS, OWNER_OF, world_account
from points.deciding.book import Book, MadeNow, Owner, Place, check_key, check_points, next_instant
from points.refusals import BudgetExhausted, OperationDiffers, PurseUnfit
from points.state import Account, Lot
from points.wishes import Ceiling, Credit, Minutes, Posted


def credit(book: Book, wish: Credit) -> Posted:
    """Give points; a steward's debt is repaid from what he can spend of them."""
    check_points(wish.points)
    check_key(wish.reason, wish.reference)
    key = (wish.reason, wish.reference)
    fingerprint = wish.facts()
    earlier = book.known.get(key)
    if earlier is not None:
        if earlier.fingerprint != fingerprint:
            raise OperationDiffers(pointer="/reference", reason=wish.reason, reference=wish.reference)
        return earlier.as_posted(replayed=True)
    budget = None
    if wish.budget_id is not None:
        budget = book.owner(wish.budget_id, "street").main
        if budget.balance < wish.points:
            raise BudgetExhausted(pointer="/budget", needed=wish.points, left=budget.balance)
    owner = book.owners.get(wish.owner_id) or book.owner(wish.owner_id, OWNER_OF[wish.purse])
    if wish.ceiling is None and wish.purse == owner.main.kind and not book.keeps_legs and not owner.owed():
        return _plain(book, wish, fingerprint, owner, budget)
    return _in_full(book, wish, fingerprint, owner, budget)


def _plain(book: Book, wish: Credit, fingerprint: str, owner: Owner, budget: Account | None) -> Posted:
    """A credit to somebody who owes nothing: what `_in_full` does, without what only others need."""
    main, made, new_id, points = owner.main, book.made, book.new_id, wish.points
    operation_id, transfer_id, recorded_at = new_id(), new_id(), book.now
    if main.touched_at is not None and main.touched_at >= recorded_at:
        recorded_at = next_instant(main, recorded_at)
    if budget is None:
        source_id, from_version, from_balance = world_account(wish.source_kind), None, None
        made.world_ends.add((wish.source_kind, "points"))
    else:
        if budget.touched_at is not None and budget.touched_at > recorded_at:
            recorded_at = budget.touched_at
        source_id = budget.id
        budget.balance = from_balance = budget.balance - points
        budget.version = from_version = budget.version + 1
        budget.touched_at = recorded_at
        budget.touched = True
    main.balance = balance = main.balance + points
    main.version += 1
    main.touched_at = recorded_at
    main.touched = True
    made.operations.append(
        (
            operation_id,
            wish.reason,
            wish.reference,
            fingerprint,
            None,
            wish.actor_id,
            wish.occurred_at,
            recorded_at,
        )
    )
    made.transfers.append(
        (
            transfer_id,
            operation_id,
            0,
            source_id,
            main.id,
            points,
            from_version,
            from_balance,
            main.version,
            balance,
            recorded_at,
        )
    )
    lot = Lot(transfer_id, main.id, points, points, wish.expires_on, recorded_at)
    book.new_lots[transfer_id] = book.lot_by_id[transfer_id] = lot
    owner.lots.setdefault(main.kind, []).append(lot)
    posted = Posted(
        operation_id=operation_id,
        owner_id=wish.owner_id,
        given=points,
        taken=0,
        debt_added=0,
        debt_repaid=0,
        balance_after=balance,
        recorded_at=recorded_at,
    )
    book.known[wish.reason, wish.reference] = MadeNow(fingerprint, posted)
    return posted


def _in_full(book: Book, wish: Credit, fingerprint: str, owner: Owner, budget: Account | None) -> Posted:
    among = [owner]
    if wish.budget_id is not None:
        among.append(book.owner(wish.budget_id, "street"))
    excess = _excess(wish, owner)
    book.begin(*among)
    source: Place = wish.source_kind if budget is None else budget
    if excess and wish.ceiling is not None:
        _overflowing(book, wish, source, excess, wish.ceiling)
    else:
        book.give(source, owner, wish.purse, wish.points, wish.expires_on)
    book.repay(owner)
    return book.record(wish, (wish.reason, wish.reference), fingerprint, owner)


def _excess(wish: Credit, owner: Owner) -> int:
    """How many of the points exceed the ceiling. What repays a debt does not stay in the purse."""
    if wish.ceiling is None:
        return 0
    to = wish.ceiling.overflow_to
    if to == wish.purse or wish.purse not in LOTTED or (to == "donated" and to not in OUTLETS[wish.purse]):
        raise PurseUnfit(pointer="/ceiling")
    repays = owner.owed() if wish.purse == "spendable" else 0
    room = max(0, wish.ceiling.most - owner.account(wish.purse).balance) + repays
    return max(0, wish.points - room)


def _overflowing(book: Book, wish: Credit, source: Place, excess: int, ceiling: Ceiling) -> None:
    owner = book.owners[wish.owner_id]
    if ceiling.overflow_to == "donated":
        # What a steward donates passes through his purse, so that his statement shows that it was his.
        arrived = book.give(source, owner, wish.purse, wish.points, wish.expires_on)
        book.spend(owner, wish.purse, "donated", excess, first=book.lot_by_id[arrived])
        return
    if wish.points > excess:
        book.give(source, owner, wish.purse, wish.points - excess, wish.expires_on)
    book.give(source, owner, ceiling.overflow_to, excess, wish.expires_on)


def minutes(book: Book, wish: Minutes) -> Posted:
    """Give minutes of service."""
    check_points(wish.minutes, "/minutes")
    if earlier := book.again(wish):
        return earlier
    owner = book.owner(wish.owner_id)
    book.begin(owner)
    book.move("issued", owner.account("minutes"), wish.minutes)
    return book.record_keyed(wish, owner)
