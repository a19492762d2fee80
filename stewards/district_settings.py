"""Settings of the district (区级设置): what it sets by itself, from when, why and by whom; the newest of a day counts.

Where it has set nothing, what the deployment's environment says holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from kernel.audit import AuditEntry, record
from kernel.clock import LAST_DAY, local_date
from kernel.database import Reader, Tx
from kernel.district_settings import KEYS, DistrictSettings
from kernel.documents import DocumentRefused, read_document
from kernel.errors import Kind, Refusal
from kernel.ids import new_id
from kernel.messages import N_
from kernel.numbering import take_numbers
from kernel.text import clean_optional_text, clean_text
from stewards.permissions import Action, require
from stewards.principal import Principal
from stewards.setting_models import SettingChange, SettingNote

OTHER = "other"
SETTING_REASONS: Mapping[str, str] = {
    "policy": N_("上级要求"),
    "meeting": N_("会议决定"),
    "trial": N_("试行调整"),
    "mistake": N_("更正填错"),
    OTHER: N_("其他"),
}
"""Why a setting is changed; 'other' says nothing by itself and needs a note."""

NOTE_LENGTH = 200
_SERIES = "district settings"
_TEXTS = {"issuer_name": 64, "office_address": 120}  # free text, by its length


class SettingsRefused(DocumentRefused):
    """Values that do not fit their keys; `faults` lists them all."""

    code = "settings_refused"
    message = N_("有 {count} 项设置填得不对，第一处在“{where}”：{what}。")


class SettingsChanged(Refusal):
    """Somebody else changed the settings since they were read (If-Match)."""

    code = "settings_changed"
    kind = Kind.STALE
    message = N_("设置已被别人改过（现在是第 {version} 版），请刷新后再改。")


class SettingReasonUnknown(Refusal):
    """The list of reasons does not have this one."""

    code = "setting_reason_unknown"
    kind = Kind.INVALID
    message = N_("调整设置的原因应当是 {allowed} 之一。")


class SettingNoteMissing(Refusal):
    """'Other' says nothing by itself."""

    code = "setting_note_missing"
    kind = Kind.INVALID
    message = N_("选“其他”时请写明原因。")


class SettingDayUnfit(Refusal):
    """Nothing is set for days that are over: what was reckoned by them stays as it was."""

    code = "setting_day_unfit"
    kind = Kind.INVALID
    message = N_("从哪天起要在 {first} 到 {last} 之间。")


class NoSettingGiven(Refusal):
    """A change that changes nothing."""

    code = "no_setting_given"
    kind = Kind.INVALID
    message = N_("请至少改一项设置。")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsWish:
    """Values for some keys, from a local day on (today where it is None); None for a value as the deployment has it."""

    values: Mapping[str, Any]
    reason: str
    caller: Principal
    from_on: date | None = None
    note: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class SetValue:
    """What a key was given by one change; the value is None where the deployment's holds again."""

    number: int
    key: str
    value: Any
    from_on: date


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """What the district has set, oldest first, over what the deployment says."""

    defaults: DistrictSettings
    rows: tuple[SetValue, ...] = ()

    @property
    def version(self) -> int:
        """The number of the newest change; 0 where there was none."""
        return self.rows[-1].number if self.rows else 0

    def standing(self, day: date) -> dict[str, SetValue]:
        """Which value of each key holds on a day: the one that began last, of those that began together the newest."""
        found: dict[str, SetValue] = {}
        for row in self.rows:
            if row.from_on <= day and (row.key not in found or found[row.key].from_on <= row.from_on):
                found[row.key] = row
        return found

    def planned(self, day: date) -> list[SetValue]:
        """What begins after a day, the soonest first; of two for one key and day the newer alone."""
        newest = {(row.from_on, row.key): row for row in self.rows if row.from_on > day}
        return [newest[known] for known in sorted(newest)]

    def on(self, day: date) -> DistrictSettings:
        """The settings that hold on a local day."""
        known = {key: getattr(self.defaults, key) for key in KEYS}
        for key, row in self.standing(day).items():
            if row.value is not None:
                known[key] = row.value
        return DistrictSettings(**known)


class _Strict(DistrictSettings):
    model_config = ConfigDict(strict=True)


class _Given(BaseModel):
    values: _Strict


async def read_settings(reader: Reader, defaults: DistrictSettings) -> OwnSettings:
    """What the district has set, by one statement. Keys and values that this version does not know are left out."""
    rows = await reader.rows(SettingChange, "ORDER BY number, key")
    found = []
    for row in rows:
        value = None if row["value"] is None else orjson.loads(row["value"])
        if _fits(row["key"], value):
            found.append(SetValue(row["number"], row["key"], value, row["from_on"]))
    return OwnSettings(defaults, tuple(found))


async def settings_now(reader: Reader, defaults: DistrictSettings, now: datetime) -> DistrictSettings:
    """The settings that hold now, for what asks rarely, such as jobs."""
    return (await read_settings(reader, defaults)).on(local_date(now))


async def change_settings(tx: Tx, wish: SettingsWish, *, now: datetime) -> int:
    """Set values, audited, all or none; answers the number of the change, which is the settings' new version.

    Raises:
        NotAllowed: the caller sets nothing for the district.
        SettingsRefused, Refusal: values that do not fit their keys, or text at fault.
        SettingReasonUnknown, SettingNoteMissing, SettingDayUnfit, NoSettingGiven: as they say.
        SettingsChanged: somebody else was quicker.

    """
    require(wish.caller, Action.SETTINGS_EDIT)
    note = _reasoned(wish)
    today = local_date(now)
    from_on = wish.from_on or today
    if not today <= from_on <= LAST_DAY:
        raise SettingDayUnfit(pointer="/from_on", first=today.isoformat(), last=LAST_DAY.isoformat())
    values = _checked(wish.values)
    [number] = await take_numbers(tx, _SERIES, 1)  # locked until the end: of two at once the second is refused
    if wish.expected_version is not None and wish.expected_version != number - 1:
        raise SettingsChanged(version=number - 1)
    rows = [
        {
            "id": new_id(),
            "number": number,
            "key": key,
            "value": None if value is None else orjson.dumps(value).decode(),
            "from_on": from_on,
            "reason": wish.reason,
            "set_by_id": wish.caller.id,
            "set_at": now,
        }
        for key, value in values.items()
    ]
    await tx.insert(SettingChange, rows)
    if note is not None:
        await tx.insert(SettingNote, [{"change_id": row["id"], "text": note} for row in rows])
    entry = AuditEntry(
        actor=wish.caller.actor,
        action="settings.changed",
        subject_kind="settings",
        detail={"change": number, "from_on": from_on.isoformat(), "keys": sorted(values), "reason": wish.reason},
    )
    await record(tx, [entry], now=now)
    return number


def _reasoned(wish: SettingsWish) -> str | None:
    """The note, once the reason is known."""
    if wish.reason not in SETTING_REASONS:
        raise SettingReasonUnknown(pointer="/reason", allowed=", ".join(SETTING_REASONS))
    note = clean_optional_text(wish.note, max_length=NOTE_LENGTH, pointer="/note", lines=True)
    if wish.reason == OTHER and note is None:
        raise SettingNoteMissing(pointer="/note")
    return note


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    if not values:
        raise NoSettingGiven(pointer="/values")
    cleaned = dict(values)
    for key, length in _TEXTS.items():
        if isinstance(cleaned.get(key), str):
            cleaned[key] = clean_text(
                cleaned[key], max_length=length, pointer=f"/values/{key}", allow_empty=key != "issuer_name"
            )
    given = {key: value for key, value in cleaned.items() if value is not None or key not in KEYS}
    read_document(_Given, {"values": given}, SettingsRefused)
    return cleaned


def _fits(key: str, value: Any) -> bool:
    if key not in KEYS:
        return False
    try:
        _Strict(**({key: value} if value is not None else {}))
    except ValidationError:
        return False
    return True
