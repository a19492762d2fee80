"""What a demo folder holds: enough to go on where a run stopped, and to know that one is finished."""

import os
from datetime import date
from pathlib import Path
from random import SystemRandom
from typing import Self

import orjson
from pydantic import BaseModel, ConfigDict

from api.demo.district import Size
from stewards.pins import check_pin
from stewards.refusals import PinTooEasy

FILE_NAME = "demo.json"
_PINS, _PASSWORDS = 32, 8  # people share them in turn: 2,000 hashes would take longer than everything else
_SYLLABLES = ("ba", "do", "fu", "gei", "hao", "jin", "ke", "lan", "mi", "nuo", "pai", "qu", "rong", "sha", "tu", "yun")


class Manifest(BaseModel):
    """Which demo it is, and the PINs and passwords of its people."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: Size
    seed: int
    last_day: date
    pins: tuple[str, ...]
    passwords: tuple[str, ...]
    finished: bool = False

    @classmethod
    def new(cls, *, size: Size, seed: int, last_day: date) -> Self:
        """A manifest with secrets of its own: places and cases come from the seed, sign-ins never do."""
        random = SystemRandom()
        pins: list[str] = []
        while len(pins) < _PINS:
            pin = f"{random.randrange(1_000_000):06d}"
            try:
                check_pin(pin)
            except PinTooEasy:
                continue
            if pin not in pins:
                pins.append(pin)
        passwords = [
            "-".join("".join(random.choices(_SYLLABLES, k=2)) for _ in range(3)) + f"-{random.randrange(100):02d}"
            for _ in range(_PASSWORDS)
        ]
        return cls(size=size, seed=seed, last_day=last_day, pins=tuple(pins), passwords=tuple(passwords))

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """The manifest of a folder, or None where no demo was begun."""
        path = folder / FILE_NAME
        return cls.model_validate_json(path.read_bytes()) if path.exists() else None

    def save(self, folder: Path) -> None:
        """Write the manifest, readable by its owner alone."""
        write_private(folder / FILE_NAME, self.model_dump(mode="json"))


def write_private(path: Path, document: object) -> None:
    """Write JSON whole or not at all, readable by its owner alone: it holds secrets."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
        out.flush()
        os.fsync(out.fileno())
    new.replace(path)
