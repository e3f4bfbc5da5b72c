"""Addresses of the public pages, with their parameters."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode


def address(path: str, params: Mapping[str, str]) -> str:
    """Return a path with its parameters, without empty ones."""
    said = {name: value for name, value in params.items() if value}
    return f"{path}?{urlencode(said)}" if said else path
