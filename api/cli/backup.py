"""`jinpai backup` and `restore`: an embedded district in one file, taken while it is served.

PostgreSQL has tools of its own for this (pg_dump, base backups, log shipping); the commands say so.
"""

import hashlib
import io
import json
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.cli.terminal import CommandFailed, confirm, say
from kernel.settings import Settings
from kernel.single_server import hold_server_lock
from rewards.credentials.signing import KEY_FILE

_DATABASE = "jinpai.sqlite3"
_MANIFEST = "manifest.json"
_FILES = "files"
_FORMAT = 1


def backup(settings: Settings, out: Path) -> dict[str, Any]:
    """Copy the database page by page as of one instant, then the files that it names; answers the manifest.

    Raises:
        CommandFailed: the database is PostgreSQL, or there is none.

    """
    _must_be_embedded(settings, "pg_dump --format=custom --file=FILE DATABASE, and copy the files of JINPAI_DATA_DIR")
    if not settings.database_path.is_file():
        raise CommandFailed(f"no database at {settings.database_path}")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".backup-") as folder:
        copy = Path(folder) / _DATABASE
        with closing(sqlite3.connect(settings.database_path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target, pages=2_000, sleep=0.01)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, no companions
            hashes = [row[0] for row in target.execute("SELECT sha256 FROM kernel_stored_file ORDER BY sha256")]
        manifest = {
            "format": _FORMAT,
            "taken_at": datetime.now(UTC).isoformat(),
            "database_sha256": _sha256(copy),
            "files": hashes,
        }
        unfinished = Path(folder) / "backup.tar"
        with tarfile.open(unfinished, "w") as archive:
            _add_bytes(archive, _MANIFEST, json.dumps(manifest, indent=2).encode())
            archive.add(copy, _DATABASE)
            for sha256 in hashes:
                # Files are on the disk before their rows are committed, so each one that the copy names is there.
                archive.add(settings.files_dir / sha256[:2] / sha256, f"{_FILES}/{sha256}")
        unfinished.replace(out)
    say(f"{out}: {out.stat().st_size:,} bytes, {len(hashes)} files; restore with: jinpai restore {out} --data DIR")
    key = settings.data_dir / KEY_FILE
    if key.exists():  # whoever has the archive shall not be able to sign certificates
        say(f"the key that signs certificates is not in it: keep a copy of {key} elsewhere")
    return manifest


def restore(settings: Settings, path: Path, *, yes: bool) -> None:
    """Put a backup in place of an embedded district, once everything in it was checked.

    Raises:
        CommandFailed: PostgreSQL, or the backup is damaged.
        ServerAlreadyRunning: the district is being served.

    """
    _must_be_embedded(settings, "pg_restore --clean --dbname=DATABASE FILE")
    if not path.is_file():
        raise CommandFailed(f"no file {path}")
    target = settings.database_path
    target.parent.mkdir(parents=True, exist_ok=True)
    with hold_server_lock(target.with_name(target.name + ".serving")):
        if target.exists():
            confirm(f"Replace the district in {target.parent}? What it holds now is kept beside it.", yes=yes)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".restore-") as folder:
            manifest = _unpack(path, Path(folder))
            _put_files(Path(folder) / _FILES, manifest["files"], settings.files_dir)
            _put_database(Path(folder) / _DATABASE, target)
    say(f"restored {target} as of {manifest['taken_at']}; check it with: jinpai verify --data {target.parent}")
    if _has_certificates(target) and not (settings.data_dir / KEY_FILE).exists():
        say(f"certificates of this district were signed: put its key back as {settings.data_dir / KEY_FILE}")


def _has_certificates(database: Path) -> bool:
    with closing(sqlite3.connect(database)) as restored:
        return bool(restored.execute("SELECT EXISTS (SELECT 1 FROM rewards_credential)").fetchone()[0])


def _must_be_embedded(settings: Settings, instead: str) -> None:
    if not settings.embedded:
        raise CommandFailed(f"this is for embedded districts; on PostgreSQL use its own tools: {instead}")


def _unpack(path: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(path) as archive:
            archive.extractall(folder, filter="data")
        manifest: dict[str, Any] = json.loads((folder / _MANIFEST).read_bytes())
        if manifest["format"] != _FORMAT:
            raise CommandFailed(f"{path}: a backup of format {manifest['format']}, this version reads {_FORMAT}")
        if _sha256(folder / _DATABASE) != manifest["database_sha256"]:
            raise CommandFailed(f"{path}: the database in it is damaged")
        for sha256 in manifest["files"]:
            if _sha256(folder / _FILES / sha256) != sha256:
                raise CommandFailed(f"{path}: the file {sha256} in it is damaged")
        with closing(sqlite3.connect(folder / _DATABASE)) as copy:
            told = copy.execute("PRAGMA integrity_check").fetchone()[0]
    except (OSError, tarfile.TarError, KeyError, ValueError, sqlite3.DatabaseError) as error:
        raise CommandFailed(f"{path}: no backup of jinpai, or a damaged one ({error})") from error
    if told != "ok":
        raise CommandFailed(f"{path}: the database in it is damaged: {told}")
    return manifest


def _put_files(source: Path, hashes: list[str], target: Path) -> None:
    for sha256 in hashes:
        kept = target / sha256[:2] / sha256
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(source / sha256, kept)


def _put_database(copy: Path, target: Path) -> None:
    if target.exists():
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        with closing(sqlite3.connect(target)) as before:
            before.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        kept = target.with_name(f"{target.name}.before-{stamp}")
        target.replace(kept)
        say(f"what was there is kept as {kept}")
    for companion in ("-wal", "-shm"):
        target.with_name(target.name + companion).unlink(missing_ok=True)
    copy.replace(target)


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _add_bytes(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))
