"""Fixtures of passkeys: an installation that demands a second factor, and a device."""

from __future__ import annotations

import pytest

from tests.app.people.passkeys.authenticator import Authenticator


@pytest.fixture
def device() -> Authenticator:
    """Return a device without passkeys."""
    return Authenticator()
