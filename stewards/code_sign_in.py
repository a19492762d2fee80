"""The second step of signing in: the code of a second factor, or setting one up, for whose password was right."""

from uuid import UUID

from kernel.audit import Actor
from kernel.clock import Clock
from kernel.database import Database, Row, Tx
from stewards.devices import device_of
from stewards.refusals import SecondFactorMissing, SecondFactorNeeded, SignInRefused
from stewards.second_factor import FactorPolicy, challenge_of, challenged, enrol, factor_of, needs_factor, prove
from stewards.sessions import SessionSecret, open_session
from stewards.sign_in_budgets import (
    BY_SECOND_FACTOR,
    BY_SOURCE,
    Budgets,
    budgets_of,
    count_try,
    give_try_back,
)
from stewards.visits import Visit


async def sign_in_by_code(
    database: Database,
    challenge: str,
    code: str,
    *,
    visit: Visit,
    factor: FactorPolicy,
) -> SessionSecret:
    """Open a session for who proved the password a moment ago (`challenge`) and shows the code of the second factor.

    Raises:
        Throttled: too many codes of this person, or tries from this source.
        SignInRefused: the challenge does not hold any more.
        SecondFactorRefused: the code is wrong.

    """
    budgets = budgets_of("source", visit.source, BY_SOURCE)
    await count_try(database, budgets, visit.clock)
    reader = await database.reader()
    staff = await challenged(reader, factor, challenge, now=visit.clock.now())
    if staff is None:
        raise SignInRefused
    await count_try(database, budgets_of_codes(staff["id"]), visit.clock)
    used = await device_of(reader, visit.device, "staff", staff["id"])

    async def enter(tx: Tx) -> SessionSecret:
        now = visit.clock.now()
        await prove(tx, factor, staff["id"], code, now=now)
        await give_try_back(tx, [*budgets, *budgets_of_codes(staff["id"])])
        return await open_session(
            tx, staff_id=staff["id"], now=now, lifetime=visit.lifetime, device=used, browser=visit.browser
        )

    return await database.run(enter)


async def enrol_and_enter(
    database: Database,
    challenge: str,
    sealed: str,
    code: str,
    *,
    visit: Visit,
    factor: FactorPolicy,
) -> tuple[SessionSecret, list[str]]:
    """Set the second factor of who proved the password a moment ago, and open a session; answers the recovery codes.

    Raises:
        Throttled: too many tries from this source.
        SignInRefused: the challenge does not hold any more.
        SecondFactorRefused: the code is wrong.
        SecondFactorKept: somebody was quicker.

    """
    await count_try(database, budgets_of("source", visit.source, BY_SOURCE), visit.clock)
    reader = await database.reader()
    staff = await challenged(reader, factor, challenge, now=visit.clock.now())
    if staff is None:
        raise SignInRefused
    used = await device_of(reader, visit.device, "staff", staff["id"])

    async def enter(tx: Tx) -> tuple[SessionSecret, list[str]]:
        now = visit.clock.now()
        codes = await enrol(tx, factor, staff["id"], sealed, code, by=Actor("staff", staff["id"]), now=now)
        opened = await open_session(
            tx, staff_id=staff["id"], now=now, lifetime=visit.lifetime, device=used, browser=visit.browser
        )
        return opened, codes

    return await database.run(enter)


def budgets_of_codes(staff_id: UUID) -> Budgets:
    """The budgets of somebody's codes, after the right password."""
    return budgets_of("second factor", str(staff_id), BY_SECOND_FACTOR)


async def check_factor(
    database: Database, staff: Row, code: str | None, budgets: Budgets, *, factor: FactorPolicy, clock: Clock
) -> bool:
    """Whether a code has to be proved, which is then counted; the password was right and costs no try.

    Raises:
        SecondFactorNeeded, SecondFactorMissing: a code is asked for, or a factor to be set.
        Throttled: too many codes of this person.

    """
    reader = await database.reader()
    has = (await factor_of(reader, staff["id"])).since is not None
    if not has and not await needs_factor(reader, factor, staff["id"]):
        return False
    if has and code:
        await count_try(database, budgets_of_codes(staff["id"]), clock)
        return True
    await database.run(lambda tx: give_try_back(tx, budgets))
    challenge = challenge_of(factor, staff, clock.now())
    raise SecondFactorNeeded(challenge) if has else SecondFactorMissing(challenge)
