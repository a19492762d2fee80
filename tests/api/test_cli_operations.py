"""`jinpai migrate`, `rules`, `keys`, `tick`, `doctor`, `backup` and `restore`, as an operator types them."""

import json
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from kernel.single_server import hold_server_lock
from rewards.credentials.signing import KEY_FILE
from tests.api.command import jinpai

PROGRAMME = "points/programmes/dongcheng.json"


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("cli") / "district"
    assert jinpai("migrate", "--data", data).code == 0
    return data


def test_a_command_about_no_district_says_how_to_make_one(tmp_path: Path) -> None:
    data = tmp_path / "none"
    for command in ("verify", "tick", "serve"):
        ended = jinpai(command, "--data", data)
        assert (ended.code, ended.out) == (1, "")
        assert f"jinpai migrate --data {data}" in ended.err
    assert not data.exists(), "asking makes nothing"


def test_migrating_twice_does_nothing_the_second_time(tmp_path: Path) -> None:
    data = tmp_path / "new"
    planned = jinpai("migrate", "--data", data, "--dry-run", "--json")
    assert planned.json["missing"]
    assert not data.exists()
    first = jinpai("migrate", "--data", data)
    assert {"kernel.0001_initial", "rewards.0001_initial"} <= set(first.out.split())
    assert jinpai("migrate", "--data", data, "--json").json["applied"] == []


def test_a_schema_that_is_behind_is_refused_with_what_helps(tmp_path: Path) -> None:
    data = tmp_path / "old"
    assert jinpai("migrate", "--data", data).code == 0
    with closing(sqlite3.connect(data / "jinpai.sqlite3")) as database:
        database.execute("DELETE FROM tortoise_migrations WHERE app = 'cases'")
        database.commit()
    for command in ("serve", "verify"):
        ended = jinpai(command, "--data", data)
        assert ended.code == 1
        assert "cases.0001_initial" in ended.err
        assert f"jinpai migrate --data {data}" in ended.err


def test_published_holidays_are_loaded_once_and_a_file_adds_a_later_year(district: Path, tmp_path: Path) -> None:
    first = jinpai("holidays", "load", "--year", 2026, "--data", district, "--json")
    assert first.json == {"years": [2026], "added": 39}
    assert jinpai("holidays", "load", "--data", district, "--json").json == {"years": [2025, 2026], "added": 33}
    later = tmp_path / "2027.json"
    holiday = {"name": "元旦", "first": "2027-01-01", "last": "2027-01-03", "worked": []}
    year = {"year": 2027, "notice": "示例", "published_on": "2026-11-04", "holidays": [holiday]}
    later.write_text(json.dumps({"years": [year]}), encoding="utf-8")
    assert "3 days added" in jinpai("holidays", "load", later, "--data", district).out
    later.write_text("{}", encoding="utf-8")
    ended = jinpai("holidays", "load", later, "--data", district)
    assert ended.code == 1
    assert "/years" in ended.err
    assert jinpai("holidays", "load", "--year", 2031, "--data", district).code == 2


def test_rules_are_checked_by_place_and_published_once(district: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    document = json.loads(Path(PROGRAMME).read_text(encoding="utf-8"))
    wrong.write_text(json.dumps({**document, "solved_bonus": {"percent": "50"}, "bonus": 1}), encoding="utf-8")
    checked = jinpai("rules", "check", wrong, "--json")
    assert checked.code == 1
    pointers = {fault["pointer"] for fault in checked.json["faults"]}
    assert {"/bonus", "/solved_bonus/percent"} <= pointers
    assert jinpai("rules", "publish", wrong, "--data", district, "--yes").code == 1
    assert jinpai("rules", "check", PROGRAMME).code == 0
    asked = jinpai("rules", "publish", PROGRAMME, "--data", district)
    assert asked.code == 2, "nobody is there to say yes"
    assert "--yes" in asked.err
    assert jinpai("rules", "publish", PROGRAMME, "--data", district, "--dry-run").code == 0
    assert jinpai("rules", "list", "--data", district, "--json").json == []
    for _ in range(2):
        published = jinpai("rules", "publish", PROGRAMME, "--data", district, "--yes", "--json")
        assert published.json["number"] == 1
    assert len(jinpai("rules", "list", "--data", district, "--json").json) == 1
    workbook = tmp_path / "rehearsal.xlsx"
    rehearsed = jinpai("rules", "rehearse", PROGRAMME, "--data", district, "--json", "--xlsx", workbook)
    assert (rehearsed.code, rehearsed.json["events"]) == (0, 0), rehearsed.err
    assert workbook.read_bytes()[:2] == b"PK"


def test_a_token_is_shown_once_and_can_be_ended(district: Path) -> None:
    created = jinpai("keys", "create", "--role", "integrator", "--label", "grid", "--data", district)
    assert created.code == 0, created.err
    secret = created.out.strip()
    assert len(secret) >= 43
    assert secret not in created.err
    listed = jinpai("keys", "list", "--data", district, "--json")
    assert secret not in listed.out
    [token] = [token for token in listed.json if token["label"] == "grid"]
    assert token["revoked_at"] is None
    assert jinpai("keys", "revoke", token["id"], "--data", district).code == 2
    assert jinpai("keys", "revoke", token["id"], "--data", district, "--yes").code == 0
    [token] = [token for token in jinpai("keys", "list", "--data", district, "--json").json if token["label"] == "grid"]
    assert token["revoked_at"] is not None


@pytest.mark.parametrize(
    ("options", "code", "named"),
    [
        ((), 1, "key_holder"),
        (("--role", "district_admin"), 1, "/role"),
        (("--role", "display", "--street", "nowhere"), 1, "nowhere"),
        (("--role", "display", "--street", "a", "--community", "b"), 2, "only one of them"),
        (("--steward", "0"), 1, "0"),
    ],
)
def test_a_token_for_nobody_or_nowhere_is_refused(
    district: Path, options: tuple[str, ...], code: int, named: str
) -> None:
    ended = jinpai("keys", "create", *options, "--data", district)
    assert (ended.code, ended.out) == (code, "")
    assert named in ended.err


def test_a_tick_runs_what_is_due_at_its_time_and_nothing_twice(district: Path) -> None:
    first = jinpai("tick", "--data", district, "--at", "2026-11-23T08:00:00+08:00", "--json")
    assert first.code == 0, first.err
    assert "stale-rows" in first.json["jobs"]
    again = jinpai("tick", "--data", district, "--at", "2026-11-23T08:00:01+08:00", "--json")
    assert again.json["jobs"] == []
    later = jinpai("tick", "--data", district, "--at", "2026-11-25T08:00:00", "--json")
    assert "stale-rows" in later.json["jobs"]


def test_the_doctor_finds_what_is_wrong_and_names_what_helps(district: Path, tmp_path: Path) -> None:
    well = jinpai("doctor", "--data", district, "--json")
    assert well.code == 0, well.out
    assert {finding["what"] for finding in well.json} >= {"database", "schema", "file", "clock", "disk"}
    open_to_all = jinpai("doctor", "--data", district, JINPAI_HOST="0.0.0.0", JINPAI_PROT="80")
    assert open_to_all.code == 1
    assert "JINPAI_SECRET_KEY" in open_to_all.out
    assert "JINPAI_PROT (did you mean JINPAI_PORT?)" in open_to_all.out
    nowhere = jinpai(
        "doctor", JINPAI_DATABASE_URL="postgres://jinpai:hidden@127.0.0.1:1/none", JINPAI_DATA_DIR=tmp_path.as_posix()
    )
    assert nowhere.code == 1
    assert "hidden" not in nowhere.out + nowhere.err


def test_wrong_settings_are_named_and_are_wrong_usage() -> None:
    ended = jinpai("verify", JINPAI_PORT="eighty", JINPAI_SESSION_DAYS="0")
    assert ended.code == 2
    assert "JINPAI_PORT" in ended.err
    assert "JINPAI_SESSION_DAYS" in ended.err
    assert "Traceback" not in ended.err


def test_output_for_nobody_to_watch_has_no_colours(district: Path) -> None:
    ended = jinpai("verify", "--data", district, NO_COLOR="1")
    assert "\x1b" not in ended.out + ended.err
    assert ended.out.startswith("holds")


def test_a_backup_restores_into_a_district_of_the_same_rows(district: Path, tmp_path: Path) -> None:
    saved, elsewhere = tmp_path / "saved.tar", tmp_path / "elsewhere"
    key = district / KEY_FILE
    key.write_text("of no use here")
    told = jinpai("backup", saved, "--data", district)
    key.unlink()
    assert told.code == 0
    assert f"keep a copy of {key} elsewhere" in told.err
    assert jinpai("restore", saved, "--data", elsewhere).code == 0
    assert not (elsewhere / KEY_FILE).exists()
    there, here = [jinpai("verify", "--data", data, "--json").json["rows"] for data in (elsewhere, district)]
    assert there == here
    keys = [jinpai("keys", "list", "--data", data).out for data in (elsewhere, district)]
    assert keys[0] == keys[1]
    unasked = jinpai("restore", saved, "--data", elsewhere)
    assert unasked.code == 2, "it would replace a district"
    assert jinpai("restore", saved, "--data", elsewhere, "--yes").code == 0
    assert len(list(elsewhere.glob("*.before-*"))) == 1
    with hold_server_lock(elsewhere / "jinpai.sqlite3.serving"):
        assert "already serves" in jinpai("restore", saved, "--data", elsewhere, "--yes").err


def test_a_damaged_backup_is_refused_and_replaces_nothing(district: Path, tmp_path: Path) -> None:
    saved, elsewhere = tmp_path / "saved.tar", tmp_path / "elsewhere"
    assert jinpai("backup", saved, "--data", district).code == 0
    whole = saved.read_bytes()
    with tarfile.open(saved) as archive:
        at = archive.getmember("jinpai.sqlite3").offset_data + 5_000
    for damaged in (whole[:at] + b"\xff\xff\xff\xff" + whole[at + 4 :], whole[: len(whole) // 2], b"nothing"):
        saved.write_bytes(damaged)
        ended = jinpai("restore", saved, "--data", elsewhere)
        assert ended.code == 1, ended.err
        assert "damaged" in ended.err
        assert not (elsewhere / "jinpai.sqlite3").exists()


def test_postgres_is_left_to_its_own_tools(tmp_path: Path) -> None:
    for command in (("backup", tmp_path / "x.tar"), ("restore", tmp_path / "x.tar")):
        ended = jinpai(*command, JINPAI_DATABASE_URL="postgres://127.0.0.1/jinpai")
        assert ended.code == 1
        assert "pg_" in ended.err
