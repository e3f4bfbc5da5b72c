"""What the text of a setting must look like."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import time
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError


def is_address(text: str) -> bool:
    local, _, domain = text.partition("@")
    return bool(local and domain) and "@" not in domain and not any(map(str.isspace, text))


def is_database(text: str) -> bool:
    if not text:
        return True  # the embedded one
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        return False
    if url.drivername == "sqlite":  # a file, so that all processes see the same
        return bool(url.database) and url.database != ":memory:" and not url.host
    # A password that is not percent-encoded spills into the host, which messages name.
    return url.drivername == "postgresql+psycopg" and not re.search("[@#? ]", url.host or "")


def is_place(text: str) -> bool:
    """Condition: empty, or a bucket of S3 and a prefix: s3://bucket/prefix."""
    return not text or bool(re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,62}(/[\w.-]+)*/?", text, re.A))


def is_word(text: str) -> bool:
    """Condition: printable, without spaces; may be empty."""
    return text.isprintable() and not any(map(str.isspace, text))


def is_web(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    more = parts.query or parts.fragment or any(map(str.isspace, text))
    return parts.scheme in ("http", "https") and bool(host) and not more


def is_secure(text: str) -> bool:
    """Condition: empty, or an address with https; on this machine also with http."""
    if not text:
        return True
    parts = urlsplit(text) if "#" not in text and is_web(text.partition("?")[0]) else None
    return parts is not None and (parts.scheme == "https" or is_loopback(parts.hostname or ""))


def is_contact(text: str) -> bool:
    """Condition: an address that RFC 9116 accepts, in ASCII: `mailto:` or `https:`."""
    clean = text.isascii() and text.isprintable() and not any(map(str.isspace, text))
    if text.startswith("mailto:"):
        return clean and is_address(text.removeprefix("mailto:"))
    return clean and text.startswith("https:") and is_web(text.partition("?")[0])


def is_host(text: str) -> bool:
    return not any(sign.isspace() or sign in "/@" for sign in text)


def is_hour(text: str) -> bool:
    try:
        time.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 5


def is_path(text: str) -> bool:
    """Condition: empty, or the absolute path of a file or folder."""
    return not text or (Path(text).is_absolute() and text.isprintable())


def is_number(least: int, most: int) -> Callable[[str], bool]:
    return lambda text: text.isascii() and text.isdigit() and least <= int(text[:9]) <= most


def is_series(text: str) -> bool:
    """Condition: a pattern with one number and one year, for numbers of at most 60 characters."""
    rest = re.sub(r"\{number(?::0[1-9]d)?\}", "", text, count=1).replace("{year}", "", 1)
    parts = len(text) - len(rest) >= len("{number}{year}") and "{year}" in text
    return not text or bool(
        parts and rest.isprintable() and len(text) <= 60 and not set("{}") & set(rest)
    )


def is_loopback(host: str) -> bool:
    try:
        return host in ("", "localhost") or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
