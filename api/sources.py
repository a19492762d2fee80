"""Where a request came from: the network address that limits are counted by."""

import ipaddress
from typing import Any

from litestar.connection import ASGIConnection

from api.envelope import header


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
