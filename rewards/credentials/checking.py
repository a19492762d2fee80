"""Checking a certificate offline: its signature, what it has to say, and the list of revocations that is at hand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from kernel.messages import N_, Text
from rewards.credentials.badge import CLAIMS, CONTEXTS, claims_of, identity_hash
from rewards.credentials.signing import NotSigned, VerifyingKey
from rewards.credentials.status import is_set, list_of

MOST_CHARACTERS = 20_000


class Verdict(StrEnum):
    """What came of checking a certificate."""

    VALID = "valid"
    UNSIGNED = "unsigned"
    MALFORMED = "malformed"
    EARLY = "early"
    EXPIRED = "expired"
    REVOKED = "revoked"
    OTHER_NAME = "other_name"


VERDICTS: Mapping[Verdict, str] = {
    Verdict.VALID: N_("证书有效，是本区签发的，没有改动过。"),
    Verdict.UNSIGNED: N_("不是本区签发的证书，或者内容改动过。"),
    Verdict.MALFORMED: N_("签名是本区的，但内容不是一张完整的证书。"),
    Verdict.EARLY: N_("证书还没有到生效的时间。"),
    Verdict.EXPIRED: N_("证书已经过了有效期。"),
    Verdict.REVOKED: N_("证书已经撤销。"),
    Verdict.OTHER_NAME: N_("证书是真的，但持有人不叫这个名字。"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A verdict with what the certificate says. `status_known` is false where no list of revocations was at hand."""

    verdict: Verdict
    credential: Mapping[str, Any] = field(default_factory=dict)
    status_known: bool = False

    @property
    def text(self) -> Text:
        """The verdict in a sentence."""
        return Text(VERDICTS[self.verdict])


def check(
    compact: str,
    keys: Iterable[VerifyingKey],
    *,
    now: datetime,
    status_list: str | None = None,
    name: str | None = None,
) -> Checked:
    """Check a certificate by the issuer's keys, the signed list of revocations and the holder's name, where given."""
    known = list(keys)
    said = _signed(compact.strip(), known) if len(compact) <= MOST_CHARACTERS else None
    if said is None:
        return Checked(verdict=Verdict.UNSIGNED)
    if not is_whole(said):
        return Checked(verdict=Verdict.MALFORMED, credential=said)
    revoked = _revoked(said, status_list, known)
    verdict = Verdict.VALID
    if revoked:
        verdict = Verdict.REVOKED
    elif datetime.fromisoformat(said["validFrom"]) > now:
        verdict = Verdict.EARLY
    elif "exp" in said and said["exp"] <= now.timestamp():
        verdict = Verdict.EXPIRED
    elif name is not None and not _is_named(said, name):
        verdict = Verdict.OTHER_NAME
    return Checked(verdict=verdict, credential=said, status_known=revoked is not None)


def _signed(compact: str, keys: Iterable[VerifyingKey]) -> dict[str, Any] | None:
    for key in keys:
        try:
            return key.payload(compact)
        except NotSigned:
            continue
    return None


def is_whole(said: Mapping[str, Any]) -> bool:
    """Whether a payload is an OpenBadgeCredential whose claims say the same as it does (Open Badges 3.0, 8.2.6)."""
    try:
        subject, achievement = said["credentialSubject"], said["credentialSubject"]["achievement"]
        return bool(
            claims_of({name: value for name, value in said.items() if name not in CLAIMS}) == said
            and tuple(said["@context"][:2]) == CONTEXTS
            and {"VerifiableCredential", "OpenBadgeCredential"} <= set(said["type"])
            and "AchievementSubject" in subject["type"]
            and "Achievement" in achievement["type"]
            and all(isinstance(achievement[each], str) for each in ("id", "name", "description"))
            and isinstance(achievement["criteria"], dict)
            and isinstance(said["name"], str)
        )
    except (KeyError, TypeError, ValueError):
        return False


def _revoked(said: Mapping[str, Any], status_list: str | None, keys: Iterable[VerifyingKey]) -> bool | None:
    """Whether the list says revoked; None where there is no list of this certificate's."""
    entry = said.get("credentialStatus")
    listed = _signed(status_list.strip(), keys) if status_list else None
    if listed is None or not isinstance(entry, dict):
        return None
    try:
        address, encoded = list_of(listed)
        if address != entry.get("statusListCredential"):
            return None
        return is_set(encoded, int(str(entry.get("statusListIndex"))))
    except (NotSigned, ValueError):
        return None


def _is_named(said: Mapping[str, Any], name: str) -> bool:
    found = said["credentialSubject"].get("identifier", ())
    return any(
        isinstance(each, dict) and each.get("identityHash") == identity_hash(name.strip(), str(each.get("salt", "")))
        for each in found
    )
