"""Texts that are stored encrypted: the secrets of second factors.

The key is derived from the installation's secret key. After that key was changed, the former one
(`ZAGUAN_FORMER_SECRET_KEY`) still opens what it sealed.
"""

from __future__ import annotations

import base64
from typing import Any

from flask import current_app


class Unreadable(Exception):
    """A text was sealed under a key that this installation does not have."""


def seal(text: str) -> str:
    """Return the text encrypted and authenticated under the key in use."""
    return str(_lock(_secrets()[0]).encrypt(text.encode()).decode())


def unseal(sealed: str) -> str:
    """Return the text of `seal`, under the key in use or the former one. Raises Unreadable."""
    found = _opened(sealed, _secrets())
    if found is None:
        raise Unreadable
    return found


def is_current(sealed: str) -> bool:
    """Return whether the key in use opens a sealed text."""
    return _opened(sealed, _secrets()[:1]) is not None


def _opened(sealed: str, secrets: list[str]) -> str | None:
    from cryptography.fernet import InvalidToken

    for secret in secrets:
        try:
            return str(_lock(secret).decrypt(sealed.encode()).decode())
        except InvalidToken:
            continue
    return None


def _secrets() -> list[str]:
    config = current_app.config
    return [secret for secret in (config["SECRET_KEY"], config["FORMER_SECRET_KEY"]) if secret]


def _lock(secret: str) -> Any:
    # Late imports: only the processes that handle such texts load OpenSSL.
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derive = HKDF(SHA256(), length=32, salt=None, info=b"zaguan sealed texts")
    return Fernet(base64.urlsafe_b64encode(derive.derive(secret.encode())))
