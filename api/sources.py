"""Where a request came from: the network address that limits are counted by."""

import ipaddress
from typing import Any

from litestar.connection import ASGIConnection

from api.envelope import header

_LOOPBACK = ("127.0.0.0/8", "::1/128")
_PASSED_ON = (b"x-forwarded-for", b"forwarded", b"x-real-ip", b"via")


def source_of(connection: ASGIConnection[Any, Any, Any, Any], trusted: tuple[str, ...]) -> str:
    """The caller's address. X-Forwarded-For is believed only as far as the proxies that wrote it are trusted."""
    address = connection.client.host if connection.client else "unknown"
    networks = [ipaddress.ip_network(network, strict=False) for network in trusted]
    forwarded = (header(connection.scope, b"x-forwarded-for") or b"").decode("latin-1")
    # Each proxy appended the address that it saw; the first one from the right that is no proxy of ours is the caller.
    for hop in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        if not _is_within(address, networks):
            break
        address = hop
    return _counted(address)


def is_asked_from_within(connection: ASGIConnection[Any, Any, Any, Any], trusted: tuple[str, ...]) -> bool:
    """Whether this machine or a trusted address asks for itself; what a proxy passes on is asked by somebody else."""
    if connection.client is None or any(header(connection.scope, name) is not None for name in _PASSED_ON):
        return False
    networks = [ipaddress.ip_network(network, strict=False) for network in (*_LOOPBACK, *trusted)]
    return _is_within(connection.client.host, networks)


def _is_within(address: str, networks: list[Any]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def _counted(address: str) -> str:
    """An IPv6 caller owns a whole /64, so that is what is counted."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network(f"{parsed}/64", strict=False))
    return str(parsed)
