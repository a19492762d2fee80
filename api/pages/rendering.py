"""Templates: one Jinja environment whose filters speak the reader's language, and the answer that a page is."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from litestar import Request
from litestar.datastructures import Cookie
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Redirect, Template
from litestar.template.config import TemplateConfig
from markupsafe import Markup, escape

from api.access import csrf_token
from api.composition import district_of
from api.envelope import LOCALE_COOKIE, is_secure, locale_of
from api.form_fields import CSRF_FIELD
from api.pages.assets import asset_url
from api.pages.case_words import cap_name, cap_text, done_text, hint_text
from api.pages.wording import (
    clock_words,
    day_words,
    listed_words,
    message_words,
    moment_words,
    month_words,
    number_words,
    signed_words,
    span_words,
    weekday_words,
)
from cases.reasons import reason_text
from cases.wording import action_text, channel_text, state_text
from kernel.clock import local_date
from kernel.messages import LOCALES, Locale, Text
from points.receipt import sentence
from stewards.permissions import Action, may
from stewards.principal import Principal

PageRequest = Request[Principal | None, Any, Any]
TEXT_SIZE_COOKIE = "jinpai_text"
LARGE = "large"
_A_YEAR = 365 * 24 * 3600


def _locale(context: Context | Mapping[str, Any]) -> Locale:
    return locale_of(context["request"])


def _now(context: Context) -> datetime:
    now: datetime = district_of(context["request"]).clock.now()
    return now


@pass_context
def _say(context: Context, message: str | Text, **params: Any) -> str:
    return message_words(message, _locale(context), **params)


@pass_context
def _rich(context: Context, message: str, **params: Any) -> Markup:
    """A message whose parameters may be markup; everything else is escaped."""
    words = message_words(message, _locale(context))
    return escape(words).format(**{name: number_words(p) if isinstance(p, int) else p for name, p in params.items()})


def _strong(value: int) -> Markup:
    return Markup('<strong class="num">{}</strong>').format(number_words(value))


@pass_context
def _finalize(context: Context, value: Any) -> Any:
    """Texts come out in the reader's language; None would come out as a word, so it is a fault."""
    return value.render(_locale(context)) if isinstance(value, Text) else value


@pass_context
def _day(context: Context, value: date | datetime) -> str:
    day = local_date(value) if isinstance(value, datetime) else value
    return day_words(day, _locale(context), today=local_date(_now(context)))


@pass_context
def _full_day(context: Context, value: date | datetime) -> str:
    day = local_date(value) if isinstance(value, datetime) else value
    return day_words(day, _locale(context))


@pass_context
def _moment(context: Context, value: datetime) -> str:
    return moment_words(value, _locale(context), now=_now(context))


@pass_context
def _month(context: Context, value: str) -> str:
    return month_words(value, _locale(context))


@pass_context
def _board_title(context: Context, value: Text) -> str:
    """A title whose month, if it has one, is named in the reader's language."""
    named = {name: _month(context, param) if name == "month" else param for name, param in value.params.items()}
    return Text(value.message, named).render(_locale(context))


@pass_context
def _weekday(context: Context, value: date | datetime) -> str:
    return weekday_words(local_date(value) if isinstance(value, datetime) else value, _locale(context))


@pass_context
def _span(context: Context, value: timedelta) -> str:
    return span_words(value, _locale(context))


@pass_context
def _since(context: Context, value: datetime) -> str:
    return span_words(_now(context) - value, _locale(context))


@pass_context
def _named(context: Context, zh: str, en: str | None) -> str:
    """A name from data that has both languages; the Chinese one where there is no English."""
    return en if en and _locale(context) == "en" else zh


@pass_context
def _listed(context: Context, words: list[str]) -> str:
    return listed_words(words, _locale(context))


@pass_context
def _may(context: Context, action: str) -> bool:
    return may(context["request"].scope.get("user"), Action(action))


@pass_context
def _caller(context: Context) -> Principal | None:
    found: Principal | None = context["request"].scope.get("user")
    return found


@pass_context
def _csrf_field(context: Context) -> Markup:
    token = csrf_token(context["request"])
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, token)


@pass_context
def _is_demo(context: Context) -> bool:
    return district_of(context["request"]).settings.demo


@pass_context
def _large_text(context: Context) -> bool:
    return bool(context["request"].cookies.get(TEXT_SIZE_COOKIE) == LARGE)


@pass_context
def _path(context: Context) -> str:
    path: str = context["request"].url.path
    return path


@pass_context
def _preference_url(context: Context, **chosen: str) -> str:
    """The link that chooses a language or a text size and comes back to this page."""
    request: PageRequest = context["request"]
    query = "&".join(f"{name}={value}" for name, value in chosen.items())
    back = request.url.path if request.method == "GET" else "/"
    return f"/preferences?{query}&next={back}"


def environment() -> Environment:
    """The templates' environment: everything is escaped, and a name that is missing is a fault."""
    built = Environment(
        loader=PackageLoader("api"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    built.globals.update(
        _=_say,
        rich=_rich,
        asset=asset_url,
        named=_named,
        may=_may,
        preference_url=_preference_url,
        locale=pass_context(_locale),
        caller=_caller,
        csrf_field=_csrf_field,
        is_demo=_is_demo,
        large_text=_large_text,
        path=_path,
        sentence=sentence,
        state_text=state_text,
        action_text=action_text,
        channel_text=channel_text,
        reason_text=reason_text,
        done_text=done_text,
        hint_text=hint_text,
        cap_name=cap_name,
        cap_text=cap_text,
    )
    built.filters.update(
        number=number_words,
        strong=_strong,
        signed=signed_words,
        day=_day,
        full_day=_full_day,
        moment=_moment,
        month=_month,
        weekday=_weekday,
        span=_span,
        since=_since,
        time_of_day=clock_words,
        listed=_listed,
        board_title=_board_title,
    )
    return built


def template_config() -> TemplateConfig[JinjaTemplateEngine]:
    """The app's template engine."""
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment()))


def page(
    request: PageRequest,
    name: str,
    /,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> Template:
    """A page. A language that the address asks for is remembered."""
    asked = request.query_params.get("lang")
    cookies = [preference_cookie(request, LOCALE_COOKIE, asked)] if asked in LOCALES else []
    return Template(name, context=context, status_code=status, headers=headers, cookies=cookies)


def render(request: PageRequest, name: str, /, **context: Any) -> str:
    """A part of a page by itself."""
    engine = request.app.template_engine
    if engine is None:
        raise RuntimeError("the app has no templates")
    rendered: str = engine.get_template(name).render(request=request, **context)
    return rendered


def preference_cookie(request: PageRequest, name: str, value: str) -> Cookie:
    """A cookie that keeps a choice of how pages look, for a year."""
    return Cookie(
        key=name,
        value=value,
        max_age=_A_YEAR,
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_secure(request.scope),
    )


def see_other(path: str) -> Redirect:
    """Go on to a page after a write, so that reloading it does not write again."""
    return Redirect(path, status_code=303)


def own_path(asked: str | None, otherwise: str) -> str:
    """A path of this site that a form or link asked to come back to, never another site's."""
    if asked and asked.startswith("/") and not asked.startswith(("//", "/\\")) and asked.isprintable():
        return asked
    return otherwise
