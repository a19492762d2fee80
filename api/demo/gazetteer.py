"""The demo's raw material: names of places, surnames, and what is found in lanes how often."""

from functools import lru_cache
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class LaneName(_Entry):
    """A lane that has a name and perhaps measures of its own."""

    name: str
    length_m: int | None = None
    width_m: int | None = None


class CommunityName(_Entry):
    """A community, and those of its lanes that are known by name."""

    name: str
    lanes: list[LaneName] = []


class StreetName(_Entry):
    """A street and its communities."""

    name: str
    communities: Annotated[list[CommunityName], Field(min_length=1)]


class CategoryWords(_Entry):
    """A category of cases: its share in percent, and what a city grid platform says of it: 小类 with descriptions."""

    code: str
    share: int
    major: str
    minors: dict[str, list[str]]


class Gazetteer(_Entry):
    """Everything that the generator draws from."""

    streets: list[StreetName]
    surnames: list[str]
    given: list[str]
    categories: list[CategoryWords]
    places: list[str]


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """The gazetteer of the demo."""
    return Gazetteer.model_validate_json(files("api.demo").joinpath("dongcheng.json").read_bytes())
