"""Configuration: what is set wrong is named, and a first run needs nothing set."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from app import config, create_app
from app.config import BadSetting

GOOD = {"ZAGUAN_SECRET_KEY": "a secret that only the tests know"}


def test_a_first_run_needs_nothing_set(tmp_path: Path):
    loaded = config.load({"ZAGUAN_DATA": str(tmp_path / "var")})
    assert loaded["DATABASE_URL"] == f"sqlite:///{tmp_path}/var/zaguan.db"
    assert len(loaded["SECRET_KEY"]) >= 32
    assert loaded["SESSION_COOKIE_SECURE"] is False


def test_the_secret_of_an_installation_is_its_own_and_its_owners(tmp_path: Path):
    first = config.load({"ZAGUAN_DATA": str(tmp_path)})["SECRET_KEY"]
    assert config.load({"ZAGUAN_DATA": str(tmp_path)})["SECRET_KEY"] == first
    assert config.load({"ZAGUAN_DATA": str(tmp_path / "b")})["SECRET_KEY"] != first
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_cookies_are_secure_where_the_public_address_is():
    loaded = config.load(GOOD | {"ZAGUAN_PUBLIC_URL": "https://zaguan.example.pe/"})
    assert loaded["SESSION_COOKIE_SECURE"] is True
    assert loaded["PUBLIC_URL"] == "https://zaguan.example.pe"


def test_an_empty_variable_is_as_none():
    loaded = config.load(GOOD | {"ZAGUAN_PUBLIC_URL": "", "ZAGUAN_ACTIVATION_DAYS": ""})
    assert loaded["PUBLIC_URL"] == "http://127.0.0.1:8000"
    assert loaded["ACTIVATION_DAYS"] == 60


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "too short"),
        ("DATABASE_URL", "mysql://localhost/zaguan"),
        ("DATABASE_URL", "postgresql://localhost/zaguan"),
        ("DATABASE_URL", "zaguan.db"),
        ("DATABASE_URL", "sqlite:zaguan.db"),
        ("DATABASE_URL", "sqlite://zaguan.db"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "postgresql+psycopg://localhost:port/zaguan"),
        ("PUBLIC_URL", "zaguan.example.pe"),
        ("PUBLIC_URL", "ftp://zaguan.example.pe"),
        ("PUBLIC_URL", "http://"),
        ("PUBLIC_URL", "http://[::1"),
        ("PUBLIC_URL", "http://zaguan.example.pe:port"),
        ("PUBLIC_URL", "http://zaguan example.pe"),
        ("PUBLIC_URL", "http://zaguan.example.pe/?a=b"),
        ("HELP_DESK", "nobody"),
        ("HELP_DESK", "a@b@c"),
        ("HELP_DESK", "mesa de ayuda@example.pe"),
        ("MAIL_FROM", "@"),
        ("MAIL_FROM", "zaguan@example.pe\nBcc: x@example.pe"),
        ("ACTIVATION_DAYS", "0"),
        ("ACTIVATION_DAYS", "-5"),
        ("ACTIVATION_DAYS", "many"),
        ("ACTIVATION_DAYS", "9" * 5000),
        ("ACTIVATION_DAYS", "²"),
        ("PROXIES", "-1"),
        ("PROXIES", "10"),
        ("PROXIES", "all"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_what_it_takes(name: str, value: str):
    with pytest.raises(BadSetting, match=rf"^ZAGUAN_{name}: takes ") as fault:
        config.load(GOOD | {f"ZAGUAN_{name}": value})
    assert "\n" not in str(fault.value)
    assert "too short" not in str(fault.value), "a secret is never told"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("not a folder")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(BadSetting, match=r"^ZAGUAN_DATA"):
            config.load({"ZAGUAN_DATA": str(place)})


def test_a_secret_file_that_holds_none_is_named(tmp_path: Path):
    for content in (b"", b"\xff\xfe\x00 not text", b"short"):
        (tmp_path / "secret-key").write_bytes(content)
        with pytest.raises(BadSetting, match=r"^ZAGUAN_SECRET_KEY.*32"):
            config.load({"ZAGUAN_DATA": str(tmp_path)})


def test_the_application_refuses_to_be_made_with_a_bad_setting(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ZAGUAN_SECRET_KEY", "too short")
    with pytest.raises(BadSetting, match="ZAGUAN_SECRET_KEY"):
        create_app()
