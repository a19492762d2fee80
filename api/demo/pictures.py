"""Evidence pictures that are drawn, so that nobody's house or face is in them."""

import io
import math
from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw, ImageFont

from api.demo.year import DemoCase

WIDTH, HEIGHT = 1200, 900
_GROUND = 560
_SKY, _BRICK, _MORTAR, _PAVING, _KERB = "#d9e4ea", "#8f9294", "#7c7f81", "#b3aca2", "#8c857b"
_GATE, _STUD = "#a8281e", "#d9a441"
Pen = ImageDraw.ImageDraw


def evidence_picture(case: DemoCase, *, seed: int, number: int = 1) -> bytes:
    """A PNG of what was found in a lane. The same case and seed give the same picture."""
    random = Random(f"{seed}/picture/{case.number}/{number}")  # noqa: S311 - reproducible on purpose
    picture = Image.new("RGB", (WIDTH, HEIGHT), _SKY)
    pen = ImageDraw.Draw(picture)
    _lane(pen, random)
    _FOUND.get(case.category, _boxes)(pen, random)
    font = ImageFont.load_default(size=32)
    pen.text((WIDTH - 20, HEIGHT - 20), f"DEMO {case.number}-{number}", fill="#3c3833", font=font, anchor="rs")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _lane(pen: Pen, random: Random) -> None:
    """A grey brick wall with a red gate, and paving before it."""
    pen.rectangle((0, 150, WIDTH, _GROUND), fill=_BRICK)
    for course, y in enumerate(range(150, _GROUND, 34)):
        pen.line((0, y, WIDTH, y), fill=_MORTAR, width=3)
        for x in range(-40 + course % 2 * 40, WIDTH, 80):
            pen.line((x, y, x, y + 34), fill=_MORTAR, width=3)
    pen.rectangle((0, 120, WIDTH, 152), fill="#5f6265")
    pen.rectangle((0, _GROUND, WIDTH, HEIGHT), fill=_PAVING)
    pen.rectangle((0, _GROUND, WIDTH, _GROUND + 14), fill=_KERB)
    for x in range(-600, WIDTH + 600, 150):
        pen.line((WIDTH // 2 + (x - WIDTH // 2) // 2, _GROUND + 14, x, HEIGHT), fill="#a39c92", width=2)
    gate = random.randrange(60, WIDTH - 320)
    pen.rectangle((gate, 250, gate + 230, _GROUND), fill=_GATE, outline="#6d1812", width=8)
    pen.line((gate + 115, 250, gate + 115, _GROUND), fill="#6d1812", width=6)
    for x in range(gate + 35, gate + 220, 40):
        for y in range(290, _GROUND - 40, 60):
            pen.ellipse((x - 8, y - 8, x + 8, y + 8), fill=_STUD)


def _papers(pen: Pen, random: Random) -> None:
    for _ in range(random.randrange(5, 10)):
        x, y = random.randrange(40, WIDTH - 160), random.randrange(190, 430)
        colour = random.choice(("#fff7d6", "#ffffff", "#ffd9d9", "#e4f3d8"))
        pen.polygon(((x, y), (x + 100, y + random.randrange(-12, 12)), (x + 104, y + 130), (x + 4, y + 126)), colour)
        for line in range(4):
            pen.line((x + 14, y + 30 + line * 22, x + 86, y + 30 + line * 22), fill="#777777", width=5)


def _bikes(pen: Pen, random: Random) -> None:
    for at in range(random.randrange(3, 6)):
        x, y = 120 + at * random.randrange(170, 210), random.randrange(700, 780)
        colour = random.choice(("#1f6fb2", "#e0a100", "#2f7d4f"))
        for wheel in (x, x + 120):
            pen.ellipse((wheel - 52, y - 52, wheel + 52, y + 52), outline="#222222", width=8)
        pen.line(((x, y), (x + 45, y - 70), (x + 100, y - 70), (x + 120, y)), fill=colour, width=10, joint="curve")
        pen.line(((x + 45, y - 70), (x + 60, y), (x + 100, y - 70), (x + 92, y - 105)), fill=colour, width=10)
        pen.line((x + 75, y - 108, x + 110, y - 108), fill="#222222", width=9)


def _bags(pen: Pen, random: Random) -> None:
    for _ in range(random.randrange(5, 9)):
        x, y, size = random.randrange(160, 1000), random.randrange(660, 800), random.randrange(50, 95)
        colour = random.choice(("#2c2f33", "#44505c", "#e8e8e4", "#3b6e4f"))
        pen.ellipse((x - size, y - size, x + size, y + size // 2), fill=colour)
        pen.polygon(
            ((x - 18, y - size + 6), (x + 18, y - size + 6), (x + 26, y - size - 34), (x - 26, y - size - 34)), colour
        )


def _boxes(pen: Pen, random: Random) -> None:
    for _ in range(random.randrange(4, 8)):
        x, y, side = random.randrange(120, 950), random.randrange(640, 780), random.randrange(90, 170)
        pen.rectangle((x, y - side, x + side, y), fill="#b98d54", outline="#7d5c31", width=5)
        pen.line((x, y - side // 2, x + side, y - side // 2), fill="#d8bb8c", width=14)


def _cars(pen: Pen, random: Random) -> None:
    x, y = random.randrange(160, 420), 760
    colour = random.choice(("#c9ccd1", "#3d4652", "#8e2f2a", "#2f5d8a"))
    pen.rounded_rectangle((x, y - 130, x + 620, y), radius=46, fill=colour)
    pen.polygon(((x + 110, y - 126), (x + 200, y - 230), (x + 430, y - 230), (x + 530, y - 126)), colour)
    pen.polygon(((x + 150, y - 130), (x + 212, y - 212), (x + 305, y - 212), (x + 305, y - 130)), "#dcebf2")
    pen.polygon(((x + 325, y - 130), (x + 325, y - 212), (x + 420, y - 212), (x + 490, y - 130)), "#dcebf2")
    for wheel in (x + 130, x + 490):
        pen.ellipse((wheel - 62, y - 62, wheel + 62, y + 62), fill="#222222")
        pen.ellipse((wheel - 28, y - 28, wheel + 28, y + 28), fill="#9a9a9a")


def _pit(pen: Pen, random: Random) -> None:
    x, y = random.randrange(380, 760), random.randrange(700, 780)
    edge = []
    for step in range(28):
        angle, reach = step * math.tau / 28, random.randrange(80, 130)
        edge.append((x + 2.1 * reach * math.cos(angle), y + 0.62 * reach * math.sin(angle)))
    pen.polygon(edge, "#4d463e")
    pen.polygon([(x + (px - x) * 0.72, y + 12 + (py - y) * 0.62) for px, py in edge], "#6f8794")
    for _ in range(14):
        px, py = x + random.randrange(-280, 280), y + random.randrange(-90, 100)
        pen.ellipse((px, py, px + 16, py + 10), fill="#57504a")


def _cables(pen: Pen, random: Random) -> None:
    for _ in range(random.randrange(6, 10)):
        sag, height = random.randrange(60, 300), random.randrange(20, 120)
        line = [(x, height + sag * (1 - ((x - WIDTH / 2) / (WIDTH / 2)) ** 2)) for x in range(0, WIDTH + 1, 30)]
        pen.line(line, fill="#1c1c1c", width=random.randrange(4, 9), joint="curve")


def _stall(pen: Pen, random: Random) -> None:
    x = random.randrange(200, 560)
    pen.rectangle((x, 640, x + 440, 780), fill="#c79a5b", outline="#7d5c31", width=6)
    for at in range(8):
        colour = "#c0392b" if at % 2 else "#f4efe6"
        pen.polygon(
            ((x - 20 + at * 60, 470), (x + 40 + at * 60, 470), (x + 40 + at * 60, 540), (x - 20 + at * 60, 540)), colour
        )
    for post in (x, x + 430):
        pen.line((post, 470, post, 780), fill="#5b4630", width=10)
    for at in range(9):
        pen.ellipse(
            (x + 20 + at * 46, 604, x + 62 + at * 46, 646), fill=random.choice(("#d35400", "#7cb342", "#c62828"))
        )


def _bricks(pen: Pen, random: Random) -> None:
    x = random.randrange(240, 620)
    pen.rectangle((x, 300, x + 300, 620), fill="#5a3f35", outline="#3c2a23", width=8)
    for row in range(6):
        for column in range(random.randrange(2, 7)):
            left, top = x - 60 + column * 84 + row % 2 * 30, 800 - row * 34
            pen.rectangle((left, top - 30, left + 78, top), fill="#b5533c", outline="#8c3f2d", width=3)


def _lamp(pen: Pen, random: Random) -> None:
    x = random.randrange(300, 900)
    pen.line((x, 90, x + random.randrange(-50, 50), 720), fill="#3f4a50", width=22)
    pen.line((x, 96, x + 140, 96), fill="#3f4a50", width=14)
    pen.ellipse((x + 110, 90, x + 190, 140), fill="#9aa3a8", outline="#3f4a50", width=5)
    pen.ellipse((x - 190, 740, x + 10, 810), fill="#55595c", outline="#333333", width=8)
    pen.line((x - 160, 770, x - 60, 782, x - 20, 752), fill="#d8d8d8", width=6)


_FOUND: dict[str, Callable[[Pen, Random], None]] = {
    "small_ads": _papers,
    "facade_signs": _papers,
    "bike_order": _bikes,
    "litter": _bags,
    "dog_mess": _bags,
    "clutter": _boxes,
    "illegal_parking": _cars,
    "fire_lane": _cars,
    "road_damage": _pit,
    "overhead_lines": _cables,
    "road_occupation": _stall,
    "illegal_build": _bricks,
    "wall_opening": _bricks,
    "facility_damage": _lamp,
    "light_noise": _lamp,
    "livelihood": _lamp,
}
