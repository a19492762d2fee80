"""Pages of the hall screen that rank nobody: stories, and what points buy."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.database import Reader
from kernel.messages import N_, Text
from points.receipt import Label
from rewards.catalogue import CatalogueFilter, ItemShown, list_items
from rewards.stories.reading import list_stories
from rewards.wording import ItemKind
from stewards.principal import system_principal

MOST_TILES = 8
MOST_STORIES = 2
_CHARACTERS, _BESIDE_A_PICTURE = 110, 48
_KINDS = {
    ItemKind.SERVICE: N_("服务"),
    ItemKind.GOODS: N_("实物"),
    ItemKind.DONATION: N_("捐赠"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """Something that can be had: its name, a word about it, and the points that it takes."""

    name: Text
    note: Text
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story as a screen has room for it; `picture` is the address of its picture."""

    title: str
    text: str
    who: str | None
    street: Text
    picture: str | None


async def read_stories(reader: Reader, street_id: UUID | None) -> tuple[Told, ...]:
    """The two newest stories of a street or of the district, cut to what can be read from afar."""
    found = await list_stories(reader, street_id=street_id, limit=MOST_STORIES)
    return tuple(
        Told(
            title=story.title,
            text=_cut(story.text, _BESIDE_A_PICTURE if story.picture else _CHARACTERS),
            who=story.name,
            street=Label(story.street_name, english=story.street_name_en),
            picture=f"/stories/{story.id}/picture" if story.picture else None,
        )
        for story in found
    )


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else f"{text[:characters]}…"


async def read_tiles(reader: Reader, street_id: UUID | None, *, now: datetime) -> tuple[Tile, ...]:
    """What can be had now in a street or anywhere in the district: services and goods in turn, each cheapest first."""
    items = await list_items(reader, system_principal(), CatalogueFilter(), now=now)
    had = [item for item in items if _on_offer(item, street_id, now)]
    had.sort(key=lambda item: (item.offered.points_each, item.offered.code))
    services = [item for item in had if item.offered.kind is ItemKind.SERVICE]
    others = [item for item in had if item.offered.kind is not ItemKind.SERVICE]
    half = MOST_TILES // 2
    first = services[: max(half, MOST_TILES - len(others))]
    chosen = [*first, *others[: MOST_TILES - len(first)]]
    return tuple(
        Tile(
            name=Label(item.offered.name, english=item.name_en or item.offered.name),
            note=Text(_KINDS[item.offered.kind]),
            points=item.offered.points_each,
        )
        for item in chosen
    )


def _on_offer(item: ItemShown, street_id: UUID | None, now: datetime) -> bool:
    """Whether it is on the shelf: visible here, orderable, left somewhere. Kits are for stewards' own work."""
    offered = item.offered
    if offered.kind not in _KINDS or not offered.active(now):
        return False
    seen = offered.visible(now, street_id) if street_id or not offered.street_ids else True
    return seen and (offered.unlimited or any(stock.free > 0 for stock in item.stocks))
