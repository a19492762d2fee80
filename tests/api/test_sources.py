"""Whose address counts: behind our own proxies the caller's, and nobody else can choose theirs."""

from typing import Any

import pytest
from litestar.connection import ASGIConnection

from api.sources import source_of

OURS = ("10.0.0.0/8", "192.0.2.1")


def a_connection(client: str, forwarded: str | None = None) -> ASGIConnection[Any, Any, Any, Any]:
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    scope: Any = {"type": "http", "client": (client, 1), "headers": headers, "path": "/", "query_string": b""}
    return ASGIConnection(scope)


@pytest.mark.parametrize(
    ("client", "forwarded", "source"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # no proxy of ours: forged
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),  # the caller wrote the first one itself
        ("10.0.0.1", "198.51.100.1, 192.0.2.1, 10.1.1.1", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "not-an-address", "not-an-address"),
        ("2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
    ],
)
def test_the_address_that_counts(client: str, forwarded: str | None, source: str) -> None:
    assert source_of(a_connection(client, forwarded), OURS) == source
