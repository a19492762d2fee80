"""The demo's cards: drawn faces and tips of some stewards of each street, who consent to them; and a few sightings."""

import io
from datetime import datetime
from random import Random

from PIL import Image, ImageDraw

from api.demo.district import DemoDistrict, DemoSteward
from cases.figures import busiest_lane, steward_with_most_to_see
from cases.sighting import LeaveSighting, leave_sightings
from kernel.database import Database, Tx
from kernel.files import FileStore, prepare_picture
from stewards.cards import CardWish, save_cards
from stewards.consents import ConsentWish, save_consents
from stewards.directory import steward_ids
from stewards.models import StewardCard
from stewards.principal import Principal

_A_STREET = 2
_TIPS = ("有事您说话，我就在巷口。", "花箱缺水请告诉我一声。", "井盖松了别踩，先叫我。", "快递车请停在东口。")
_SEEN = (("巷口路灯晚上不亮", "公厕东边"), ("墙上又贴了小广告", ""))
_SKINS, _COATS = ("#f2d3b1", "#e7bd94", "#d9a878"), ("#9e1b1e", "#124a86", "#0b523b", "#5f3d00")


def a_face(seed: str) -> bytes:
    """A PNG of a drawn head and shoulders; the same seed gives the same face, which is nobody's."""
    random = Random(seed)  # noqa: S311 - reproducible on purpose
    skin, coat, hair = random.choice(_SKINS), random.choice(_COATS), random.choice(("#3a332e", "#8a8580", "#d8d4cf"))
    picture = Image.new("RGB", (360, 480), "#fff3d1")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((20, 340, 340, 660), fill=coat)
    pen.rectangle((150, 280, 210, 360), fill=skin)
    pen.ellipse((90, 90, 270, 310), fill=hair)
    pen.ellipse((100, 120, 260, 315), fill=skin)
    pen.rectangle((96, 105, 264, 150), fill="#b8282a")  # the programme's red cap
    pen.rectangle((80, 144, 280, 158), fill="#b8282a")
    for eye in (145, 215):
        pen.ellipse((eye - 8, 205, eye + 8, 221), fill="#231a15")
    pen.arc((145, 225, 215, 280), 20, 160, fill="#7a1016", width=7)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


async def draw_demo_cards(
    database: Database, store: FileStore, district: DemoDistrict, by: Principal, *, now: datetime
) -> None:
    """Draw them once, and leave something for the clerks to look at; a district that has cards is left alone."""
    reader = await database.reader()
    if await reader.rows(StewardCard, "LIMIT 1"):
        return
    ids = await steward_ids(reader, [steward.number for steward in district.stewards])
    shown = await steward_with_most_to_see(reader, now=now)
    busiest = await busiest_lane(reader, now=now)
    chosen = [
        steward
        for steward in district.stewards
        if steward in _some(district) or ids[steward.number] == shown or steward.lane.code == busiest
    ]
    faces = [await prepare_picture(a_face(steward.number), "image/png") for steward in chosen]
    lanes = list(dict.fromkeys([busiest or district.stewards[0].lane.code, *(each.lane.code for each in chosen)]))
    sightings = [
        LeaveSighting(lane_code=code, text=_SEEN[at % len(_SEEN)][0], address=_SEEN[at % len(_SEEN)][1])
        for at, code in enumerate(lanes[: len(chosen)])
    ]

    async def use_case(tx: Tx) -> None:
        for face in faces:
            await store.put(tx, face, now=now)
        people = [ids[steward.number] for steward in chosen]
        consents = [
            ConsentWish(steward_id=steward_id, field=field, granted=True)
            for steward_id in people
            for field in ("photo", "tip", "thanks")
        ]
        await save_consents(tx, consents, by=by.actor, now=now)
        wishes = [
            CardWish(steward_id=steward_id, tip=_TIPS[at % len(_TIPS)], photo_sha256=face.sha256)
            for at, (steward_id, face) in enumerate(zip(people, faces, strict=True))
        ]
        await save_cards(tx, wishes, by=by.actor, now=now)
        await leave_sightings(tx, sightings, now=now)

    await database.run(use_case)


def _some(district: DemoDistrict) -> list[DemoSteward]:
    """The first stewards of each street who show the full name."""
    found: dict[str, list[DemoSteward]] = {}
    for steward in district.stewards:
        mates = found.setdefault(steward.lane.community.street.code, [])
        if steward.shows_name and len(mates) < _A_STREET:
            mates.append(steward)
    return [steward for mates in found.values() for steward in mates]
