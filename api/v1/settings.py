"""The settings of the district: what holds, what is planned, every change with who, when, why and from when."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, patch
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody
from pydantic import Field

from api.access import principal_of
from api.bodies import Body, Day, JinpaiRequest
from api.composition import District, district_of
from api.v1.answers import Page
from api.v1.parameters import Limit, StartingAfter, etag, expected_version
from kernel import district_settings as keys
from kernel.clock import local_date
from stewards.district_settings import NOTE_LENGTH, OwnSettings, SettingsWish, change_settings
from stewards.permissions import Action
from stewards.settings_history import settings_history

_TAGS = ["settings"]


class SettingValues(Body):
    """A value for each key to set; null for what the deployment says."""

    issuer_name: keys.Name | None = None
    office_address: keys.Address | None = None
    office_phone: keys.Phone | None = None
    session_days: keys.SessionDays | None = None
    clerks_second_factor: bool | None = None
    recheck_percent: keys.Percent | None = None
    burst_minutes: keys.BurstMinutes | None = None
    burst_most: keys.BurstMost | None = None
    order_reminder_days: keys.ReminderDays | None = None
    point_fen: keys.PointFen | None = None


class ChangeSettings(Body):
    """Values, why they change, and from which day on (today unless given)."""

    values: SettingValues
    reason: Literal["policy", "meeting", "trial", "mistake", "other"]
    note: Annotated[str | None, Field(max_length=NOTE_LENGTH, description="Needed where the reason is 'other'")] = None
    from_on: Day | None = None


class SettingShown(msgspec.Struct, kw_only=True):
    """A key with what holds today; `own` says that the district set it, `default` is what the deployment says."""

    key: str
    value: int | str | bool
    default: int | str | bool
    own: bool
    since: date | None


class PlannedShown(msgspec.Struct, kw_only=True):
    """A value that begins on a later day; null for what the deployment says."""

    key: str
    value: int | str | bool | None
    from_on: date


class SettingsShown(msgspec.Struct, kw_only=True):
    """The settings of the district. The ETag is their version."""

    version: int
    data: list[SettingShown]
    planned: list[PlannedShown]


class SettingChangeShown(msgspec.Struct, kw_only=True):
    """A value that a key was given by change `number`; null for what the deployment says."""

    id: UUID
    number: int
    key: str
    value: int | str | bool | None
    from_on: date
    reason: str
    note: str | None
    set_by: str
    set_at: datetime


def _shown(own: OwnSettings, today: date) -> SettingsShown:
    held, standing = own.on(today), own.standing(today)
    return SettingsShown(
        version=own.version,
        data=[
            SettingShown(
                key=key,
                value=getattr(held, key),
                default=getattr(own.defaults, key),
                own=key in standing and standing[key].value is not None,
                since=standing[key].from_on if key in standing else None,
            )
            for key in keys.KEYS
        ],
        planned=[PlannedShown(key=row.key, value=row.value, from_on=row.from_on) for row in own.planned(today)],
    )


async def _answer(district: District) -> Response[SettingsShown]:
    district.own_settings.forget()  # who sets things sees them as they are
    own = await district.own_settings.all()
    return Response(_shown(own, local_date(district.clock.now())), headers={"ETag": etag(own.version)})


@get(
    "/settings",
    opt={"action": Action.SETTINGS_EDIT},
    tags=_TAGS,
    operation_id="showSettings",
    responses={200: ResponseSpec(SettingsShown, description="The settings")},
)
async def show(request: JinpaiRequest) -> Response[Any]:
    """What the district has set, and what holds where it has set nothing. The ETag is what If-Match takes."""
    return await _answer(district_of(request))


@patch(
    "/settings",
    opt={"action": Action.SETTINGS_EDIT},
    tags=_TAGS,
    operation_id="changeSettings",
    responses={200: ResponseSpec(SettingsShown, description="The settings after it")},
)
async def change(request: JinpaiRequest, data: JSONBody[ChangeSettings]) -> Response[Any]:
    """Set values by the version that was read (If-Match): all of them or none."""
    district = district_of(request)
    wish = SettingsWish(
        values={key: getattr(data.values, key) for key in sorted(data.values.model_fields_set)},
        reason=data.reason,
        caller=principal_of(request),
        from_on=data.from_on,
        note=data.note,
        expected_version=expected_version(request, required=True),
    )
    await district.database.run(lambda tx: change_settings(tx, wish, now=district.clock.now()))
    return await _answer(district)


@get("/settings/history", opt={"action": Action.SETTINGS_EDIT}, tags=_TAGS, operation_id="listSettingChanges")
async def history(
    request: JinpaiRequest, limit: Limit = 50, starting_after: StartingAfter = None
) -> Page[SettingChangeShown]:
    """Every change of a setting, newest first: who, when, why and from when."""
    reader = await district_of(request).database.reader()
    found, has_more = await settings_history(reader, limit=limit, starting_after=starting_after)
    return Page(
        data=[msgspec.convert(entry, SettingChangeShown, from_attributes=True) for entry in found], has_more=has_more
    )


route_handlers: list[Any] = [show, change, history]
