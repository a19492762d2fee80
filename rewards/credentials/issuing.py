"""Issuing certificates of titles: once for each, for whoever holds it or prints it at a counter."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.audit import AuditEntry, record
from kernel.database import Reader, Row, Tx
from kernel.errors import Kind, Refusal
from kernel.ids import new_id
from kernel.messages import N_
from kernel.numbering import take_numbers
from rewards.credentials.badge import Facts, Issuer, claims_of, credential_of
from rewards.credentials.models import Credential
from rewards.credentials.signing import SigningKey
from rewards.credentials.status import status_credential
from rewards.titles.models import TitleAward
from rewards.titles.team_models import TitleTeamAward
from stewards.models import Steward
from stewards.names import public_name
from stewards.permissions import Action, may
from stewards.principal import Place, Principal

_SERIES = "places in the list of revoked certificates"
_SALT_BYTES = 16


class UnknownCredential(Refusal):
    """No title or certificate has this id, or none that the caller may see."""

    code = "unknown_credential"
    kind = Kind.NOT_FOUND
    message = N_("没有这张证书。")


class TitleWithdrawn(Refusal):
    """The title was revoked, so it gets no certificate."""

    code = "title_withdrawn"
    message = N_("这个称号已经撤销，不能再出证书。")


class TeamUncertified(Refusal):
    """A certificate names one person; what a team holds stands on the wall of honour under its name."""

    code = "team_title_uncertified"
    message = N_("管家团的称号不出个人证书，荣誉墙上以团名公布。")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCredential:
    """The certificate of a title is wanted."""

    award_id: UUID
    caller: Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialEntry:
    """A certificate with what it is about. `name` is the holder's in full: `public_name` is for everybody."""

    id: UUID
    award_id: UUID
    steward_id: UUID
    name: str
    public_name: str
    title: str
    title_name: str
    title_name_en: str
    period: str
    year: int
    street_name: str
    street_name_en: str
    awarded_at: datetime
    revoked_at: datetime | None
    issued_at: datetime
    jws: str


async def issue_credentials(
    tx: Tx, wishes: Sequence[IssueCredential], *, now: datetime, issuer: Issuer, key: SigningKey
) -> list[UUID | Refusal]:
    """The ids of the certificates of titles; each is signed once and stays as it is."""
    awards = await tx.lock(TitleAward, {wish.award_id for wish in wishes})
    people = await tx.rows(
        Steward, f"WHERE {tx.one_of('id', 1)}", sorted({award["steward_id"] for award in awards.values()})
    )
    stewards = {person["id"]: person for person in people}
    known = await tx.rows(Credential, f"WHERE {tx.one_of('award_id', 1)}", sorted(awards))
    teams = await tx.rows(TitleTeamAward, f"WHERE {tx.one_of('award_id', 1)}", sorted(awards))
    of_teams = {row["award_id"] for row in teams}
    issued: dict[UUID, UUID] = {row["award_id"]: row["id"] for row in known}
    outcomes: list[UUID | Refusal] = []
    made: list[tuple[Row, Principal]] = []
    for wish in wishes:
        award = awards.get(wish.award_id)
        if award is None or not _may(wish.caller, Action.CREDENTIALS_ISSUE, stewards[award["steward_id"]]):
            outcomes.append(UnknownCredential(pointer="/award"))
        elif award["revoked_at"] is not None:
            outcomes.append(TitleWithdrawn(pointer="/award"))
        elif award["id"] in of_teams:
            outcomes.append(TeamUncertified(pointer="/award"))
        else:
            if award["id"] not in issued:
                issued[award["id"]] = new_id()
                made.append((award, wish.caller))
            outcomes.append(issued[award["id"]])
    numbers = await take_numbers(tx, _SERIES, len(made)) if made else range(0)
    kid = key.public.kid
    rows = []
    for (award, _), number in zip(made, numbers, strict=True):
        facts = _facts(award, stewards[award["steward_id"]], issued[award["id"]], number - 1)
        signed = key.sign(claims_of(credential_of(facts, issuer)), kid=issuer.key_address(kid))
        rows.append(
            {
                "id": facts.credential_id,
                "award_id": award["id"],
                "status_index": facts.status_index,
                "kid": kid,
                "jws": signed,
                "issued_at": now,
            }
        )
    await tx.insert(Credential, rows)
    entries = [
        AuditEntry(
            actor=caller.actor,
            action="credentials.issued",
            subject_kind="credential",
            subject_id=issued[award["id"]],
            street_id=award["street_id"],
            detail={"award": str(award["id"])},
        )
        for award, caller in made
    ]
    if entries:
        await record(tx, entries, now=now)
    return outcomes


def _facts(award: Row, steward: Row, credential_id: UUID, place: int) -> Facts:
    return Facts(
        credential_id=credential_id,
        title=award["title"],
        name=award["name"],
        name_en=award["name_en"],
        period=award["period"],
        holder=steward["name"],
        salt=secrets.token_urlsafe(_SALT_BYTES),
        awarded_at=award["awarded_at"],
        status_index=place,
    )


def _may(caller: Principal, action: Action, steward: Row) -> bool:
    place = Place(street_id=steward["street_id"], community_id=steward["community_id"])
    return may(caller, action, place, steward["id"])


async def find_credential(
    reader: Reader, credential_id: UUID, caller: Principal | None = None
) -> CredentialEntry | None:
    """A certificate; None where there is none, or none that a caller may read. Without a caller it is for everybody."""
    row = await reader.fetch_one(
        """
        SELECT credential.id, credential.award_id, credential.jws, credential.issued_at, award.steward_id, award.title,
               award.name AS title_name, award.name_en AS title_name_en, award.period, award.year, award.awarded_at,
               award.revoked_at, steward.name, steward.street_id, steward.community_id, street.name AS street_name,
               street.name_en AS street_name_en, consent.id AS consent_id
        FROM rewards_credential credential
        JOIN rewards_title_award award ON award.id = credential.award_id
        JOIN stewards_steward steward ON steward.id = award.steward_id
        JOIN stewards_street street ON street.id = award.street_id
        LEFT JOIN stewards_consent consent ON consent.steward_id = steward.id AND consent.field = 'full_name'
            AND consent.withdrawn_at IS NULL
        WHERE credential.id = $1
        """,
        credential_id,
        types={
            "id": UUID,
            "award_id": UUID,
            "steward_id": UUID,
            "street_id": UUID,
            "community_id": UUID,
            "awarded_at": datetime,
            "revoked_at": datetime,
            "issued_at": datetime,
        },
    )
    if row is None:
        return None
    steward = {"id": row["steward_id"], "street_id": row["street_id"], "community_id": row["community_id"]}
    if caller is not None and not _may(caller, Action.CREDENTIALS_ISSUE, steward):
        return None
    fields = {name: row[name] for name in CredentialEntry.__dataclass_fields__ if name != "public_name"}
    return CredentialEntry(**fields, public_name=public_name(row["name"], row["consent_id"] is not None))


async def signed_status(reader: Reader, *, issuer: Issuer, key: SigningKey, now: datetime) -> str:
    """The list of revocations, signed: every certificate whose title was revoked."""
    rows = await reader.fetch(
        "SELECT credential.status_index FROM rewards_credential credential "
        "JOIN rewards_title_award award ON award.id = credential.award_id WHERE award.revoked_at IS NOT NULL"
    )
    revoked = [row["status_index"] for row in rows]
    return key.sign(status_credential(revoked, issuer, now=now), kid=issuer.key_address(key.public.kid))
