"""What the browser holds while its person is at the provider: in the signed cookie, for a while.

The nonce and the PKCE verifier are derived from the state under the installation's key, so the
cookie has neither.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import flask

from app.base import calendar
from app.people.access.tickets import keyed_hash

KEY = "provider"
LASTS = timedelta(minutes=15)


@dataclass(frozen=True)
class Trip:
    """A way to the provider and back.

    `wanted`: the path to go to afterwards. `acr`: the requested one. `confirms`: a signed-in person
    confirms who they are. `since`: when the browser was sent, in ISO 8601.
    """

    state: str
    since: str
    wanted: str
    acr: str
    confirms: bool

    @property
    def nonce(self) -> str:
        """The nonce of the ID token."""
        return keyed_hash("provider nonce", self.state)

    @property
    def verifier(self) -> str:
        """The verifier of PKCE."""
        return keyed_hash("provider verifier", self.state)

    @property
    def began(self) -> datetime:
        """When the browser was sent."""
        return datetime.fromisoformat(self.since)


def begin(wanted: str, acr: str, *, confirms: bool) -> Trip:
    """Begin a trip in this browser; an earlier one that did not end is forgotten."""
    state = secrets.token_urlsafe(32)
    trip = Trip(state, calendar.now().isoformat(), wanted, acr, confirms)
    flask.session[KEY] = asdict(trip)
    return trip


def end(state: str) -> Trip | None:
    """End the trip with this state, and return it.

    Return None, and change nothing, where this browser began no such trip or began it long ago.
    """
    held: Any = flask.session.get(KEY)
    if not held or not hmac.compare_digest(held["state"].encode(), state.encode()):
        return None
    del flask.session[KEY]
    trip = Trip(**held)
    return trip if timedelta(0) <= calendar.now() - trip.began <= LASTS else None
