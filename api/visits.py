"""What a request says about the browser that it comes from, as signing in is told it."""

import re
from datetime import timedelta
from typing import Any

from litestar.connection import ASGIConnection

from api.composition import District
from api.envelope import header
from api.sources import source_of
from stewards.second_factor import FactorPolicy, asked_of
from stewards.visits import Visit

DEVICE_COOKIE = "jinpai_device"  # says only that this browser signed in before

# The first that fits: browsers name those before them as well.
_SYSTEMS = (
    ("harmony", r"HarmonyOS|OpenHarmony"),
    ("android", r"Android"),
    ("ios", r"iPhone|iPad|iPod"),
    ("windows", r"Windows"),
    ("mac", r"Mac OS X|Macintosh"),
    ("linux", r"Linux|CrOS"),
)
_BROWSERS = (
    ("wechat", r"MicroMessenger"),
    ("alipay", r"AlipayClient"),
    ("edge", r"Edg[AiOS]*/"),
    ("firefox", r"Firefox/|FxiOS/"),
    ("chrome", r"Chrome/|CriOS/"),
    ("safari", r"Safari/"),
)


def browser_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """What kind of browser asks, such as `android-wechat`: enough to know one's own again, too little to follow."""
    agent = (header(connection.scope, b"user-agent") or b"").decode("latin-1")[:512]
    system = next((name for name, pattern in _SYSTEMS if re.search(pattern, agent)), "other")
    browser = next((name for name, pattern in _BROWSERS if re.search(pattern, agent)), "other")
    return f"{system}-{browser}"


async def visit_of(
    connection: ASGIConnection[Any, Any, Any, Any], district: District, *, device: str | None = None
) -> Visit:
    """What a request says about a try to sign in; clients without cookies say themselves which `device` they are."""
    return Visit(
        source=source_of(connection, district.settings.trusted_proxies),
        clock=district.clock,
        lifetime=timedelta(days=(await district.own_settings.now()).session_days),
        device=device or connection.cookies.get(DEVICE_COOKIE),
        browser=browser_of(connection),
    )


async def factor_policy(district: District) -> FactorPolicy:
    """Who of the staff needs a second factor, and the secret that factors are sealed under."""
    settings = district.settings
    clerks = (await district.own_settings.now()).clerks_second_factor
    return FactorPolicy(
        secret_key=settings.secret_key,
        asked_of=asked_of(demo=settings.demo, clerks=clerks),
    )
