"""The decision alone, without a database: thousands of batches against the ledger on paper."""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.ids import new_id
from points.accounts import PURSE_KINDS, WORLD_KINDS, WorldKind, purse_account, world_account
from points.deciding import Book, decide, decide_on
from points.state import Account, Decision, EarlierOperation, Leg, Lot, State
from points.wishes import Reverse, Wish
from tests.points.ledger_builders import ANN, NOON, STREET, TEAM, a_credit, a_debit
from tests.points.ledger_steps import POSTING, Model, Step, plain
from tests.points.ledger_strategies import BEGIN, EVERYBODY

EXAMPLES = 50 * int(os.environ.get("JINPAI_EXAMPLES", "40"))


class MemoryLedger:
    """Keeps the rows of decisions, and hands the next batch the state that a database would."""

    def __init__(self) -> None:
        self.accounts: dict[UUID, Account] = {}
        self.lots: dict[UUID, Lot] = {}
        self.operations: dict[UUID, tuple[object, ...]] = {}
        self.transfers: list[tuple[object, ...]] = []
        self.allocations: list[tuple[object, ...]] = []
        self.settlements: list[tuple[object, ...]] = []

    def post(self, wishes: Sequence[Wish], now: datetime) -> Decision:
        """Decide a batch and keep its rows."""
        state = State(
            accounts=[replace(account) for account in self.accounts.values()],
            lots=[replace(lot) for lot in self.lots.values()],
            operations=self._operations(),
            lapsed=self._lapsed(),
        )
        return self.keep(decide(state, wishes, now=now, new_id=new_id))

    def keep(self, decision: Decision) -> Decision:
        """Keep the rows of a decision."""
        for account in (*decision.new_accounts, *decision.changed_accounts):
            self.accounts[account.id] = account
        for lot in (*decision.new_lots, *decision.changed_lots):
            self.lots[lot.id] = lot
        self.operations |= {row[0]: row for row in decision.operations}
        self.transfers += decision.transfers
        self.allocations += decision.allocations
        self.settlements += decision.settlements
        return decision

    def _operations(self) -> list[EarlierOperation]:
        kinds = {world_account(kind): kind for kind in WORLD_KINDS}
        kinds |= {world_account("issued", "minutes"): "issued"}
        kinds |= {purse_account(owner, kind): kind for owner in EVERYBODY for kind in PURSE_KINDS}
        owners = {purse_account(owner, kind): owner for owner in EVERYBODY for kind in PURSE_KINDS}
        held_by = {row[0]: row[1:] for row in self.settlements}
        reversed_by = {row[4]: row[0] for row in self.operations.values() if row[4]}
        found = []
        for row in self.operations.values():
            moved = [transfer for transfer in self.transfers if transfer[1] == row[0]]
            touched = [owners[side] for transfer in moved for side in transfer[3:5] if side in owners]
            owner_id = next((owner for owner in touched if owner != STREET), STREET)
            if row[4] is not None:
                owner_id = next(made.owner_id for made in found if made.id == row[4])
            main = purse_account(owner_id, {TEAM: "pool", STREET: "budget"}.get(owner_id, "spendable"))
            until = self.transfers.index(moved[-1])
            sides = [(side[3:5], side) for side in self.transfers[: until + 1] if main in side[3:5]]
            balance = (sides[-1][1][9] if sides[-1][0][1] == main else sides[-1][1][7]) if sides else 0
            found.append(
                EarlierOperation(
                    id=row[0],
                    reason=row[1],
                    reference=row[2],
                    fingerprint=row[3],
                    reverses_id=row[4],
                    reversed_by_id=reversed_by.get(row[0]),
                    recorded_at=row[7],
                    owner_id=owner_id,
                    balance_after=balance,
                    hold_id=held_by.get(row[0], (None, None))[0],
                    capture_id=held_by.get(row[0], (None, None))[1],
                    legs=tuple(
                        Leg(
                            transfer_id=transfer[0],
                            from_kind=kinds[transfer[3]],
                            to_kind=kinds[transfer[4]],
                            points=transfer[5],
                            from_owner=owners.get(transfer[3]),
                            to_owner=owners.get(transfer[4]),
                            allocations=tuple(
                                (lot_id, points) for _, lot_id, at, points in self.allocations if at == transfer[0]
                            ),
                        )
                        for transfer in moved
                    ),
                )
            )
        return found

    def _lapsed(self) -> dict[tuple[UUID, WorldKind], int]:
        ends = {world_account("expired"): "expired", world_account("forfeited"): "forfeited"}
        end_of = {row[0]: ends.get(row[3]) or ends.get(row[4]) for row in self.transfers}
        found: dict[tuple[UUID, WorldKind], int] = {}
        for _, lot_id, transfer_id, points in self.allocations:
            if end := end_of[transfer_id]:
                found[lot_id, end] = found.get((lot_id, end), 0) + points
        return found

    def standing(self, owner: UUID) -> object:
        """What somebody has, owes and has on hold, and what expires when, as the model says it."""
        names = {"escrow": "held", "debt": "owes"}
        found: dict[str, object] = {
            names.get(kind, kind): self.accounts[purse_account(owner, kind)].balance
            for kind in PURSE_KINDS
            if purse_account(owner, kind) in self.accounts
        }
        expiring: dict[date, int] = {}
        for lot in self.lots.values():
            if lot.account_id == purse_account(owner, "spendable") and lot.remaining and lot.expires_on:
                expiring[lot.expires_on] = expiring.get(lot.expires_on, 0) + lot.remaining
        return {name: value for name, value in {**found, "expiring": dict(sorted(expiring.items()))}.items() if value}


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(POSTING, min_size=1, max_size=8))
def test_every_batch_is_decided_as_on_paper(steps: list[Step]) -> None:
    ledger, model, now = MemoryLedger(), Model(), BEGIN
    for step in steps:
        now += step.after
        decision = ledger.post(step.wishes, now)
        assert [plain(outcome) for outcome in decision.outcomes] == model.play(step.wishes, now)
        for owner in EVERYBODY:
            assert ledger.standing(owner) == model.standing(owner)


@settings(max_examples=EXAMPLES // 4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(POSTING, min_size=1, max_size=5))
def test_one_batch_of_many_decides_as_many_batches_of_one(steps: list[Step]) -> None:
    together, apart = MemoryLedger(), MemoryLedger()
    wishes = [wish for step in steps for wish in step.wishes]
    at_once = [plain(outcome) for outcome in together.post(wishes, BEGIN).outcomes]
    one_by_one = [plain(apart.post([wish], BEGIN).outcomes[0]) for wish in wishes]
    assert at_once == one_by_one
    for owner in EVERYBODY:
        assert together.standing(owner) == apart.standing(owner)


@settings(max_examples=EXAMPLES // 4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(POSTING, min_size=1, max_size=5))
def test_a_batch_that_is_decided_in_several_goes_decides_as_at_once(steps: list[Step]) -> None:
    together, by_goes = MemoryLedger(), MemoryLedger()
    book = Book(State(), BEGIN, new_id, keeps_legs=True)
    parts = [by_goes.keep(decide_on(book, step.wishes)) for step in steps]
    at_once = together.post([wish for step in steps for wish in step.wishes], BEGIN)
    assert [plain(found) for part in parts for found in part.outcomes] == [plain(found) for found in at_once.outcomes]
    for owner in EVERYBODY:
        assert by_goes.standing(owner) == together.standing(owner)
    made = [account.id for part in parts for account in part.new_accounts]
    assert len(made) == len(set(made)), "an account is made once, and changes afterwards"


@settings(max_examples=EXAMPLES // 4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(POSTING, min_size=1, max_size=8))
def test_rows_chain_without_gap_and_nobody_owes_while_he_has(steps: list[Step]) -> None:
    ledger, now = MemoryLedger(), BEGIN
    for step in steps:
        now += step.after
        ledger.post(step.wishes, now)
    for account_id, account in ledger.accounts.items():
        sides = sorted(
            [(row[8], row[9], row[5], row[10]) for row in ledger.transfers if row[4] == account_id]
            + [(row[6], row[7], -row[5], row[10]) for row in ledger.transfers if row[3] == account_id]
        )
        assert [version for version, *_ in sides] == list(range(1, account.version + 1))
        balance, recorded = 0, None
        for _, after, change, at in sides:
            balance += change
            assert after == balance >= 0
            assert recorded is None or at >= recorded
            recorded = at
        assert account.balance == balance
    for owner in EVERYBODY:
        found = ledger.standing(owner)
        assert not ("spendable" in found and "owes" in found)


def test_deciding_again_from_the_same_state_decides_the_same() -> None:
    wishes = [a_credit(10), a_debit(4), Reverse(operation=("grant", "one"), cause="mistake", occurred_at=NOON)]
    first, second = MemoryLedger(), MemoryLedger()
    assert [plain(found) for found in first.post(wishes, NOON).outcomes] == [
        plain(found) for found in second.post(wishes, NOON).outcomes
    ]
    assert first.standing(ANN) == second.standing(ANN) == {"owes": 4}
