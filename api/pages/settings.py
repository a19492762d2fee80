"""The settings of the district on a page: what holds, what was planned, one form for each, and the history."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from api.access import principal_of
from api.composition import district_of
from api.errors import NotFound, status_of
from api.form_fields import FORM
from api.pages.forms import Errors, errors_of, read_fields
from api.pages.frame import staff_frame
from api.pages.queue_filters import uuid_or_none
from api.pages.rendering import PageRequest, page, see_other
from api.pages.setting_words import WORDS, field_of, value_of, value_text
from api.v1.parameters import day_or_none
from kernel.clock import local_date
from kernel.errors import Refusal
from kernel.messages import N_, Text
from stewards.district_settings import SETTING_REASONS, SettingsWish, change_settings
from stewards.permissions import Action
from stewards.settings_history import settings_history

_PAGE = 20
_FIELDS = ("value", "from_on", "reason", "note")


async def _page(
    request: PageRequest,
    errors: Errors,
    *,
    changing: str = "",
    given: dict[str, str] | None = None,
    status: int = 200,
) -> Template:
    district = district_of(request)
    reader = await district.database.reader()
    today = local_date(district.clock.now())
    district.own_settings.forget()  # who sets things sees them as they are
    own = await district.own_settings.all()
    after = uuid_or_none(request.query_params.get("after"))
    history, has_more = await settings_history(reader, limit=_PAGE, starting_after=after)
    held = own.on(today)
    return page(
        request,
        "staff/settings.html",
        status=status,
        frame=await staff_frame(reader, principal_of(request)),
        words=WORDS,
        said=value_text,
        values={key: getattr(held, key) for key in WORDS},
        fields={key: field_of(getattr(held, key)) for key in WORDS},
        defaults={key: getattr(own.defaults, key) for key in WORDS},
        standing={key: row for key, row in own.standing(today).items() if row.value is not None},
        planned=own.planned(today),
        version=own.version,
        today=today,
        reasons=SETTING_REASONS,
        choices=[("", Text(N_("请选择"))), *((code, Text(why)) for code, why in SETTING_REASONS.items())],
        history=history,
        following=str(history[-1].id) if has_more else None,
        paged=after is not None,
        changing=changing,
        given=given or {},
        done=request.query_params.get("done") == "1",
        errors=errors,
    )


@get("/admin/settings", opt={"action": Action.SETTINGS_EDIT}, include_in_schema=False)
async def show_settings(request: PageRequest) -> Template:
    """What the district has set, and what holds where it has set nothing."""
    return await _page(request, {})


@post(
    "/admin/settings/{key:str}",
    opt={"action": Action.SETTINGS_EDIT, FORM: (*(f"*-{name}" for name in _FIELDS), "version", "as")},
    include_in_schema=False,
    status_code=200,
)
async def set_value(request: PageRequest, key: FromPath[str]) -> Template | Redirect:
    """Give a key a value from a day on, or let the deployment's hold again.

    Raises:
        NotFound: there is no such key.

    """
    if key not in WORDS:
        raise NotFound
    district = district_of(request)
    fields = await read_fields(request)
    given = {name: fields.text(f"{key}-{name}") for name in _FIELDS}
    from_on = day_or_none(given["from_on"])
    version = fields.text("version")
    if given["from_on"] and from_on is None:
        errors: Errors = {f"{key}-from_on": Text(N_("请填写日期。"))}
        return await _page(request, errors, changing=key, given=given, status=400)
    wish = SettingsWish(
        values={key: None if fields.text("as") == "default" else value_of(key, given["value"])},
        reason=given["reason"],
        caller=principal_of(request),
        from_on=from_on,
        note=given["note"] or None,
        expected_version=int(version) if version.isascii() and version.isdigit() and len(version) < 18 else -1,
    )
    names = {f"/values/{key}": f"{key}-value", **{f"/{name}": f"{key}-{name}" for name in _FIELDS[1:]}}
    try:
        await district.database.run(lambda tx: change_settings(tx, wish, now=district.clock.now()))
    except Refusal as refusal:
        return await _page(request, errors_of(refusal, names), changing=key, given=given, status=status_of(refusal))
    district.own_settings.forget()
    return see_other("/admin/settings?done=1")


route_handlers: list[Any] = [show_settings, set_value]
