"""How pages look to one reader: the language and the size of text, kept in cookies."""

from typing import Any

from litestar import get
from litestar.response import Redirect

from api.envelope import LOCALE_COOKIE
from api.pages.rendering import LARGE, TEXT_SIZE_COOKIE, PageRequest, own_path, preference_cookie
from kernel.messages import LOCALES


@get("/preferences", opt={"public": True}, include_in_schema=False)
async def choose_preferences(request: PageRequest) -> Redirect:
    """Keep a choice and go back to the page that it was made on."""
    answer = Redirect(own_path(request.query_params.get("next"), "/"), status_code=303)
    language = request.query_params.get("lang")
    if language in LOCALES:
        answer.set_cookie(preference_cookie(request, LOCALE_COOKIE, language))
    size = request.query_params.get("text")
    if size in {LARGE, "normal"}:
        answer.set_cookie(preference_cookie(request, TEXT_SIZE_COOKIE, size))
    return answer


route_handlers: list[Any] = [choose_preferences]
