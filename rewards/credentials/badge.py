"""What a certificate says, as an OpenBadgeCredential (Open Badges 3.0, appendix B.1) in a JWT payload (8.2.4.1).

The name of whoever holds it is in there as a salted hash alone (IdentityObject): who has the certificate and knows the
name can check that they belong together; who has only the certificate learns no name.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

CONTEXTS = ("https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json")
_SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
CLAIMS = frozenset({"iss", "jti", "nbf", "exp", "sub"})
"""The registered claims that say again what the credential says (Open Badges 3.0, 8.2.4.1)."""
STATUS_PATH = "/credentials/status/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """The district as it signs: the address that others reach it at, and its name."""

    base: str
    name: str

    @property
    def id(self) -> str:
        """The issuer's own address, where its profile stands."""
        return f"{self.base}/credentials/issuer"

    def key_address(self, kid: str) -> str:
        """Where the public key stands."""
        return f"{self.base}/credentials/keys/{kid}"

    @property
    def profile(self) -> dict[str, Any]:
        """The issuer's Profile."""
        return {"id": self.id, "type": ["Profile"], "name": self.name, "url": self.base}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a certificate is about. `salt` is random, `status_index` its place in the list of revocations."""

    credential_id: UUID
    title: str
    name: str
    name_en: str
    period: str
    holder: str
    salt: str
    awarded_at: datetime
    status_index: int


def identity_hash(name: str, salt: str) -> str:
    """A name as an IdentityObject holds it: sha256$ and the hash of name and salt."""
    return f"sha256${hashlib.sha256((name + salt).encode()).hexdigest()}"


def instant_text(at: datetime) -> str:
    """An instant in whole seconds of UTC, as XML Schema's dateTimeStamp."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def credential_of(facts: Facts, issuer: Issuer) -> dict[str, Any]:
    """The OpenBadgeCredential of a title that somebody was awarded."""
    address = f"{issuer.base}/verify/{facts.credential_id}"
    named = f"{facts.period} {facts.name}"
    return {
        "@context": list(CONTEXTS),
        "id": f"urn:uuid:{facts.credential_id}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": named,
        "issuer": issuer.profile,
        "validFrom": instant_text(facts.awarded_at),
        "awardedDate": instant_text(facts.awarded_at),
        "credentialSubject": {
            "id": f"{address}#holder",
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "identityType": "name",
                    "hashed": True,
                    "identityHash": identity_hash(facts.holder, facts.salt),
                    "salt": facts.salt,
                }
            ],
            "achievement": {
                "id": f"{issuer.base}/honours#{facts.title}-{facts.period}",
                "type": ["Achievement"],
                "achievementType": "Award",
                "name": named,
                "description": f"{facts.name_en}, {facts.period}",
                "criteria": {"id": f"{issuer.base}/rules", "narrative": "经评选、公示，期满无成立的异议后授予。"},
            },
        },
        "credentialStatus": {
            "id": f"{issuer.base}{STATUS_PATH}#{facts.status_index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(facts.status_index),
            "statusListCredential": f"{issuer.base}{STATUS_PATH}",
        },
        "credentialSchema": [{"id": _SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
    }


def claims_of(credential: Mapping[str, Any]) -> dict[str, Any]:
    """The payload that is signed: the credential with the registered claims that follow from it."""
    ends = {"exp": _seconds(credential["validUntil"])} if "validUntil" in credential else {}
    return {
        **credential,
        "iss": credential["issuer"]["id"],
        "jti": credential["id"],
        "nbf": _seconds(credential["validFrom"]),
        "sub": credential["credentialSubject"]["id"],
        **ends,
    }


def _seconds(instant: str) -> int:
    return int(datetime.fromisoformat(instant).timestamp())
