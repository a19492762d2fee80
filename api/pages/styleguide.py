"""The visual language on one page, for whoever writes pages: tokens as the stylesheet has them, components in use."""

import re
from typing import Any

from litestar import get
from litestar.response import Template

from api.composition import district_of
from api.errors import NotFound
from api.pages.assets import STATIC_DIR
from api.pages.rendering import PageRequest, page
from kernel.messages import N_, Text

_TOKEN = re.compile(r"--([a-z0-9-]+):\s*([^;]+);(?:\s*/\*\s*(.*?)\s*\*/)?")
_COLOUR = re.compile(r"#[0-9a-f]{6}")


def _tokens() -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """Colours and the other tokens, each by name and value with the remark beside it."""
    text = (STATIC_DIR / "css" / "tokens.css").read_text(encoding="utf-8")
    found = [(name, value.strip(), remark) for name, value, remark in _TOKEN.findall(text)]
    colours = [token for token in found if _COLOUR.fullmatch(token[1])]
    return colours, [token for token in found if token not in colours]


@get("/styleguide", opt={"public": True}, include_in_schema=False)
async def show_styleguide(request: PageRequest) -> Template:
    """Tokens and components.

    Raises:
        NotFound: this is a real district; only demos and development show it.

    """
    if not district_of(request).settings.demo:
        raise NotFound
    colours, others = _tokens()
    return page(
        request,
        "public/styleguide.html",
        colours=colours,
        others=others,
        wrong={"wrong": Text(N_("这一项不能为空。"))},
    )


route_handlers: list[Any] = [show_styleguide]
