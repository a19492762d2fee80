"""The doors of certificates: issued once to who holds the title, checked by anybody, void once it is revoked."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from rewards.credentials.signing import KEY_FILE
from tests.api.command import jinpai
from tests.api.door import Door

HTML = {"Accept": "text/html"}
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")


async def a_title(door: Door, period: str = "2025", steward: Any = None) -> str:
    body = {
        "steward": str(steward or door.district.zhao),
        "title": "gold_steward",
        "period": period,
        "awarded_on": f"{int(period) + 1}-01-08",
    }
    answer = await door.call("district_admin", "POST", "/api/v1/titles/awards", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def issued(door: Door, award: str, role: str = "steward") -> dict[str, Any]:
    made = await door.call(role, "POST", "/api/v1/credentials", json={"award": award})
    assert made.status_code == 201, made.text
    shown = await door.call(role, "GET", f"/api/v1/credentials/{made.json()['id']}")
    assert shown.status_code == 200, shown.text
    found: dict[str, Any] = shown.json()
    return found


async def revoke(door: Door, award: str) -> None:
    body = {"cause": "declined", "reason": "本人放弃"}
    answer = await door.call("district_admin", "POST", f"/api/v1/titles/awards/{award}/revoke", json=body)
    assert answer.status_code == 200, answer.text


async def test_a_certificate_is_issued_once_and_its_key_stands_where_it_says(door: Door) -> None:
    award = await a_title(door)
    first = await issued(door, award)
    assert (await issued(door, award, "street_admin"))["jws"] == first["jws"]
    header = jwt.decode(first["jws"], await key_of(door, first), algorithms=["EdDSA"]).header
    assert header["kid"].startswith("http://127.0.0.1:8000/credentials/keys/")
    issuer = await door.call(None, "GET", "/credentials/issuer")
    assert issuer.json() == first["credential"]["issuer"]
    assert (door.served.settings.data_dir / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert (await door.call(None, "GET", "/credentials/keys/unknown")).status_code == 404


async def key_of(door: Door, shown: dict[str, Any]) -> OKPKey:
    """The public key, found by what the file says alone."""
    said = shown["jws"].split(".")[0]
    header = json.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)))
    jwk = (await door.call(None, "GET", header["kid"].removeprefix("http://127.0.0.1:8000"))).json()
    return OKPKey.import_key({name: jwk[name] for name in ("kty", "crv", "x")})


async def test_nobody_else_has_a_title_s_certificate(door: Door) -> None:
    award = await a_title(door)
    shown = await issued(door, award)
    for role in ("other_steward", "other_street_admin"):
        made = await door.call(role, "POST", "/api/v1/credentials", json={"award": award})
        assert (made.status_code, made.json()["code"]) == (404, "unknown_credential"), role
        for path in ("/api/v1/credentials/{}", "/certificates/{}", "/certificates/{}/file"):
            assert (await door.call(role, "GET", path.format(shown["id"]))).status_code == 404, (role, path)


async def test_a_revoked_title_voids_its_certificate_on_every_page(door: Door) -> None:
    award, other = await a_title(door), await a_title(door, "2024")
    shown, kept = await issued(door, award), await issued(door, other)
    await revoke(door, award)
    page = await door.call(None, "GET", f"/verify/{shown['id']}", headers=HTML)
    assert "证书已经撤销" in page.text
    assert "称号已经撤销" in (await door.call("steward", "GET", f"/certificates/{shown['id']}", headers=HTML)).text
    checked = await door.call(None, "POST", "/verify", headers=HTML, data={"text": shown["jws"]})
    assert "证书已经撤销" in checked.text
    assert "证书有效" in (await door.call(None, "POST", "/verify", headers=HTML, data={"text": kept["jws"]})).text
    again = await door.call("steward", "POST", "/api/v1/credentials", json={"award": award})
    assert (again.status_code, again.json()["code"]) == (409, "title_withdrawn")


async def test_anybody_checks_a_file_and_a_name_on_a_page(door: Door) -> None:
    shown = await issued(door, await a_title(door))
    form = {"text": shown["jws"], "name": "赵示例"}
    assert "证书有效" in (await door.call(None, "POST", "/verify", headers=HTML, data=form)).text
    form["name"] = "钱样本二"
    assert "持有人不叫这个名字" in (await door.call(None, "POST", "/verify", headers=HTML, data=form)).text
    at = len(shown["jws"]) // 2
    changed = shown["jws"][:at] + ("A" if shown["jws"][at] != "A" else "B") + shown["jws"][at + 1 :]
    assert "不是本区签发的证书" in (await door.call(None, "POST", "/verify", headers=HTML, data={"text": changed})).text
    file = {"file": ("a.jwt", io.BytesIO(shown["jws"].encode()), "text/plain")}
    assert "证书有效" in (await door.call(None, "POST", "/verify", headers=HTML, files=file)).text
    assert (await door.call(None, "POST", "/verify", headers=HTML, data={"text": ""})).status_code == 422
    public = (await door.call(None, "GET", f"/verify/{shown['id']}", headers=HTML)).text
    assert "赵*例" in public
    assert "赵示例" not in public


async def test_a_steward_prints_an_own_certificate_and_takes_its_file(door: Door) -> None:
    empty = await door.call("steward", "GET", "/me/certificates", headers=HTML)
    assert "还没有称号" in empty.text
    award = await a_title(door)
    listed = await door.call("steward", "GET", "/me/certificates", headers=HTML)
    assert f"/me/certificates/{award}" in listed.text
    onward = await door.call("steward", "POST", f"/me/certificates/{award}", headers=HTML)
    assert onward.status_code == 303, onward.text
    page = await door.call("steward", "GET", onward.headers["location"], headers=HTML)
    assert "赵示例" in page.text
    assert "/verify/" in page.text
    file = await door.call("steward", "GET", f"{onward.headers['location']}/file")
    assert file.headers["content-type"].startswith("application/vc+jwt")
    assert file.text.count(".") == 2
    assert (await door.call("other_steward", "POST", f"/me/certificates/{award}", headers=HTML)).status_code == 404


async def test_the_command_checks_a_file_without_network(door: Door, tmp_path: Path) -> None:
    award = await a_title(door)
    shown = await issued(door, award)
    file, key, status = tmp_path / "a.jwt", tmp_path / "key.json", tmp_path / "status.jwt"
    file.write_text(shown["jws"])
    jwk = await key_of(door, shown)
    key.write_text(json.dumps(jwk.as_dict(private=False)))
    unknown = jinpai("verify-credential", file, "--key", key, "--json")
    assert (unknown.code, unknown.json["verdict"], unknown.json["status_known"]) == (3, "valid", False)
    status.write_text((await door.call(None, "GET", "/credentials/status/1")).text)
    good = jinpai("verify-credential", file, "--key", key, "--status", status, "--name", "赵示例")
    assert good.code == 0, good.err
    await revoke(door, award)
    status.write_text((await door.call(None, "GET", "/credentials/status/1")).text)
    ended = jinpai("verify-credential", file, "--key", key, "--status", status, "--json")
    assert (ended.code, ended.json["verdict"]) == (1, "revoked")
    file.write_text(shown["jws"][:-2])
    assert jinpai("verify-credential", file, "--key", key, "--json").json["verdict"] == "unsigned"
    assert jinpai("verify-credential", tmp_path / "none").code == 2
