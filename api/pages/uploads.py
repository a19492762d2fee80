"""Sheets between their dry run and their import: kept for a day in a folder of their own, for whoever sent them."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from kernel.ids import new_id

_KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A sheet that was sent in, with the mapping that reads it, if it came with one."""

    id: UUID
    folder: Path
    kind: str
    file_name: str
    by: str

    @property
    def sheet(self) -> bytes:
        """The file as it was sent."""
        return (self.folder / "sheet").read_bytes()

    @property
    def mapping(self) -> bytes | None:
        """The mapping document, None where the template's own is used."""
        path = self.folder / "mapping.json"
        return path.read_bytes() if path.is_file() else None

    @property
    def faults_path(self) -> Path:
        """Where the workbook with the faults is."""
        return self.folder / "faults.xlsx"


class Uploads:
    """The folder of uploads. Several server processes may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, *, kind: str, file_name: str, sheet: bytes, mapping: bytes | None, by: str) -> Upload:
        """Keep a sheet for its import."""
        self._forget_old()
        upload_id = new_id()
        folder = self._folder / str(upload_id)
        folder.mkdir(parents=True, mode=0o700)
        (folder / "sheet").write_bytes(sheet)
        if mapping is not None:
            (folder / "mapping.json").write_bytes(mapping)
        facts: dict[str, Any] = {"kind": kind, "file_name": file_name, "by": by}
        (folder / "facts.json").write_bytes(orjson.dumps(facts))
        return Upload(id=upload_id, folder=folder, **facts)

    def find(self, upload_id: UUID, *, by: str) -> Upload | None:
        """A sheet that the same person sent within a day; None for everybody else's."""
        folder = self._folder / str(upload_id)
        try:
            facts = orjson.loads((folder / "facts.json").read_bytes())
        except (OSError, orjson.JSONDecodeError):
            return None
        return Upload(id=upload_id, folder=folder, **facts) if facts["by"] == by else None

    def _forget_old(self) -> None:
        # The folder's own times were written by the disk's clock, so they are compared with it.
        if not self._folder.is_dir():
            return
        before = time.time() - _KEPT_SECONDS
        for folder in self._folder.iterdir():
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder, ignore_errors=True)
