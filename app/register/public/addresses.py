"""Addresses of the public pages, with what they ask."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode


def address(path: str, params: Mapping[str, str]) -> str:
    """A path with its parameters, but for those that ask nothing."""
    said = {name: value for name, value in params.items() if value}
    return f"{path}?{urlencode(said)}" if said else path
