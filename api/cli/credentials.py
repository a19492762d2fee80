"""`jinpai verify-credential`: a certificate's file, checked without network."""

from pathlib import Path

import orjson

from api.cli.opening import opened
from api.cli.terminal import CommandFailed, Exit, both, give, give_json, say
from api.issuer import issuer_of
from kernel.clock import SystemClock
from kernel.settings import Settings
from rewards.credentials.checking import MOST_CHARACTERS, Verdict, check
from rewards.credentials.issuing import signed_status
from rewards.credentials.signing import KEY_FILE, KeyFault, VerifyingKey, load_key
from stewards.district_settings import settings_now


def _text(path: Path) -> str:
    try:
        return path.read_bytes()[: MOST_CHARACTERS * 10].decode("ascii", "replace")
    except OSError as error:
        raise CommandFailed(f"{path}: {error.strerror}", Exit.USAGE) from error


def _key_of(path: Path) -> VerifyingKey:
    try:
        return VerifyingKey.of_jwk(orjson.loads(path.read_bytes()))
    except (OSError, orjson.JSONDecodeError, KeyFault) as error:
        raise CommandFailed(f"{path}: no public Ed25519 JSON Web Key") from error


async def verify_credential(
    settings: Settings, path: Path, *, key: Path | None, status: Path | None, name: str | None, as_json: bool
) -> Exit:
    """Check a file with the issuer's key: one that was saved before, or that of this data folder.

    The list of revocations is the saved one, or that of the database beside the key. Without any the answer says so,
    and the exit code is 3.

    Raises:
        CommandFailed: there is no such file or key.

    """
    compact = _text(path)
    listed = _text(status) if status else None
    if key is not None:
        known = _key_of(key)
    else:
        if not (settings.data_dir / KEY_FILE).is_file():
            raise CommandFailed(f"no key in {settings.data_dir}: give the issuer's with --key FILE")
        try:
            own = load_key(settings.data_dir)
        except KeyFault as error:
            raise CommandFailed(str(error)) from error
        known = own.public
        if listed is None:
            async with opened(settings) as database:
                reader, now = await database.reader(), SystemClock().now()
                issuer = issuer_of(settings, await settings_now(reader, settings, now))
                listed = await signed_status(reader, issuer=issuer, key=own, now=now)
    checked = check(compact, [known], now=SystemClock().now(), status_list=listed, name=name)
    if as_json:
        give_json({"verdict": checked.verdict, "status_known": checked.status_known, "credential": checked.credential})
    else:
        give(both(checked.text))
        if checked.credential.get("name"):
            give(str(checked.credential["name"]))
    if checked.verdict is not Verdict.VALID:
        return Exit.FAILED
    if not checked.status_known:
        say("not known whether it was revoked: no list of revocations of this issuer's was at hand (--status FILE)")
        return Exit.PARTLY
    return Exit.DONE
