"""Configuration: everything from the environment, with defaults that make a first run work.

Secrets come from the environment only (`ZAGUAN_SECRET_KEY`); where it is absent, the embedded
installation makes one of its own in its data folder, readable by its owner alone.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class BadSetting(Exception):
    """A setting cannot be used; the message names the variable and says what it takes."""


@dataclass(frozen=True)
class Setting:
    """One variable of the environment: what it takes, and its default."""

    name: str
    default: str
    takes: str


SETTINGS = (
    Setting("ZAGUAN_DATA", "var", "a folder for the embedded database and the stored files"),
    Setting("ZAGUAN_DATABASE_URL", "", "sqlite:///… or postgresql+psycopg://…"),
    Setting("ZAGUAN_SECRET_KEY", "", "at least 32 characters"),
    Setting("ZAGUAN_PUBLIC_URL", "http://127.0.0.1:8000", "the address that people type"),
    Setting("ZAGUAN_HELP_DESK", "mesadeayuda@gobiernodigital.gob.pe", "an e-mail address"),
    Setting("ZAGUAN_MAIL_FROM", "zaguan@example.pe", "an e-mail address"),
    Setting("ZAGUAN_NORM_VERSION", "Directiva 003-2026-PCM/SIP", "the norm in force"),
    Setting("ZAGUAN_CUT_OFF", "23:59", "the hour until which a filing counts for its day"),
    Setting("ZAGUAN_ACTIVATION_DAYS", "60", "for how many days an activation code can be used"),
)

MEGABYTE = 1024 * 1024


def load(
    environ: Mapping[str, str] | None = None, settings: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The configuration of the application; `settings` go before the environment (tests).

    Raises BadSetting, naming the variable, when one cannot be used.
    """
    env = os.environ if environ is None else environ
    given = dict(settings or {})
    values = {setting.name: env.get(setting.name) or setting.default for setting in SETTINGS}
    data = given.get("DATA") or Path(values["ZAGUAN_DATA"]).absolute()
    config = {
        "DATA": data,
        "DATABASE_URL": values["ZAGUAN_DATABASE_URL"] or f"sqlite:///{data / 'zaguan.db'}",
        "SECRET_KEY": given.get("SECRET_KEY") or values["ZAGUAN_SECRET_KEY"] or own_secret(data),
        "PUBLIC_URL": values["ZAGUAN_PUBLIC_URL"].rstrip("/"),
        "HELP_DESK": values["ZAGUAN_HELP_DESK"],
        "MAIL_FROM": values["ZAGUAN_MAIL_FROM"],
        "NORM_VERSION": values["ZAGUAN_NORM_VERSION"],
        "CUT_OFF": values["ZAGUAN_CUT_OFF"],
        "ACTIVATION_DAYS": values["ZAGUAN_ACTIVATION_DAYS"],
    }
    return complete(config | given)


def complete(config: dict[str, Any]) -> dict[str, Any]:
    """Checks given settings and adds what follows from them. Raises BadSetting."""
    if len(config["SECRET_KEY"]) < 32:
        raise BadSetting("ZAGUAN_SECRET_KEY: takes at least 32 characters")
    scheme = config["DATABASE_URL"].split(":", 1)[0]
    if scheme not in ("sqlite", "postgresql+psycopg"):
        raise BadSetting(f"ZAGUAN_DATABASE_URL: takes {SETTINGS[1].takes}, not {scheme}:…")
    public = urlsplit(config["PUBLIC_URL"])
    if public.scheme not in ("http", "https") or not public.netloc:
        raise BadSetting("ZAGUAN_PUBLIC_URL: takes an address that begins with http:// or https://")
    hours, _, minutes = config["CUT_OFF"].partition(":")
    if not (hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60):
        raise BadSetting("ZAGUAN_CUT_OFF: takes an hour such as 23:59")
    days = str(config.get("ACTIVATION_DAYS", "60"))
    if not (days.isascii() and days.isdigit() and 0 < int(days) <= 3650):
        raise BadSetting("ZAGUAN_ACTIVATION_DAYS: takes a number of days from 1 to 3650")
    config = config | {"ACTIVATION_DAYS": int(days)}
    secure = public.scheme == "https"
    return {
        "MAX_CONTENT_LENGTH": 12 * MEGABYTE,
        "MAX_FORM_MEMORY_SIZE": MEGABYTE // 2,
        "MAX_FORM_PARTS": 1000,
        "SESSION_COOKIE_NAME": "zaguan",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_I18N_ENABLED": False,
        "WTF_CSRF_TIME_LIMIT": None,
    } | config


def own_secret(data: Path) -> str:
    """The embedded installation's secret: made once, kept beside its database."""
    file = data / "secret-key"
    try:
        return file.read_text("ascii").strip()
    except FileNotFoundError:
        data.mkdir(parents=True, exist_ok=True)
        secret = secrets.token_urlsafe(48)
        try:
            with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new:
                new.write(secret)
        except FileExistsError:  # another process of the same start was quicker
            return file.read_text("ascii").strip()
        return secret
