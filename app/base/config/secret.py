"""The secret of an embedded installation, made once and stored next to its database."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from app.base import private
from app.base.config.fault import BadSetting


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
