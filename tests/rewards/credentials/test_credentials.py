"""Certificates: whole by the specification, verified by another's library, and worth nothing once a byte is changed."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from rewards.credentials.badge import Facts, Issuer, claims_of, credential_of
from rewards.credentials.checking import Verdict, check
from rewards.credentials.signing import KEY_FILE, KeyFault, NotSigned, SigningKey, VerifyingKey, load_key, unb64
from rewards.credentials.status import BITS, is_set, packed, status_credential
from tests.stewards.builders import NOON

# RFC 9864 (2025) calls the same signatures Ed25519; verifiers of Open Badges know them as EdDSA (RFC 8037).
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
SCHEMA = json.loads((Path(__file__).parent / "open_badges_3_0.schema.json").read_text(encoding="utf-8"))
Place = tuple[str | int, ...]
ISSUER = Issuer(base="https://points.example.org", name="东城区示例")
FACTS = Facts(
    credential_id=UUID("01a20778-0000-7000-8000-00000000000a"),
    title="gold_steward",
    name="金牌管家",
    name_en="Gold steward",
    period="2026",
    holder="赵示例",
    salt="c2FsdA",
    awarded_at=NOON,
    status_index=94_567,
)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return load_key(tmp_path_factory.mktemp("key"))


def a_certificate(key: SigningKey, **changes: Any) -> str:
    claims = {**claims_of(credential_of(FACTS, ISSUER)), **changes}
    return key.sign(
        {name: value for name, value in claims.items() if value is not ...}, kid=ISSUER.key_address(key.public.kid)
    )


def a_list(key: SigningKey, *revoked: int) -> str:
    return key.sign(status_credential(revoked, ISSUER, now=NOON), kid=ISSUER.key_address(key.public.kid))


def verdict(key: SigningKey, compact: str, **more: Any) -> Verdict:
    return check(compact, [key.public], now=NOON, **more).verdict


def required_paths(schema: Mapping[str, Any], found: Any, at: Place = ()) -> Iterator[Place]:
    """Where a document has what its schema requires, at every depth."""
    for part in (schema, schema.get("then", {})):
        yield from ((*at, name) for name in part.get("required", ()))
        for name, below in part.get("properties", {}).items():
            if isinstance(found, dict) and name in found:
                yield from required_paths(below, found[name], (*at, name))
    if isinstance(found, list) and isinstance(schema.get("items"), dict):
        for place, each in enumerate(found):
            yield from required_paths(schema["items"], each, (*at, place))


def lacking(document: Mapping[str, Any], path: Place) -> dict[str, Any]:
    """A document without what stands at a place."""
    left = deepcopy(dict(document))
    holder: Any = left
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    return left


def test_a_certificate_has_every_property_that_the_specification_asks_for(key: SigningKey) -> None:
    payload = key.public.payload(a_certificate(key))
    jsonschema.Draft202012Validator(SCHEMA).validate(payload)
    required = list(required_paths(SCHEMA, payload))
    assert {("validFrom",), ("credentialSchema", 0, "type"), ("credentialSubject", "achievement", "criteria")} <= set(
        required
    )
    for path in required:
        assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(lacking(payload, path)), path


def test_who_says_until_when_says_it_in_the_claims_too() -> None:
    until = {**credential_of(FACTS, ISSUER), "validUntil": "2027-11-23T04:00:00Z"}
    claims = claims_of(until)
    assert datetime.fromtimestamp(claims["exp"], UTC) == datetime(2027, 11, 23, 4, tzinfo=UTC)
    assert datetime.fromtimestamp(claims["nbf"], UTC) == NOON
    assert "exp" not in claims_of(credential_of(FACTS, ISSUER))
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert validator.is_valid(claims)
    assert not validator.is_valid(lacking(claims, ("exp",)))


@pytest.mark.parametrize("name", ["type", "id"])
def test_one_of_its_schemas_is_that_of_the_specification(name: str) -> None:
    claims = claims_of(credential_of(FACTS, ISSUER))
    [own] = claims["credentialSchema"]
    other = {**own, name: "https://example.org/other"}
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert not validator.is_valid({**claims, "credentialSchema": [other]})
    assert validator.is_valid({**claims, "credentialSchema": [other, own]})
    assert validator.is_valid(lacking(claims, ("credentialSchema",))), "none has to be named"


def test_a_subject_is_identified_one_way_or_the_other() -> None:
    claims = claims_of(credential_of(FACTS, ISSUER))
    validator = jsonschema.Draft202012Validator(SCHEMA)
    alone = [lacking(claims, ("credentialSubject", name)) for name in ("id", "identifier")]
    assert all(validator.is_valid(each) for each in alone)
    assert not validator.is_valid(lacking(alone[0], ("credentialSubject", "identifier")))


def test_an_independent_library_verifies_a_certificate(key: SigningKey) -> None:
    theirs = OKPKey.import_key({name: key.public.jwk[name] for name in ("kty", "crv", "x")})
    token = jwt.decode(a_certificate(key), theirs, algorithms=["EdDSA"])
    assert token.header == {"alg": "EdDSA", "typ": "JWT", "kid": ISSUER.key_address(key.public.kid)}
    jwt.JWTClaimsRegistry(now=lambda: int(NOON.timestamp()), iss={"essential": True, "value": ISSUER.id}).validate(
        token.claims
    )
    assert token.claims["credentialSubject"]["achievement"]["name"] == "2026 金牌管家"
    assert theirs.thumbprint() == key.public.kid


def test_what_an_independent_library_signs_is_verified_here(tmp_path: Path) -> None:
    theirs = OKPKey.generate_key("Ed25519")
    public = theirs.as_dict(private=False)
    ours = VerifyingKey.of_jwk({name: public[name] for name in ("kty", "crv", "x")})
    header = {"alg": "EdDSA", "kid": ISSUER.key_address(ours.kid), "typ": "JWT"}
    claims = claims_of(credential_of(FACTS, ISSUER))
    signed = jws.serialize_compact(header, json.dumps(claims).encode(), theirs, algorithms=["EdDSA"])
    assert check(signed, [ours], now=NOON).verdict is Verdict.VALID


@cache
def _one() -> tuple[SigningKey, str]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))
    return key, a_certificate(key)


@given(st.integers(min_value=0), st.integers(1, 127))
@settings(max_examples=200)
def test_a_changed_byte_fails_here_and_with_the_independent_library(at: int, change: int) -> None:
    key, compact = _one()
    at %= len(compact)
    changed = compact[:at] + chr(ord(compact[at]) ^ change) + compact[at + 1 :]
    assert verdict(key, changed) is Verdict.UNSIGNED or changed.strip() == compact
    theirs = OKPKey.import_key({name: key.public.jwk[name] for name in ("kty", "crv", "x")})
    with pytest.raises((JoseError, ValueError)):
        jwt.decode(changed, theirs, algorithms=["EdDSA"])


def test_a_revoked_certificate_fails_and_its_neighbours_do_not(key: SigningKey) -> None:
    compact = a_certificate(key)
    assert verdict(key, compact, status_list=a_list(key, FACTS.status_index)) is Verdict.REVOKED
    near = a_list(key, FACTS.status_index - 1, FACTS.status_index + 1)
    checked = check(compact, [key.public], now=NOON, status_list=near)
    assert (checked.verdict, checked.status_known) == (Verdict.VALID, True)


def test_a_list_that_is_not_the_districts_says_nothing(key: SigningKey, tmp_path: Path) -> None:
    compact = a_certificate(key)
    foreign = load_key(tmp_path)
    lists = [
        a_list(foreign, FACTS.status_index),
        key.sign({**status_credential([FACTS.status_index], ISSUER, now=NOON), "id": "https://other"}, kid="x"),
        compact,
        "nonsense",
    ]
    for listed in lists:
        checked = check(compact, [key.public], now=NOON, status_list=listed)
        assert (checked.verdict, checked.status_known) == (Verdict.VALID, False)


def test_the_holders_name_is_checked_without_being_in_the_certificate(key: SigningKey) -> None:
    compact = a_certificate(key)
    assert "赵示例" not in json.dumps(key.public.payload(compact), ensure_ascii=False)
    assert verdict(key, compact, name="赵示例") is Verdict.VALID
    assert verdict(key, compact, name="钱样本") is Verdict.OTHER_NAME


def test_a_certificate_is_not_valid_before_its_time(key: SigningKey) -> None:
    checked = check(a_certificate(key), [key.public], now=NOON - timedelta(seconds=1))
    assert checked.verdict is Verdict.EARLY


def test_a_certificate_is_not_valid_after_its_time(key: SigningKey) -> None:
    compact = a_certificate(key, validUntil="2030-03-17T17:46:40Z", exp=1_900_000_000)
    ends = datetime(2030, 3, 17, 17, 46, 40, tzinfo=UTC)
    assert verdict(key, compact) is Verdict.VALID
    for now, expected in ((ends - timedelta(seconds=1), Verdict.VALID), (ends, Verdict.EXPIRED)):
        assert check(compact, [key.public], now=now).verdict is expected


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil"}, {"jti": "urn:x"}, {"sub": "urn:x"}, {"nbf": 1}, {"nbf": ...}, {"name": ...},
        {"exp": 1_900_000_000}, {"validUntil": "2030-03-17T17:46:40Z"},
        {"validUntil": "2030-03-17T17:46:41Z", "exp": 1_900_000_000}, {"validUntil": "some day", "exp": 1},
        {"credentialSubject": []}, {"issuer": "x"}, {"type": 3}, {"@context": []}, {"validFrom": "yesterday"},
    ],
)  # fmt: skip
def test_what_is_signed_but_no_whole_certificate_is_none(key: SigningKey, changes: dict[str, Any]) -> None:
    assert verdict(key, a_certificate(key, **changes)) is Verdict.MALFORMED


def test_only_the_districts_algorithm_is_believed(key: SigningKey) -> None:
    _, payload, signature = a_certificate(key).split(".")
    for header in ({"alg": "none"}, {"alg": "HS256", "kid": key.public.kid}, {"alg": "EdDSA", "jwk": {}}, []):
        told = json.dumps(header).encode()
        from rewards.credentials.signing import b64

        assert verdict(key, f"{b64(told)}.{payload}.{signature}") is Verdict.UNSIGNED
    for text in ("", ".", "..", "a.b.c", "é.é.é", "x" * 30_000):
        assert verdict(key, text) is Verdict.UNSIGNED


def test_base64_has_one_spelling() -> None:
    for other in ("QQ==", "QR", "Q", "Q Q", "+/+/"):
        with pytest.raises(NotSigned):
            unb64(other)


@given(st.sets(st.integers(0, BITS - 1), max_size=5), st.integers(0, BITS - 1))
@settings(max_examples=30)
def test_the_list_says_of_each_place_whether_it_is_revoked(revoked: set[int], asked: int) -> None:
    encoded = packed(revoked)
    assert is_set(encoded, asked) == (asked in revoked)
    assert all(is_set(encoded, place) for place in revoked)


def test_a_list_that_unpacks_beyond_its_size_is_none() -> None:
    import gzip

    from rewards.credentials.signing import b64

    for data in (bytes(BITS // 8 + 1), bytes(BITS // 8 - 1)):
        with pytest.raises(NotSigned):
            is_set("u" + b64(gzip.compress(data)), 0)
    with pytest.raises(NotSigned):
        is_set("unonsense", 0)
    with pytest.raises(NotSigned):
        is_set(packed([]), BITS)


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    made = load_key(tmp_path / "new")
    path = tmp_path / "new" / KEY_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == [KEY_FILE]
    assert load_key(tmp_path / "new").public == made.public
    assert "d" not in made.public.jwk
    path.chmod(0o640)
    with pytest.raises(KeyFault, match="others may read"):
        load_key(tmp_path / "new")
    path.write_text("no key")
    path.chmod(0o600)
    with pytest.raises(KeyFault, match="no private key"):
        load_key(tmp_path / "new")


def test_a_key_with_a_private_part_or_of_another_kind_is_refused() -> None:
    for jwk in ({}, [], {"kty": "OKP", "crv": "Ed25519", "x": "AA"}, {"kty": "RSA"}):
        with pytest.raises(KeyFault):
            VerifyingKey.of_jwk(jwk)
    with pytest.raises(KeyFault):
        VerifyingKey.of_jwk(OKPKey.generate_key("Ed25519").as_dict(private=True))
