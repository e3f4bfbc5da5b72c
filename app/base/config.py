"""Configuration: everything from the environment, with defaults that make a first run work.

Secrets come from the environment only (`ZAGUAN_SECRET_KEY`); where it is absent, the embedded
installation makes one in its data folder, readable by its owner alone.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.base import private


class BadSetting(Exception):
    """A setting cannot be used; the message names the variable and its valid values."""


@dataclass(frozen=True)
class Setting:
    """One variable of the environment: its default, its valid values, and their check."""

    name: str
    default: str
    takes: str
    is_good: Callable[[str], bool] = bool


def _is_address(text: str) -> bool:
    local, _, domain = text.partition("@")
    return bool(local and domain) and "@" not in domain and not any(map(str.isspace, text))


def _is_database(text: str) -> bool:
    if not text:
        return True  # the embedded one
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        return False
    if url.drivername == "sqlite":  # a file, so that all processes see the same
        return bool(url.database) and url.database != ":memory:" and not url.host
    return url.drivername == "postgresql+psycopg"


def _is_web(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    more = parts.query or parts.fragment or any(map(str.isspace, text))
    return parts.scheme in ("http", "https") and bool(host) and not more


def _is_contact(text: str) -> bool:
    """Condition: an address that RFC 9116 accepts, in ASCII: `mailto:` or `https:`."""
    clean = text.isascii() and text.isprintable() and not any(map(str.isspace, text))
    if text.startswith("mailto:"):
        return clean and _is_address(text.removeprefix("mailto:"))
    return clean and text.startswith("https:") and _is_web(text.partition("?")[0])


def _is_host(text: str) -> bool:
    return not any(sign.isspace() or sign in "/@" for sign in text)


def _is_hour(text: str) -> bool:
    try:
        time.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 5


def _is_path(text: str) -> bool:
    """Condition: empty, or the absolute path of a file or folder."""
    return not text or (Path(text).is_absolute() and text.isprintable())


def _is_number(least: int, most: int) -> Callable[[str], bool]:
    return lambda text: text.isascii() and text.isdigit() and least <= int(text[:9]) <= most


def _is_series(text: str) -> bool:
    """Condition: a pattern with one number and one year, for numbers of at most 60 characters."""
    rest = re.sub(r"\{number(?::0[1-9]d)?\}", "", text, count=1).replace("{year}", "", 1)
    parts = len(text) - len(rest) >= len("{number}{year}") and "{year}" in text
    return not text or bool(
        parts and rest.isprintable() and len(text) <= 60 and not set("{}") & set(rest)
    )


SETTINGS = (
    Setting("ZAGUAN_DATA", "var", "a folder for the embedded database and the stored files"),
    Setting("ZAGUAN_DATABASE_URL", "", "sqlite:///… or postgresql+psycopg://…", _is_database),
    Setting("ZAGUAN_SECRET_KEY", "", "at least 32 characters", lambda text: not 0 < len(text) < 32),
    Setting(
        "ZAGUAN_FORMER_SECRET_KEY",
        "",
        "the secret key before the present one: at least 32 characters",
        lambda text: not 0 < len(text) < 32,
    ),
    Setting(
        "ZAGUAN_PUBLIC_URL",
        "http://127.0.0.1:8000",
        "the public address of the pages, with http or https",
        _is_web,
    ),
    Setting(
        "ZAGUAN_FORMER_URLS",
        "",
        "the public addresses before the present one, with spaces between them",
        lambda text: "," not in text and all(map(_is_web, text.split())),
    ),
    Setting(
        "ZAGUAN_HELP_DESK", "mesadeayuda@gobiernodigital.gob.pe", "an e-mail address", _is_address
    ),
    Setting(
        "ZAGUAN_MESA_DE_PARTES",
        "",
        "the address of the PCM's mesa de partes digital, with http or https",
        lambda text: not text or _is_web(text.partition("?")[0]),
    ),
    Setting(
        "ZAGUAN_SECURITY_CONTACT",
        "",
        "the contact for weaknesses: mailto: with an e-mail address, or an address with https",
        lambda text: not text or _is_contact(text),
    ),
    Setting(
        "ZAGUAN_RESPONSIBLE",
        "",
        "the name of the public body that is responsible for this installation",
        str.isprintable,
    ),
    Setting(
        "ZAGUAN_CONTACT",
        "",
        "where the public reaches that body: mailto: with an e-mail address, or an https address",
        lambda text: not text or _is_contact(text),
    ),
    Setting(
        "ZAGUAN_LEGAL_NOTICE",
        "",
        "the address of the legal notice, with http or https",
        lambda text: not text or _is_web(text.partition("?")[0]),
    ),
    Setting(
        "ZAGUAN_PRIVACY_NOTICE",
        "",
        "the address of the privacy notice, with http or https",
        lambda text: not text or _is_web(text.partition("?")[0]),
    ),
    Setting("ZAGUAN_MAIL_FROM", "zaguan@example.pe", "an e-mail address", _is_address),
    Setting(
        "ZAGUAN_RETURN_ADDRESS",
        "",
        "the e-mail address for bounces",
        lambda text: not text or _is_address(text),
    ),
    Setting("ZAGUAN_SMTP_HOST", "", "the name of the mail server", _is_host),
    Setting("ZAGUAN_SMTP_PORT", "587", "its port, 1 to 65535", _is_number(1, 65535)),
    Setting(
        "ZAGUAN_SMTP_SECURITY",
        "starttls",
        "starttls, tls (from the first byte) or none",
        lambda text: text in ("starttls", "tls", "none"),
    ),
    Setting("ZAGUAN_SMTP_USER", "", "the user name at that server", str.isprintable),
    Setting(
        "ZAGUAN_SMTP_PASSWORD",
        "",
        "its password; requires TLS, except for a server on this machine",
        str.isprintable,
    ),
    Setting(
        "ZAGUAN_MAIL_PER_MINUTE",
        "120",
        "the most mails to send in a minute, 1 to 10000",
        _is_number(1, 10_000),
    ),
    Setting("ZAGUAN_NORM_VERSION", "Directiva 003-2026-PCM/SIP", "the norm in force"),
    Setting(
        "ZAGUAN_CONSTANCIA_SERIES",
        "",
        "the pattern of the constancias' numbers, as {number:04d}-{year}-PCM/SIP; empty: typed",
        _is_series,
    ),
    Setting(
        "ZAGUAN_CUT_OFF",
        "23:59",
        "the hour (Lima) until which a presentation or notification counts as of that day",
        _is_hour,
    ),
    Setting(
        "ZAGUAN_OWN_ENTITY",
        "E00045",
        "the code of the PCM in the catalogue: only there its people may prepare a designation",
        lambda text: bool(re.fullmatch(r"[A-Z0-9]{1,20}", text)),
    ),
    Setting(
        "ZAGUAN_ACTIVATION_DAYS",
        "60",
        "the days for which an activation code is valid, 1 to 3650",
        _is_number(1, 3650),
    ),
    Setting(
        "ZAGUAN_LOG",
        "plain",
        "plain (warnings, for a terminal) or json (a line per event)",
        ("plain", "json").__contains__,
    ),
    Setting(
        "ZAGUAN_METRICS_TOKEN",
        "",
        "the token to read `/metricas`: at least 16 letters, digits, - and _",
        lambda text: not text or bool(re.fullmatch(r"[\w-]{16,}", text, re.ASCII)),
    ),
    Setting(
        "ZAGUAN_VISITOR_SECRET",
        "",
        "the permanent secret for the public keys of visitors: at least 32 characters",
        lambda text: not 0 < len(text) < 32,
    ),
    Setting(
        "ZAGUAN_DATA_LICENCE",
        "ODC-By-1.0",
        "the licence of the open data: ODC-By-1.0, CC-BY-4.0 or CC0-1.0",
        ("ODC-By-1.0", "CC-BY-4.0", "CC0-1.0").__contains__,
    ),
    Setting(
        "ZAGUAN_PIDE_URL",
        "",
        "the address of RENIEC's consulta in PIDE, with https",
        lambda text: not text or _is_web(text.partition("?")[0]),
    ),
    Setting(
        "ZAGUAN_PIDE_DNI",
        "",
        "the DNI of the official who has the credential of PIDE: 8 digits",
        lambda text: not text or bool(re.fullmatch(r"[0-9]{8}", text)),
    ),
    Setting(
        "ZAGUAN_PIDE_RUC",
        "",
        "the RUC of that official's entity: 11 digits",
        lambda text: not text or bool(re.fullmatch(r"[0-9]{11}", text)),
    ),
    Setting("ZAGUAN_PIDE_PASSWORD", "", "the password of that credential", str.isprintable),
    Setting(
        "ZAGUAN_TRUST_ROOTS",
        "",
        "the absolute path of a folder of certificates, PEM or DER",
        _is_path,
    ),
    Setting(
        "ZAGUAN_TRUST_LIST",
        "",
        "the absolute path of a file: a trusted list of ETSI TS 119 612",
        _is_path,
    ),
    Setting(
        "ZAGUAN_REVOCATION",
        "",
        "the absolute path of a folder of revocation lists, PEM or DER",
        _is_path,
    ),
    Setting(
        "ZAGUAN_PROXIES",
        "0",
        "the number of your proxies in front of it, 0 to 9",
        _is_number(0, 9),
    ),
)

MEGABYTE = 1024 * 1024


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
    given = dict(settings or {})
    values = {setting.name: env.get(setting.name) or setting.default for setting in SETTINGS}
    for setting in SETTINGS:
        if not setting.is_good(values[setting.name]):
            raise BadSetting(f"{setting.name}: takes {setting.takes}")
    _keep_password_secret(values)
    _keep_identities_secret(values)
    data = given.get("DATA") or Path(values["ZAGUAN_DATA"]).absolute()
    public_url = given.get("PUBLIC_URL") or values["ZAGUAN_PUBLIC_URL"].rstrip("/")
    secret_key = given.get("SECRET_KEY") or values["ZAGUAN_SECRET_KEY"]
    if not secret_key and not only_looking:
        secret_key = own_secret(data)
    as_text = {name.removeprefix("ZAGUAN_"): value for name, value in values.items()}
    numbers = ("SMTP_PORT", "MAIL_PER_MINUTE", "ACTIVATION_DAYS", "PROXIES")
    return {
        **as_text,
        **{name: int(as_text[name]) for name in numbers},
        "DATA": data,
        "DATABASE_URL": values["ZAGUAN_DATABASE_URL"] or f"sqlite:///{data / 'zaguan.db'}",
        "SECRET_KEY": secret_key,
        "VISITOR_SECRET": values["ZAGUAN_VISITOR_SECRET"] or secret_key,
        "DATA_LICENCE": values["ZAGUAN_DATA_LICENCE"],
        "PUBLIC_URL": public_url,
        "FORMER_URLS": [one.rstrip("/") for one in values["ZAGUAN_FORMER_URLS"].split()],
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


def _keep_password_secret(values: Mapping[str, str]) -> None:
    """Raise BadSetting where the mail server's password would cross a network in the clear."""
    in_clear = values["ZAGUAN_SMTP_PASSWORD"] and values["ZAGUAN_SMTP_SECURITY"] == "none"
    if in_clear and not _is_loopback(values["ZAGUAN_SMTP_HOST"]):
        raise BadSetting(
            "ZAGUAN_SMTP_SECURITY: takes starttls or tls where there is a ZAGUAN_SMTP_PASSWORD"
        )


def _keep_identities_secret(values: Mapping[str, str]) -> None:
    """Raise BadSetting where the look-up of identities is set by halves, or in the clear."""
    pide = ("ZAGUAN_PIDE_URL", "ZAGUAN_PIDE_DNI", "ZAGUAN_PIDE_RUC", "ZAGUAN_PIDE_PASSWORD")
    missing = [name for name in pide if not values[name]]
    if missing and len(missing) < len(pide):
        raise BadSetting(f"{missing[0]}: is needed where another ZAGUAN_PIDE_… is set")
    parts = urlsplit(values["ZAGUAN_PIDE_URL"])
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise BadSetting("ZAGUAN_PIDE_URL: takes an address with https")


def _is_loopback(host: str) -> bool:
    try:
        return host in ("", "localhost") or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def own_secret(data: Path) -> str:
    """Return the embedded installation's secret: made once, stored next to its database.

    Raises BadSetting where its folder cannot be made or it holds no secret.
    """
    file = data / "secret-key"
    try:
        private.make_folder(data)
        if not file.exists():
            _make_secret(file)
        secret = file.read_text("ascii").strip()
    except OSError as fault:
        raise BadSetting(f"ZAGUAN_DATA: takes a folder that can be written ({fault})") from None
    except UnicodeDecodeError:
        secret = ""
    if len(secret) < 32:
        raise BadSetting(f"ZAGUAN_SECRET_KEY: takes at least 32 characters, or remove {file}")
    return secret


def _make_secret(file: Path) -> None:
    """Write a secret in one step, unless another process of the same start was quicker."""
    with tempfile.NamedTemporaryFile("w", dir=file.parent) as made:  # readable by its owner alone
        made.write(secrets.token_urlsafe(48))
        made.flush()
        with contextlib.suppress(FileExistsError):
            os.link(made.name, file)
