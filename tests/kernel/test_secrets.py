"""Tokens, signatures and passwords."""

from statistics import median
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.passwords import hash_password, needs_rehash, verify_password
from kernel.tokens import hash_secret, new_secret, sign, verify


def test_secrets_are_long_url_safe_and_never_the_same() -> None:
    secrets = {new_secret() for _ in range(1000)}
    assert len(secrets) == 1000
    assert all(len(secret) >= 43 and secret.replace("-", "").replace("_", "").isalnum() for secret in secrets)


def test_what_is_stored_of_a_secret_is_not_the_secret() -> None:
    secret = new_secret()
    assert secret not in hash_secret(secret)
    assert hash_secret(secret) == hash_secret(secret)
    assert len(hash_secret(secret)) == 64


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_a_signature_holds_for_its_own_parts_alone(parts: list[str], others: list[str]) -> None:
    parts, others = [[part.encode("utf-8", "replace").decode() for part in side] for side in (parts, others)]
    signature = sign("key", *parts)
    assert verify("key", signature, *parts)
    assert verify("key", signature, *others) == (parts == others)
    assert not verify("another key", signature, *parts)


@pytest.mark.parametrize("forged", ["", "0" * 64, "签名", "\ud800"])
def test_a_forged_signature_is_refused_whatever_it_consists_of(forged: str) -> None:
    assert not verify("key", forged, "part")


async def test_a_password_is_known_again_and_no_other_is() -> None:
    stored = await hash_password("582931")
    assert stored.startswith("$argon2id$")
    assert "582931" not in stored
    assert await verify_password(stored, "582931")
    assert not await verify_password(stored, "582932")
    assert not needs_rehash(stored)
    assert stored != await hash_password("582931"), "each has a salt of its own"


async def test_a_name_that_does_not_exist_costs_the_same_time_and_never_matches() -> None:
    stored = await hash_password("582931")
    await verify_password(None, "warm")

    async def seconds(known: str | None) -> float:
        started = perf_counter()
        assert not await verify_password(known, "000001")
        return perf_counter() - started

    known, unknown = [], []
    for _ in range(15):
        known.append(await seconds(stored))
        unknown.append(await seconds(None))
    assert median(unknown) == pytest.approx(median(known), rel=0.5)
    assert not await verify_password(None, "nobody has this password")


async def test_a_damaged_hash_matches_nothing() -> None:
    assert not await verify_password("", "x")
    assert not await verify_password("$argon2id$broken", "x")
