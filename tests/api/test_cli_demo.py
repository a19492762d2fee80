"""`jinpai demo`: a district from one command, the same again from a second, and clear words when it cannot be."""

import os
from pathlib import Path

import orjson
import pytest

from api.cli.demo import demo_settings
from tests.api.command import jinpai

FIGURES = {"streets": 3, "stewards": 60, "cases": 2_100, "waiting": 20}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    ended = jinpai("demo", "--no-serve", "--data", folder, "--until", "2026-11-22", "--json")
    assert ended.code == 0, ended.err
    assert ended.json["fresh"] is True
    assert {name: ended.json[name] for name in FIGURES} == FIGURES
    return folder


def test_a_second_run_says_that_everything_was_there_and_moves_the_address_alone(folder: Path) -> None:
    before = orjson.loads((folder / "credentials.json").read_bytes())
    ended = jinpai("demo", "--no-serve", "--data", folder, "--port", "8123")
    assert ended.code == 0, ended.err
    assert "found as it was" in ended.out
    after = orjson.loads((folder / "credentials.json").read_bytes())
    assert after == {**before, "base_url": "http://127.0.0.1:8123"}
    clerk = before["street_admin"]
    assert f"login {clerk['login']}  password {clerk['password']}" in ended.out


def test_every_invariant_holds_in_it(folder: Path) -> None:
    ended = jinpai("verify", "--data", folder, "--json")
    assert ended.code == 0, ended.out
    assert ended.json["rows"]["cases_case"] == 2_120


def test_its_quarters_are_closed_compute_to_the_same_and_go_out_by_sheet(folder: Path, tmp_path: Path) -> None:
    checked = jinpai("close", "--check", "--data", folder, "--json")
    assert checked.code == 0, checked.out + checked.err
    assert [(one["period"], one["same"]) for one in checked.json] == [
        (period, True) for period in ("2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3")
    ]
    again = jinpai("close", "--period", "2026Q3", "--data", folder, "--json")
    assert (again.code, again.json["fresh"], again.json["run"]) == (0, False, 1)
    out = tmp_path / "scores.csv"
    assert jinpai("export", "scores", "--period", "2026-Q3", "--out", out, "--data", folder).code == 0
    lines = out.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 1 + checked.json[-1]["stewards"]
    early = jinpai("close", "--period", "2099-Q1", "--data", folder)
    assert early.code == 1
    assert "截止" in early.err
    assert jinpai("close", "--period", "2026-Q5", "--data", folder).code == 2
    assert jinpai("close", "--period", "2024-Q1", "--check", "--data", folder).code == 1


def test_the_sheet_of_the_documentation_is_taken_in_beside_it(folder: Path) -> None:
    examples = Path(__file__).parents[2] / "docs" / "examples"
    ended = jinpai(
        *("import", "cases", examples / "sheets" / "grid-platform.csv"),
        *("--mapping", examples / "mappings" / "grid-platform.json", "--data", folder, "--json"),
    )
    assert ended.code == 0, ended.err
    assert (ended.json["rows"], ended.json["accepted"]) == (40, 40)


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--size", "huge"), 2, "small or full"),
        (("--until", "yesterday"), 2, "2026-11-22"),
        (("--until", "2999-01-01"), 2, "at the latest"),
        (("--seed", "2"), 1, "other_demo"),
        (("--size", "full"), 1, "other_demo"),
    ],
)
def test_what_cannot_be_is_said(folder: Path, options: tuple[str, ...], code: int, said: str) -> None:
    ended = jinpai("demo", "--no-serve", "--data", folder, *options)
    assert ended.code == code, ended.err
    assert said in ended.err


def test_without_a_folder_it_stands_under_var_or_in_the_database_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in os.environ if name.startswith("JINPAI_")]:
        monkeypatch.delenv(name)
    settings, folder = demo_settings(None, None)
    assert (folder, settings.database_path) == (Path("var/demo"), Path("var/demo/jinpai.sqlite3"))
    monkeypatch.setenv("JINPAI_DATABASE_URL", "postgres://localhost/demo")
    settings, folder = demo_settings(None, 8123)
    assert (folder, settings.database_url) == (Path("var/demo"), "postgres://localhost/demo")
    assert (settings.demo, settings.port) == (True, 8123)
    settings, folder = demo_settings(Path("elsewhere"), None)
    assert (folder, settings.database_path) == (Path("elsewhere"), Path("elsewhere/jinpai.sqlite3"))
