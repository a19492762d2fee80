"""Files by hash: pictures are checked, made small and stripped of where and when they were taken."""

import asyncio
import hashlib
import io
import os
import re
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from kernel.database import Database, Tx
from kernel.errors import Kind, Refusal
from kernel.models import StoredFile

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_SIDE_PIXELS = 1600
MAX_PIXELS = 50_000_000
MAX_DECODED_PIXELS = 24_000_000  # a large JPEG is decoded at a half or less of its sides, PNG and WebP are not
PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp")
_FORMATS = ("JPEG", "PNG", "WEBP")
_HASH = re.compile(r"[0-9a-f]{64}")
# One picture is decoded at a time, whoever sends how many: each may take 400 MB while it lasts.
_DECODING = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pictures")
_ORPHAN_AGE = timedelta(days=1)
_ORPHANS_AT_ONCE = 100
_MODEL = "kernel.StoredFile"
_CLAIM = ""  # the media type of a row that stands only while its file is being removed

# Pillow's own guard: it raises at twice this size and warns from it on; both are refused below.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


class PictureRefused(Refusal):
    """Base of what is wrong with a file."""

    kind = Kind.INVALID
    code = "picture_refused"
    message = "这个文件不能保存。"


class PictureTooLarge(PictureRefused):
    """More bytes than are kept."""

    code = "picture_too_large"
    message = "文件太大，最多 {megabytes} MB。"


class PictureTypeUnknown(PictureRefused):
    """Neither a JPEG, PNG nor WebP picture."""

    code = "picture_type_unknown"
    message = "只收 JPEG、PNG、WebP 图片。"


class PictureBroken(PictureRefused):
    """A picture that cannot be read, or whose sides are beyond reason."""

    code = "picture_broken"
    message = "图片打不开或尺寸太大，请换一张。"


class FileMissing(Refusal):
    """No file has this hash."""

    kind = Kind.NOT_FOUND
    code = "file_missing"
    message = "没有这个文件。"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedFile:
    """A file as it will be stored."""

    data: bytes
    media_type: str
    sha256: str


def _clean_picture(data: bytes) -> bytes:
    """The picture upright, at most 1,600 pixels a side, as JPEG without metadata."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            _check_area(picture, MAX_PIXELS)
            picture.draft("RGB", (MAX_SIDE_PIXELS, MAX_SIDE_PIXELS))
            _check_area(picture, MAX_DECODED_PIXELS)
            picture.thumbnail((MAX_SIDE_PIXELS, MAX_SIDE_PIXELS))
            layer = ImageOps.exif_transpose(picture).convert("RGBA")
            flat = Image.new("RGB", layer.size, "white")
            flat.paste(layer, mask=layer.getchannel("A"))
            out = io.BytesIO()
            flat.save(out, "JPEG", quality=82, optimize=True)
    except PictureRefused:
        raise
    except UnidentifiedImageError:
        raise PictureTypeUnknown from None
    except Exception as error:  # a hostile file makes Pillow raise whatever it meets, TypeError too
        raise PictureBroken from error
    return out.getvalue()


def _check_area(picture: Image.Image, most: int) -> None:
    if picture.width * picture.height > most:
        raise PictureBroken


async def prepare_picture(data: bytes, media_type: str) -> PreparedFile:
    """Check a picture and make it fit to store, one at a time in a thread: do it before the transaction.

    Raises:
        PictureTooLarge: more than 10 MB.
        PictureTypeUnknown: not a JPEG, PNG or WebP picture, whatever it says it is.
        PictureBroken: it cannot be read, or has more than 50 million pixels as JPEG, 24 million as PNG or WebP.

    """
    if len(data) > MAX_FILE_BYTES:
        raise PictureTooLarge(megabytes=MAX_FILE_BYTES // (1024 * 1024))
    if media_type.split(";", maxsplit=1)[0].strip().lower() not in PICTURE_TYPES:
        raise PictureTypeUnknown
    cleaned = await asyncio.get_running_loop().run_in_executor(_DECODING, _clean_picture, data)
    return PreparedFile(data=cleaned, media_type="image/jpeg", sha256=hashlib.sha256(cleaned).hexdigest())


def references_to_files(modules: Iterable[str]) -> list[tuple[str, str]]:
    """The tables and columns of these modules' models that refer to stored files."""
    return sorted(
        {
            (str(model._meta.db_table), f"{name}_id")
            for module in modules
            for model in vars(import_module(module)).values()
            if isinstance(model, type) and issubclass(model, Model)
            for name, field in model._meta.fields_map.items()
            if isinstance(field, ForeignKeyFieldInstance) and field.model_name == _MODEL
        }
    )


async def forget_unreferenced(tx: Tx, references: Sequence[tuple[str, str]], *, now: datetime) -> int:
    """Forget files that nothing refers to a day after they were put; answers how many. Their bytes go as orphans do."""
    used = " UNION ALL ".join(
        f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL" for table, column in references
    )
    return await tx.execute(
        f"DELETE FROM kernel_stored_file WHERE stored_at < $1 AND sha256 NOT IN ({used})", now - _ORPHAN_AGE
    )


class FileStore:
    """Files in a folder, named by the SHA-256 of their bytes; one row each."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def put(self, tx: Tx, file: PreparedFile, *, now: datetime) -> str:
        """Keep a file, once however often it is put; answers its SHA-256 in hex.

        The row comes first and the bytes are on the disk before the row is committed: a row without its file cannot
        be seen, and the removal of orphans, which takes the same row, cannot remove a file that is being put.
        """
        row = {"sha256": file.sha256, "media_type": file.media_type, "size_bytes": len(file.data), "stored_at": now}
        await tx.insert(StoredFile, [row], skip_existing=True)
        # Whoever forgets files that nothing refers to waits for this row, and then sees that it is wanted again.
        await tx.update(StoredFile, [{"sha256": file.sha256, "stored_at": now}], key="sha256")
        await asyncio.to_thread(self._write, file)
        return file.sha256

    def path_of(self, sha256: str) -> Path:
        """Where a file is.

        Raises:
            FileMissing: it is not there, or the name is no hash.

        """
        if not _HASH.fullmatch(sha256):
            raise FileMissing
        path = self._directory / sha256[:2] / sha256
        if not path.is_file():
            raise FileMissing
        return path

    def open(self, sha256: str) -> BinaryIO:
        """A file, opened for reading.

        Raises:
            FileMissing: it is not there.

        """
        return self.path_of(sha256).open("rb")

    def _write(self, file: PreparedFile) -> None:
        folder = self._directory / file.sha256[:2]
        path = folder / file.sha256
        if path.exists():
            return
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(file.data)
                out.flush()
                os.fsync(out.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        directory = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(directory)  # the new name is on the disk too
        finally:
            os.close(directory)

    async def remove_orphans(self, database: Database, *, between: Callable[[], Awaitable[None]] | None = None) -> int:
        """Remove files of transactions that never committed, a day after they were written; answers how many.

        `between` is called after every hundred files that were looked at, such as to renew a job's lease.
        """
        removed = 0
        old = await asyncio.to_thread(lambda: list(self._old_files()))
        for first in range(0, len(old), _ORPHANS_AT_ONCE):
            part = old[first : first + _ORPHANS_AT_ONCE]
            removed += await database.run(partial(self._remove_orphans_among, part))
            if between is not None:
                await between()
        return removed

    def _old_files(self) -> Iterator[Path]:
        # The disk's own clock wrote these times, so it is also the one to compare them with.
        before = time.time() - _ORPHAN_AGE.total_seconds()
        for path in self._directory.glob("??/*"):
            if path.stat().st_mtime < before:
                yield path

    async def _remove_orphans_among(self, paths: Sequence[Path], tx: Tx) -> int:
        halves = {path for path in paths if path.name.startswith(".new-")}
        names = sorted(path.name for path in paths if path not in halves)
        # Holding the rows' keys keeps a put of the same bytes waiting until the file is gone, then it writes anew.
        now = datetime.now(UTC)
        claims = [{"sha256": name, "media_type": _CLAIM, "size_bytes": 1, "stored_at": now} for name in names]
        await tx.insert(StoredFile, claims, skip_existing=True)
        where = f"WHERE {tx.one_of('sha256', 1)} AND media_type = $2"
        claimed = {row["sha256"] for row in await tx.rows(StoredFile, where, names, _CLAIM)}
        orphans = [path for path in paths if path in halves or path.name in claimed]
        for path in orphans:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        await tx.execute(f"DELETE FROM kernel_stored_file {where}", names, _CLAIM)
        return len(orphans)
