"""Configuration: each wrong setting is named, and a first run needs no setting."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from app import create_app
from app.base import config
from app.base.config import BadSetting

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


def test_addresses_have_no_slash_at_their_end_cookies_are_as_secure_and_empty_is_as_none():
    loaded = config.load(GOOD | {"ZAGUAN_PUBLIC_URL": "https://zaguan.example.pe/"})
    assert loaded["SESSION_COOKIE_SECURE"] is True
    assert loaded["PUBLIC_URL"] == "https://zaguan.example.pe"
    former = "http://zaguan.example.pe https://antes.example.pe/"
    loaded = config.load(GOOD | {"ZAGUAN_FORMER_URLS": former})
    assert loaded["FORMER_URLS"] == ["http://zaguan.example.pe", "https://antes.example.pe"]
    assert config.load(GOOD)["FORMER_URLS"] == []
    loaded = config.load(GOOD | {"ZAGUAN_PUBLIC_URL": "", "ZAGUAN_ACTIVATION_DAYS": ""})
    assert loaded["PUBLIC_URL"] == "http://127.0.0.1:8000"
    assert loaded["ACTIVATION_DAYS"] == 60


def test_a_setting_that_cannot_be_used_is_named_with_what_it_takes():
    for name, value in [
        ("SECRET_KEY", "too short"),
        ("LOG", "xml"),
        ("LOG", "JSON"),
        ("METRICS_TOKEN", "short"),
        ("METRICS_TOKEN", "a word with spaces in it"),
        ("METRICS_TOKEN", "una-palabra-con-eñe"),
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
        ("FORMER_URLS", "http://zaguan.example.pe, https://zaguan.example.pe"),
        ("FORMER_URLS", "http://zaguan.example.pe zaguan.example.pe"),
        ("HELP_DESK", "nobody"),
        ("HELP_DESK", "a@b@c"),
        ("HELP_DESK", "mesa de ayuda@example.pe"),
        ("MESA_DE_PARTES", "facilita.gob.pe"),
        ("MESA_DE_PARTES", "javascript:alert(1)"),
        ("SECURITY_CONTACT", "seguridad@example.pe"),
        ("SECURITY_CONTACT", "mailto:seguridad"),
        ("SECURITY_CONTACT", "mailto:seguridad@example.pe\nPolicy: x"),
        ("SECURITY_CONTACT", "http://example.pe/seguridad"),
        ("SECURITY_CONTACT", "https://example.pe/\x00"),
        ("SECURITY_CONTACT", "https://example.pe/?a b"),
        ("SECURITY_CONTACT", "https://example.pe/señal"),
        ("MAIL_FROM", "@"),
        ("MAIL_FROM", "zaguan@example.pe\nBcc: x@example.pe"),
        ("RETURN_ADDRESS", "bounces"),
        ("SMTP_HOST", "mail.example.pe\nx"),
        ("SMTP_HOST", "smtp://mail.example.pe"),
        ("SMTP_PORT", "0"),
        ("SMTP_PORT", "65536"),
        ("SMTP_SECURITY", "ssl"),
        ("MAIL_PER_MINUTE", "0"),
        ("MAIL_PER_MINUTE", "fast"),
        ("ACTIVATION_DAYS", "0"),
        ("ACTIVATION_DAYS", "-5"),
        ("ACTIVATION_DAYS", "many"),
        ("ACTIVATION_DAYS", "9" * 5000),
        ("ACTIVATION_DAYS", "²"),
        ("PROXIES", "-1"),
        ("PROXIES", "10"),
        ("PROXIES", "all"),
    ]:
        with pytest.raises(BadSetting, match=rf"^ZAGUAN_{name}: takes ") as fault:
            config.load(GOOD | {f"ZAGUAN_{name}": value})
        assert "\n" not in str(fault.value)
        assert "too short" not in str(fault.value), "a secret is never told"


def test_weaknesses_are_reported_to_a_mail_or_a_page_or_nowhere():
    for contact in ["mailto:seguridad@example.pe", "https://example.pe/seguridad?idioma=es", ""]:
        loaded = config.load(GOOD | {"ZAGUAN_SECURITY_CONTACT": contact})
        assert loaded["SECURITY_CONTACT"] == contact


def test_mails_are_shown_on_a_page_until_a_server_is_named():
    loaded = config.load(GOOD)
    assert loaded["SMTP_HOST"] == ""
    assert (loaded["SMTP_PORT"], loaded["SMTP_SECURITY"]) == (587, "starttls")
    assert loaded["RETURN_ADDRESS"] == loaded["MAIL_FROM"]


def test_a_password_crosses_no_network_in_the_clear_but_may_on_this_machine():
    for host in ["mail.example.pe", "10.0.0.7", "127.0.0.1.example.pe"]:
        given = GOOD | {"ZAGUAN_SMTP_HOST": host, "ZAGUAN_SMTP_PASSWORD": "open sesame"}
        with pytest.raises(BadSetting, match=r"^ZAGUAN_SMTP_SECURITY: takes") as fault:
            config.load(given | {"ZAGUAN_SMTP_SECURITY": "none"})
        assert "sesame" not in str(fault.value)
        for security in ("starttls", "tls"):
            assert config.load(given | {"ZAGUAN_SMTP_SECURITY": security})["SMTP_PASSWORD"]
    for host in ["127.0.0.1", "localhost", "::1"]:
        given = {
            "ZAGUAN_SMTP_HOST": host,
            "ZAGUAN_SMTP_PASSWORD": "x",
            "ZAGUAN_SMTP_SECURITY": "none",
        }
        assert config.load(GOOD | given)["SMTP_PASSWORD"] == "x"


def test_a_folder_that_cannot_be_made_and_a_secret_file_that_holds_none_are_named(tmp_path: Path):
    (tmp_path / "file").write_text("not a folder")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(BadSetting, match=r"^ZAGUAN_DATA"):
            config.load({"ZAGUAN_DATA": str(place)})
    for content in (b"", b"\xff\xfe\x00 not text", b"short"):
        (tmp_path / "secret-key").write_bytes(content)
        with pytest.raises(BadSetting, match=r"^ZAGUAN_SECRET_KEY.*32"):
            config.load({"ZAGUAN_DATA": str(tmp_path)})


def test_the_application_refuses_to_be_made_with_a_bad_setting(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ZAGUAN_SECRET_KEY", "too short")
    with pytest.raises(BadSetting, match="ZAGUAN_SECRET_KEY"):
        create_app()


def test_the_owner_has_the_database_of_the_application(tmp_path):
    """Without a setting of its owner, the tables belong to the application."""
    url = "postgresql+psycopg://zaguan@localhost/zaguan"
    owner = url.replace("zaguan@", "zaguan_owner@")
    environment = {"ZAGUAN_DATA": str(tmp_path), "ZAGUAN_DATABASE_URL": url}
    assert config.load(environment)["DATABASE_OWNER_URL"] == url
    assert config.load({**environment, "ZAGUAN_DATABASE_OWNER_URL": owner}) == {
        **config.load(environment),
        "DATABASE_OWNER_URL": owner,
    }
    for database in ("", "sqlite:////tmp/zaguan.db"):
        with pytest.raises(config.BadSetting, match="ZAGUAN_DATABASE_OWNER_URL"):
            config.load(
                {
                    "ZAGUAN_DATA": str(tmp_path),
                    "ZAGUAN_DATABASE_URL": database,
                    "ZAGUAN_DATABASE_OWNER_URL": owner,
                }
            )
    with pytest.raises(config.BadSetting, match="ZAGUAN_DATABASE_OWNER_URL"):
        config.load({**environment, "ZAGUAN_DATABASE_OWNER_URL": "sqlite:////tmp/zaguan.db"})
