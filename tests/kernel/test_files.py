"""Files by hash: pictures come out small and without metadata, what is not a picture stays out."""

import io
import os
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from kernel.clock import FixedClock
from kernel.database import Database, Tx
from kernel.files import (
    MAX_DECODED_PIXELS,
    MAX_FILE_BYTES,
    MAX_PIXELS,
    FileMissing,
    FileStore,
    PictureBroken,
    PictureRefused,
    PictureTooLarge,
    PictureTypeUnknown,
    PreparedFile,
    forget_unreferenced,
    prepare_picture,
    references_to_files,
)
from kernel.models import StoredFile
from migrations import APPS
from stewards.models import Steward, StewardCard
from tests.stewards.builders import NOON, a_district, a_steward


def a_picture(width: int = 40, height: int = 30, *, form: str = "JPEG", mode: str = "RGB", exif: bool = False) -> bytes:
    """The bytes of a picture; `exif` says where it was taken and that it lies on its side."""
    picture = Image.new(mode, (width, height), "red" if mode != "P" else 1)
    tags = Image.Exif()
    if exif:
        tags[0x0112] = 6  # turned by 90 degrees
        tags[0x010F] = "CameraMaker"
        tags.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    picture.save(out, form, exif=tags)
    return out.getvalue()


async def test_a_file_that_nothing_refers_to_any_more_is_gone_after_a_day(database: Database, tmp_path: Path) -> None:
    references = references_to_files(app.models for app in APPS)
    assert {("cases_evidence", "file_id"), ("stewards_card", "photo_id")} <= set(references)
    await a_district(database, a_steward())
    store = FileStore(tmp_path / "files")
    kept, left, fresh = [await prepare_picture(a_picture(side), "image/jpeg") for side in (10, 20, 30)]
    [row] = await (await database.reader()).rows(Steward)
    card = {"steward_id": row["id"], "photo_id": kept.sha256, "tip": "", "changed_at": NOON}

    async def put(tx: Tx, files: list[PreparedFile], now: datetime) -> None:
        for file in files:
            await store.put(tx, file, now=now)

    later = NOON + timedelta(days=2)
    await database.run(lambda tx: put(tx, [kept, left, fresh], NOON))
    await database.run(lambda tx: tx.insert(StewardCard, [card]))
    await database.run(lambda tx: put(tx, [fresh], later))
    assert await database.run(lambda tx: forget_unreferenced(tx, references, now=later)) == 1
    rows = await (await database.reader()).rows(StoredFile)
    assert {row["sha256"] for row in rows} == {kept.sha256, fresh.sha256}


async def test_a_large_picture_becomes_small_upright_and_tells_nothing_about_where_it_was_taken() -> None:
    prepared = await prepare_picture(a_picture(4000, 2000, exif=True), "image/jpeg")
    with Image.open(io.BytesIO(prepared.data)) as picture:
        assert picture.size == (800, 1600)
        assert dict(picture.getexif()) == {}
    assert b"CameraMaker" not in prepared.data
    assert prepared.media_type == "image/jpeg"


@pytest.mark.parametrize(
    ("form", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "LA"), ("WEBP", "RGB"), ("JPEG", "CMYK")]
)
async def test_every_common_kind_of_picture_is_taken(form: str, mode: str) -> None:
    prepared = await prepare_picture(a_picture(form=form, mode=mode), f"image/{form.lower()}")
    with Image.open(io.BytesIO(prepared.data)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (40, 30))


@pytest.mark.parametrize(
    ("data", "media_type", "refusal"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", PictureTypeUnknown),
        (b"<html><script>alert(1)</script></html>", "image/png", PictureTypeUnknown),
        (a_picture(form="GIF"), "image/png", PictureTypeUnknown),
        (a_picture(), "text/html", PictureTypeUnknown),
        (b"", "image/png", PictureTypeUnknown),
        (a_picture(400, 300)[:200], "image/jpeg", PictureBroken),
        (b"\0" * (MAX_FILE_BYTES + 1), "image/png", PictureTooLarge),
    ],
)
async def test_what_is_no_fit_picture_is_refused(data: bytes, media_type: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        await prepare_picture(data, media_type)


@pytest.mark.parametrize("sides", [(MAX_PIXELS // 1000 + 1, 1000), (20_000, 20_000)])
async def test_a_small_file_that_unfolds_into_a_huge_picture_is_refused(sides: tuple[int, int]) -> None:
    out = io.BytesIO()
    Image.new("1", sides).save(out, "PNG")
    with pytest.raises(PictureBroken):
        await prepare_picture(out.getvalue(), "image/png")


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
async def test_what_cannot_be_decoded_small_may_have_fewer_pixels_than_a_jpeg(form: str) -> None:
    out = io.BytesIO()
    Image.new("L", (MAX_DECODED_PIXELS // 4000 + 1, 4000)).save(out, form, lossless=True)
    with pytest.raises(PictureBroken):
        await prepare_picture(out.getvalue(), f"image/{form.lower()}")


async def test_a_jpeg_of_a_large_camera_is_taken() -> None:
    prepared = await prepare_picture(a_picture(8000, 6000), "image/jpeg")
    with Image.open(io.BytesIO(prepared.data)) as picture:
        assert picture.size == (1600, 1200)


async def test_a_picture_with_broken_tags_is_taken_or_refused_and_never_a_failure() -> None:
    """Each byte of the tags in turn says something else."""
    whole = a_picture(exif=True)
    start = whole.index(b"Exif") + 6
    for at in range(start, start + 60):
        for value in (0, 1, 7, 255):
            broken = whole[:at] + bytes([value]) + whole[at + 1 :]
            try:
                await prepare_picture(broken, "image/jpeg")
            except PictureRefused:
                continue


async def test_a_file_is_kept_once_and_read_back(database: Database, clock: FixedClock, tmp_path: Path) -> None:
    store = FileStore(tmp_path / "files")
    prepared = await prepare_picture(a_picture(), "image/jpeg")
    names = {await database.run(lambda tx: store.put(tx, prepared, now=clock.now())) for _ in range(3)}
    assert names == {prepared.sha256}
    with store.open(prepared.sha256) as kept:
        assert kept.read() == prepared.data
    [row] = await (await database.reader()).rows(StoredFile)
    assert (row["size_bytes"], row["media_type"]) == (len(prepared.data), "image/jpeg")
    assert [path.name for path in (tmp_path / "files").rglob("*") if path.is_file()] == [prepared.sha256]


@pytest.mark.parametrize("name", ["../../etc/passwd", "0" * 64, "", "A" * 64])
def test_a_name_that_is_no_stored_hash_finds_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileMissing):
        FileStore(tmp_path).open(name)


async def test_files_without_a_row_are_removed_after_a_day_and_those_with_one_stay(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    store = FileStore(tmp_path / "files")
    kept, undone, fresh = [await prepare_picture(a_picture(side), "image/jpeg") for side in (10, 20, 30)]

    async def put_and_fail(tx: Tx) -> None:
        await store.put(tx, undone, now=clock.now())
        raise LookupError

    await database.run(lambda tx: store.put(tx, kept, now=clock.now()))
    with pytest.raises(LookupError):
        await database.run(put_and_fail)
    half = store.path_of(undone.sha256).parent / ".new-half"
    half.write_bytes(b"half")
    two_days_ago = time.time() - 2 * 86_400
    for path in (store.path_of(kept.sha256), store.path_of(undone.sha256), half):
        os.utime(path, (two_days_ago, two_days_ago))
    (tmp_path / "files" / fresh.sha256[:2]).mkdir(exist_ok=True)
    (tmp_path / "files" / fresh.sha256[:2] / fresh.sha256).write_bytes(fresh.data)

    told = 0

    async def between() -> None:
        nonlocal told
        told += 1

    assert await store.remove_orphans(database, between=between) == 2
    assert told == 1
    assert store.path_of(kept.sha256)
    assert store.path_of(fresh.sha256)
    with pytest.raises(FileMissing):
        store.path_of(undone.sha256)
    assert len(await (await database.reader()).rows(StoredFile)) == 1
