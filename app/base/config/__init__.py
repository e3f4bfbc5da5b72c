"""Configuration: all from the environment or a file, with defaults that make a first run work.

Secrets come from the environment only (`ZAGUAN_SECRET_KEY`); where it is absent, the embedded
installation makes one in its data folder, readable by its owner alone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.base.config import provider
from app.base.config.checks import is_loopback
from app.base.config.fault import BadSetting as BadSetting
from app.base.config.secret import own_secret as own_secret
from app.base.config.settings import SETTINGS as SETTINGS
from app.base.config.settings import refuse_unknown as refuse_unknown

MEGABYTE = 1024 * 1024
#: The settings that are whole numbers.
NUMBERS = ("SMTP_PORT", "MAIL_PER_MINUTE", "ACTIVATION_DAYS", "PAGES_PER_MINUTE", "PROXIES")


def load(
    environ: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
    *,
    only_looking: bool = False,
) -> dict[str, Any]:
    """Return the configuration of the application; `settings` go before the environment (tests).

    `only_looking`: make no folder and no secret key where there are none. Raises BadSetting,
    naming the variable, when one cannot be used.
    """
    env = os.environ if environ is None else environ
    refuse_unknown(env)
    given = dict(settings or {})
    values = {setting.name: env.get(setting.name) or setting.default for setting in SETTINGS}
    for setting in SETTINGS:
        if not setting.is_good(values[setting.name]):
            raise BadSetting(f"{setting.name}: takes {setting.takes}")
    for check in TOGETHER:
        check(values)
    data = given.get("DATA") or Path(values["ZAGUAN_DATA"]).absolute()
    public_url = given.get("PUBLIC_URL") or values["ZAGUAN_PUBLIC_URL"].rstrip("/")
    secret_key = given.get("SECRET_KEY") or values["ZAGUAN_SECRET_KEY"]
    if not secret_key and not only_looking:
        secret_key = own_secret(data)
    as_text = {name.removeprefix("ZAGUAN_"): value for name, value in values.items()}
    return {
        **as_text,
        **{name: int(as_text[name]) for name in NUMBERS},
        "DATA": data,
        **_databases(values, given, data),
        "SECRET_KEY": secret_key,
        "VISITOR_SECRET": values["ZAGUAN_VISITOR_SECRET"] or secret_key,
        "DATA_LICENCE": values["ZAGUAN_DATA_LICENCE"],
        "PUBLIC_URL": public_url,
        "FORMER_URLS": [one.rstrip("/") for one in values["ZAGUAN_FORMER_URLS"].split()],
        "BACKUP_RECIPIENTS": values["ZAGUAN_BACKUP_RECIPIENTS"].split(),
        "RETURN_ADDRESS": values["ZAGUAN_RETURN_ADDRESS"] or values["ZAGUAN_MAIL_FROM"],
        "CUT_OFF": time.fromisoformat(values["ZAGUAN_CUT_OFF"]),
        "MAX_CONTENT_LENGTH": 12 * MEGABYTE,
        "MAX_FORM_MEMORY_SIZE": MEGABYTE // 2,
        "MAX_FORM_PARTS": 1000,
        "SESSION_COOKIE_NAME": "zaguan",
        "SESSION_COOKIE_SECURE": public_url.startswith("https:"),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_I18N_ENABLED": False,
        "WTF_CSRF_TIME_LIMIT": None,
    } | given


def _databases(values: Mapping[str, str], given: Mapping[str, Any], data: Path) -> dict[str, str]:
    """Return the addresses of the database, for the application and for the tables' owner."""
    embedded = f"sqlite:///{data / 'zaguan.db'}"
    url = given.get("DATABASE_URL") or values["ZAGUAN_DATABASE_URL"] or embedded
    return {"DATABASE_URL": url, "DATABASE_OWNER_URL": values["ZAGUAN_DATABASE_OWNER_URL"] or url}


def _keep_one_database(values: Mapping[str, str]) -> None:
    """Raise BadSetting where the owner's database cannot be the application's."""
    url = values["ZAGUAN_DATABASE_URL"]
    if values["ZAGUAN_DATABASE_OWNER_URL"] and not url.startswith("postgresql"):
        raise BadSetting("ZAGUAN_DATABASE_OWNER_URL: needs a ZAGUAN_DATABASE_URL of PostgreSQL")


def _keep_password_secret(values: Mapping[str, str]) -> None:
    """Raise BadSetting where the mail server's password would cross a network in the clear."""
    in_clear = values["ZAGUAN_SMTP_PASSWORD"] and values["ZAGUAN_SMTP_SECURITY"] == "none"
    if in_clear and not is_loopback(values["ZAGUAN_SMTP_HOST"]):
        raise BadSetting(
            "ZAGUAN_SMTP_SECURITY: takes starttls or tls where there is a ZAGUAN_SMTP_PASSWORD"
        )


def _keep_files_secret(values: Mapping[str, str]) -> None:
    """Raise BadSetting where the place of the stored files is set by halves, or in the clear."""
    if not values["ZAGUAN_FILES"]:
        return
    for name in ("ZAGUAN_FILES_ENDPOINT", "ZAGUAN_FILES_KEY", "ZAGUAN_FILES_SECRET"):
        if not values[name]:
            raise BadSetting(f"{name}: is needed where ZAGUAN_FILES is set")
    parts = urlsplit(values["ZAGUAN_FILES_ENDPOINT"])
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise BadSetting("ZAGUAN_FILES_ENDPOINT: takes an address with https")


#: The checks of settings that belong together.
TOGETHER = (
    _keep_one_database,
    _keep_password_secret,
    _keep_files_secret,
    provider.refuse_halves,
)
