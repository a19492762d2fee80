"""Signing in by one-time card: the card's holder chooses a PIN, and the browser is known from then on."""

from kernel.audit import Actor, AuditEntry, record
from kernel.database import Database, Tx
from kernel.passwords import hash_password
from stewards.devices import device_of
from stewards.models import Steward
from stewards.pins import check_pin
from stewards.refusals import CardRefused
from stewards.sessions import SessionSecret, open_session, revoke_sessions
from stewards.sign_in_budgets import BY_NUMBER, BY_SOURCE, budgets_of, count_try, forget_tries, give_try_back
from stewards.sign_in_cards import read_card, use_card
from stewards.visits import Visit


async def sign_in_by_card(
    database: Database,
    secret: str,
    pin: str,
    *,
    visit: Visit,
) -> SessionSecret:
    """Use a card up: its steward's PIN is the chosen one, sessions under the old one end, a new one opens.

    A card has 128 bits, so that guessing is bounded by the source alone; no other budget keeps its holder out.

    Raises:
        Throttled: too many tries from this source.
        CardRefused: there is no such card any more.
        PinNotSixDigits, PinTooEasy: the PIN is not accepted; the card stays good.

    """
    budgets = budgets_of("source", visit.source, BY_SOURCE)
    await count_try(database, budgets, visit.clock)
    reader = await database.reader()
    card = await read_card(reader, secret, now=visit.clock.now())
    if card is None:
        raise CardRefused
    try:
        check_pin(pin, number=card.number)
        hashed = await hash_password(pin)
    finally:
        await database.run(lambda tx: give_try_back(tx, budgets))  # who holds a card has proved enough
    used = await device_of(reader, visit.device, "steward", card.steward_id)

    async def enter(tx: Tx) -> SessionSecret:
        now = visit.clock.now()
        if not await use_card(tx, card.card_id, now=now):
            raise CardRefused
        await forget_tries(tx, budgets_of("steward", card.number, BY_NUMBER))
        await tx.update(Steward, [{"id": card.steward_id, "pin_hash": hashed}])
        await revoke_sessions(tx, steward_id=card.steward_id, now=now)
        entry = AuditEntry(
            actor=Actor("steward", card.steward_id),
            action="stewards.card_used",
            subject_kind="steward",
            subject_id=card.steward_id,
            detail={"card": str(card.card_id)},
        )
        await record(tx, [entry], now=now)
        return await open_session(
            tx, steward_id=card.steward_id, now=now, lifetime=visit.lifetime, device=used, browser=visit.browser
        )

    return await database.run(enter)
