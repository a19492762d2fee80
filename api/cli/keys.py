"""`jinpai keys`: bearer tokens for machines, staff and stewards."""

from datetime import timedelta
from uuid import UUID

from api.cli.opening import opened
from api.cli.terminal import CommandFailed, Exit, confirm, give, give_json, give_table, say
from kernel.audit import SYSTEM
from kernel.clock import SystemClock, local_date
from kernel.database import Reader, Tx
from kernel.settings import Settings
from stewards.directory import find_stewards
from stewards.keys import IssuedToken, NewToken, issue_token, list_tokens, revoke_token
from stewards.partners import partner_ids
from stewards.principal import system_principal
from stewards.roles import DISTRICT, Scope, ScopeKind
from stewards.staffing import list_staff, scope_ids


async def create(
    settings: Settings,
    *,
    label: str,
    role: str | None,
    scope: tuple[ScopeKind, str] | None,
    steward: str | None,
    staff: str | None,
    days: int | None,
    as_json: bool,
) -> None:
    """Issue a token and give its secret, once.

    Raises:
        CommandFailed: the place, steward or member of staff is unknown.
        Refusal: the wish is at fault.

    """
    async with opened(settings) as database:
        reader = await database.reader()
        now = SystemClock().now()
        wish = NewToken(
            label=label,
            role=role,
            scope=await _scope(reader, scope),
            steward_id=await _steward(reader, steward) if steward else None,
            staff_id=await _staff(reader, staff) if staff else None,
            expires_at=now + timedelta(days=days) if days else None,
        )

        async def use_case(tx: Tx) -> IssuedToken:
            return await issue_token(tx, wish, by=SYSTEM, now=now)

        issued = await database.run(use_case)
    if as_json:
        give_json({"id": issued.token_id, "label": label, "secret": issued.secret, "expires_at": issued.expires_at})
    else:
        give(issued.secret)
    say(f"token {issued.token_id} ({label}); keep the secret now, it is not shown again")


async def listed(settings: Settings, *, as_json: bool) -> None:
    """Every token that was issued, without its secret."""
    async with opened(settings) as database:
        found = await list_tokens(await database.reader())
    names = ("id", "label", "role", "scope_kind", "created_at", "expires_at", "revoked_at")
    if as_json:
        give_json([{name: getattr(token, name) for name in names} for token in found])
    else:
        give_table(names, [[getattr(token, name) for name in names] for token in found])


async def revoke(settings: Settings, token_id: str, *, yes: bool) -> None:
    """End a token at once.

    Raises:
        CommandFailed: this is no id.
        KeyUnknown: no token has this id.

    """
    try:
        wanted = UUID(token_id)
    except ValueError:
        raise CommandFailed(f"{token_id}: no token's id (see jinpai keys list)", Exit.USAGE) from None
    async with opened(settings) as database:
        confirm(f"End token {wanted}? Whoever uses it is refused from now on.", yes=yes)
        now = SystemClock().now()

        async def use_case(tx: Tx) -> None:
            await revoke_token(tx, wanted, by=SYSTEM, now=now)

        await database.run(use_case)
    say(f"token {wanted} is revoked")


async def _scope(reader: Reader, scope: tuple[ScopeKind, str] | None) -> Scope:
    if scope is None:
        return DISTRICT
    if scope[0] is ScopeKind.PARTNER:
        found = {(ScopeKind.PARTNER, code): known for code, known in (await partner_ids(reader, [scope[1]])).items()}
    else:
        found = await scope_ids(reader, [scope])
    if scope not in found:
        raise CommandFailed(f"no {scope[0].value} has the code {scope[1]}")
    return Scope(scope[0], found[scope])


async def _steward(reader: Reader, number: str) -> UUID:
    today = local_date(SystemClock().now())
    found = await find_stewards(reader, system_principal("jinpai keys"), numbers=[number], today=today)
    if not found:
        raise CommandFailed(f"no steward has the number {number}")
    return found[0].id


async def _staff(reader: Reader, login: str) -> UUID:
    for person in await list_staff(reader):
        if person.login == login:
            return person.id
    raise CommandFailed(f"nobody on the staff has the login {login}")
