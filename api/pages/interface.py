"""The API on pages: the description with its console at /schema, and every operation as a curl line without scripts."""

from typing import Any

import orjson
from litestar import Litestar, get
from litestar.response import Template

from api.access import csrf_token
from api.openapi import description_of
from api.operation_list import Operation, operations_of
from api.pages.rendering import PageRequest, page
from kernel.messages import N_

TAGS = {
    "session": N_("登录"),
    "cases": N_("案件"),
    "stewards": N_("管家"),
    "points": N_("积分"),
    "catalogue": N_("兑换目录"),
    "redemptions": N_("兑换单"),
    "boards": N_("榜单"),
    "evaluation": N_("评价"),
    "titles": N_("称号评选"),
    "places": N_("地点"),
    "staff": N_("工作人员"),
    "settings": N_("本区设置"),
    "keys": N_("访问令牌"),
    "appointments": N_("服务预约"),
    "draws": N_("抽签"),
    "waiting": N_("候补"),
    "wishes": N_("心愿单"),
    "partners": N_("合作方"),
    "reports": N_("积分报表"),
    "stories": N_("故事和感谢"),
    "teams": N_("管家团"),
}
"""What tags are called where their own word does not say it in Chinese."""


@get("/schema", opt={"public": True}, include_in_schema=False)
async def show_console(request: PageRequest) -> Template:
    """The description, in which every operation can be tried: with a pasted token, or as who is signed in."""
    caller = request.scope.get("user")
    return page(
        request,
        "public/schema.html",
        headers={"Cache-Control": "no-store"} if caller else None,  # it holds the session's own token for writes
        caller=caller,
        csrf=csrf_token(request) if caller else "",
    )


@get("/schema/operations", opt={"public": True}, include_in_schema=False)
async def show_operations(request: PageRequest) -> Template:
    """The operations of a part of the API, each with what it does and the curl line that calls it."""
    operations = _operations(request.app)
    tags = list(dict.fromkeys(operation.tag for operation in operations))
    asked = request.query_params.get("tag", "")
    chosen = asked if asked in tags else tags[0]
    return page(
        request,
        "public/operations.html",
        tags=[(tag, TAGS.get(tag, tag)) for tag in tags],
        chosen=chosen,
        operations=[operation for operation in operations if operation.tag == chosen],
    )


def _operations(app: Litestar) -> list[Operation]:
    if not hasattr(app.state, "operations"):
        base = app.state.district.settings.public_url
        app.state.operations = operations_of(orjson.loads(description_of(app)), base)
    made: list[Operation] = app.state.operations
    return made


route_handlers: list[Any] = [show_console, show_operations]
