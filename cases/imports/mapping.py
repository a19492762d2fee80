"""Mapping documents: how the columns of a sheet become cases, places, stewards, staff or opening balances."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from cases.imports.sources import (
    Header,
    LaneSource,
    LeaveOut,
    Moment,
    MomentSource,
    Source,
    Strict,
    ValueSource,
)
from cases.wording import Channel, State, Urgency
from kernel.messages import N_

ImportKind = Literal[
    "cases", "places", "stewards", "staff", "balances", "reopenings", "items", "titles", "street_scores", "teams"
]
KINDS: tuple[ImportKind, ...] = (
    *("cases", "places", "stewards", "staff", "balances", "reopenings", "items"),
    *("titles", "street_scores", "teams"),
)


class _Mapping(Strict):
    title: Annotated[str, Field(min_length=1, max_length=64)]
    note: Annotated[str, Field(max_length=2_000)] = ""  # for whoever reads the mapping
    sheet: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    encoding: Literal["utf-8", "gb18030", "utf-16", "latin-1", "cp1252"] | None = None
    leave_out: tuple[LeaveOut, ...] = Field(default=(), strict=False)
    fill_down: tuple[Header, ...] = Field(default=(), strict=False)  # columns whose blanks repeat the cell above

    @property
    def sources(self) -> dict[str, ValueSource | MomentSource | LaneSource]:
        """Every source by the name of its field."""
        found = {}
        for field in type(self).model_fields:
            value = getattr(self, field)
            if isinstance(value, ValueSource | MomentSource | LaneSource):
                found[field] = value
        return found

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header name that the mapping mentions, which helps to find the header row."""
        named = (name for source in self.sources.values() for name in source.headers)
        return tuple(dict.fromkeys((*named, *(rule.column for rule in self.leave_out), *self.fill_down)))


def _constant(value: str) -> ValueSource:
    return ValueSource(constant=value)


class CasesMapping(_Mapping):
    """How a row becomes a case, and how far it had come (`outcome`: a state of a case)."""

    kind: Literal["cases"] = "cases"
    source: Source  # the system that the sheet comes from; with external_id it names a case for ever
    external_id: Source
    reported_at: Moment
    category: Source
    lane: LaneSource
    steward: Source | None = None  # a steward's number; without it, or where empty, whoever was on duty in the lane
    outcome: Source = Field(default_factory=lambda: _constant(State.REPORTED))
    verified_at: Moment | None = None
    solved_at: Moment | None = None
    reason: Source | None = None  # the code of a reason, for rows that were returned or rejected
    duplicate_of: Source | None = None  # the external id of the original, for duplicates
    urgency: Source = Field(default_factory=lambda: _constant(Urgency.NORMAL))
    livelihood: Source = Field(default_factory=lambda: _constant("no"))
    channel: Source = Field(default_factory=lambda: _constant(Channel.SHEET))
    description: Source | None = None
    address: Source | None = None
    latitude: Source | None = None
    longitude: Source | None = None

    @model_validator(mode="after")
    def _known_words(self) -> Self:
        for field, choices in (("outcome", State), ("urgency", Urgency), ("channel", Channel), ("livelihood", YES_NO)):
            allowed = [str(choice) for choice in choices]
            for value in sorted(getattr(self, field).outcomes):
                if value.lower() not in allowed:
                    raise PydanticCustomError(
                        "word",
                        N_("{field} 里的“{value}”应为其中之一：{choices}"),
                        {"field": field, "value": value, "choices": "、".join(allowed)},
                    )
        if State.DUPLICATE in self.outcome.outcomes and self.duplicate_of is None:
            raise PydanticCustomError("duplicate_of", N_("outcome 里有 duplicate，就要写 duplicate_of"))
        if (self.latitude is None) != (self.longitude is None):
            raise PydanticCustomError("coordinates", N_("latitude 和 longitude 要一起写"))
        return self


YES_NO = ("yes", "no", "true", "false", "1", "0", "是", "否")


class PlacesMapping(_Mapping):
    """How a row becomes a lane with its community and street; a row without a lane is a community or a street."""

    kind: Literal["places"] = "places"
    street_code: Source
    street_name: Source
    community_code: Source | None = None
    community_name: Source | None = None
    lane_code: Source | None = None
    lane_name: Source | None = None
    length_m: Source | None = None
    width_m: Source | None = None
    valid_from: Moment
    valid_to: Moment | None = None

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        for level in ("community", "lane"):
            if (getattr(self, f"{level}_code") is None) != (getattr(self, f"{level}_name") is None):
                raise PydanticCustomError("pair", N_("{level}_code 和 {level}_name 要一起写"), {"level": level})
        if self.lane_code is not None and self.community_code is None:
            raise PydanticCustomError("nested", N_("有小巷就要有社区"))
        return self


class StewardsMapping(_Mapping):
    """How a row becomes a steward; `lanes` holds codes of lanes, separated by 、 or commas."""

    kind: Literal["stewards"] = "stewards"
    number: Source
    name: Source
    community_code: Source
    joined_on: Moment
    left_on: Moment | None = None
    status: Source = Field(default_factory=lambda: _constant("active"))
    phone: Source | None = None
    lanes: Source | None = None
    consents: Source | None = None


class StaffMapping(_Mapping):
    """How a row becomes a member of staff with a role in one place; several rows give several roles."""

    kind: Literal["staff"] = "staff"
    login: Source
    name: Source
    role: Source
    scope_code: Source | None = None  # of the street, community or lane; none for the district


class BalancesMapping(_Mapping):
    """How a row becomes a steward's opening balance (期初余额), once per steward and reference."""

    kind: Literal["balances"] = "balances"
    steward: Source
    points: Source
    as_of: Moment
    expires_on: Moment | None = None
    reference: Source | None = None


class ReopeningsMapping(_Mapping):
    """How a row names a case to be reopened and why. With a `source`, `number` is that system's own."""

    kind: Literal["reopenings"] = "reopenings"
    number: Source
    source: Source | None = None
    reason: Source  # a code of cases.reasons.REOPEN_REASONS
    remark: Source | None = None


class ItemsMapping(_Mapping):
    """How a row becomes an item of the catalogue, by code; `streets` and `tags` are separated by 、 or commas."""

    kind: Literal["items"] = "items"
    code: Source
    kind_of_item: Source
    name: Source
    name_en: Source | None = None
    price: Source
    partner: Source | None = None
    streets: Source | None = None
    tags: Source | None = None
    description: Source | None = None
    description_en: Source | None = None
    limit_count: Source | None = None
    limit_period: Source | None = None
    collect_days: Source | None = None
    low_stock: Source | None = None
    desk_quota: Source | None = None


class TitlesMapping(_Mapping):
    """How a row becomes a title of before: whose, which (code or name), for which period, given when."""

    kind: Literal["titles"] = "titles"
    steward: Source
    title_of_row: Source
    period: Source
    awarded_on: Moment


class StreetScoresMapping(_Mapping):
    """How a row becomes what the grid assessment gave a street for a month: three scores from 0 to 100."""

    kind: Literal["street_scores"] = "street_scores"
    month: Source
    street: Source
    order: Source
    safety: Source
    environment: Source


class TeamsMapping(_Mapping):
    """How a row becomes a team as it is from a day on; `members` holds numbers, separated by 、 or commas."""

    kind: Literal["teams"] = "teams"
    number: Source
    name: Source
    street: Source
    on: Moment
    leader: Source
    members: Source


Mapping = (
    CasesMapping
    | PlacesMapping
    | StewardsMapping
    | StaffMapping
    | BalancesMapping
    | ReopeningsMapping
    | ItemsMapping
    | TitlesMapping
    | StreetScoresMapping
    | TeamsMapping
)
MAPPINGS: dict[ImportKind, type[Mapping]] = {
    "cases": CasesMapping,
    "places": PlacesMapping,
    "stewards": StewardsMapping,
    "staff": StaffMapping,
    "balances": BalancesMapping,
    "reopenings": ReopeningsMapping,
    "items": ItemsMapping,
    "titles": TitlesMapping,
    "street_scores": StreetScoresMapping,
    "teams": TeamsMapping,
}
