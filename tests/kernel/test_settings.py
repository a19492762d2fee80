"""Settings are checked at start: what is wrong is named, and nothing known to all guards a public server."""

from pathlib import Path

import pytest

from kernel.settings import (
    SettingsFault,
    check_serving,
    is_loopback,
    load_settings,
    settings_in,
    unknown_variables,
)

LONG_SECRET = "x" * 32


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("JINPAI_")]:
        monkeypatch.delenv(name)


def test_without_any_variable_an_embedded_district_stands_under_var() -> None:
    settings = load_settings()
    assert settings.embedded
    assert settings.database_url == "sqlite://var/jinpai.sqlite3"
    assert settings.database_path == Path("var/jinpai.sqlite3")


def test_the_command_line_stands_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JINPAI_PORT", "9000")
    monkeypatch.setenv("JINPAI_DATABASE_URL", "postgres://localhost/jinpai")
    assert load_settings(host=None).port == 9000
    assert load_settings(port=9001).port == 9001
    assert settings_in(Path("/srv/d")).database_path == Path("/srv/d/jinpai.sqlite3")


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("JINPAI_PORT", "eighty", "JINPAI_PORT"),
        ("JINPAI_PORT", "65536", "JINPAI_PORT"),
        ("JINPAI_DATABASE_URL", "mysql://localhost/jinpai", "database_url"),
        ("JINPAI_REDIS_URL", "localhost", "JINPAI_REDIS_URL"),
        ("JINPAI_PUBLIC_URL", "points.example.org", "JINPAI_PUBLIC_URL"),
        ("JINPAI_TRUSTED_PROXIES", "10.0.0.0/8, proxy", "JINPAI_TRUSTED_PROXIES"),
        ("JINPAI_WORKERS", "4", "workers"),
        ("JINPAI_SESSION_DAYS", "0", "JINPAI_SESSION_DAYS"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, named: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsFault, match=named):
        load_settings()


def test_every_wrong_variable_is_named_at_once() -> None:
    with pytest.raises(SettingsFault) as fault:
        load_settings(port=-1, session_days=0)
    assert "JINPAI_PORT" in str(fault.value)
    assert "JINPAI_SESSION_DAYS" in str(fault.value)


def test_proxies_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JINPAI_TRUSTED_PROXIES", "10.0.0.1, 192.168.0.0/16")
    assert load_settings().trusted_proxies == ("10.0.0.1", "192.168.0.0/16")


def test_a_mistyped_variable_is_found_with_the_one_that_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JINPAI_DATABSE_URL", "sqlite://x")
    assert unknown_variables() == ["JINPAI_DATABSE_URL (did you mean JINPAI_DATABASE_URL?)"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_on_loopback_the_default_secret_will_do(host: str) -> None:
    assert is_loopback(host)
    check_serving(load_settings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "points.example.org"])
@pytest.mark.parametrize("secret", [None, "short"])
def test_beyond_loopback_a_default_or_short_secret_is_refused(host: str, secret: str | None) -> None:
    with pytest.raises(SettingsFault, match="JINPAI_SECRET_KEY"):
        check_serving(load_settings(host=host, secret_key=secret))
    check_serving(load_settings(host=host, secret_key=LONG_SECRET))


def test_a_demo_is_never_served_beyond_loopback() -> None:
    check_serving(load_settings(demo=True))
    with pytest.raises(SettingsFault, match="JINPAI_DEMO"):
        check_serving(load_settings(demo=True, host="0.0.0.0", secret_key=LONG_SECRET))
