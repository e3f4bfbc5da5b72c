"""A register whose visits are hidden and suppressed, and the person of the SIP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask

from app.base.models import Visit
from app.ops.worker import nightly, open_data
from app.ops.worker.jobs import JOBS
from app.ops.worker.turns import turn
from app.people import access, proposals
from app.register.suppression import list_file, listed, reviews
from app.register.suppression.fields import GROUPS
from tests.app import cast
from tests.app.register.interest_acts.acting import Acting
from tests.pages import CheckingClient

#: Invented, and in no other place of the tests.
SURNAME = "Zumaetaficticia"
NAME = f"{SURNAME} Inventada Eva"
BASE = "/registro/E90001/produccion"
HIDE, SHOW = {"ground": "minor"}, {"decision": "show"}
SUPPRESS = {"decision": "suppress", "fields": list(GROUPS)}
SIP, OTHER_SIP = "40000021", "40000068"


class Suppressing(Acting):
    """A register that records interest acts, with a list of suppressions."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self.commit(listed.begin)
        self.commit(cast.person, SIP, "sip", None)

    def browser(self, name: str = "") -> CheckingClient:
        """Return a browser of a person, also of the SIP's."""
        numbers = {"sip": SIP, "second sip": OTHER_SIP}
        client = super().browser("" if name in numbers else name)
        if name == "second sip" and self.read(access.find_person, "DNI", OTHER_SIP) is None:
            self.commit(cast.person, OTHER_SIP, "sip", None)
        if name in numbers:
            cast.sign_in(client, numbers[name])
        return client

    def of(self, visit_id: int, rest: str = "") -> str:
        """Return the address of a visit inside."""
        return f"{BASE}/visitas/{self.row(visit_id).code}{rest}"

    def post(self, visit_id: int, data: dict[str, Any], by: str = "administrator") -> int:
        """Hide a visit or decide about it by its page; return the status.

        A suppression is confirmed as well, by another person of the SIP.
        """
        rest = "/ocultar" if "decision" not in data else "/decidir"
        status = self.browser(by).post(self.of(visit_id, rest), data=data).status_code
        proposal = self.read(proposals.waiting, reviews.PROPOSAL, self.row(visit_id).code)
        if proposal is None:
            return status
        place, confirms = f"/propuestas/{proposal.id}", {"answer": "confirm"}
        return self.browser("second sip").post(place, data=confirms).status_code

    def public(self, visit_id: int) -> str:
        """Return the public page of a visit."""
        return self.browser().get(f"/visita/{self.row(visit_id).code}").text

    def hide(self, visit_id: int) -> None:
        """Hide a visit."""
        with self.writing() as session:
            visit = session.get_one(Visit, visit_id)
            reviews.hide(session, visit, ground="minor", actor_id=None)

    def suppress(self, visit_id: int, *groups: str) -> None:
        """Hide a visit and suppress some groups of fields, by default all."""
        self.hide(visit_id)
        with self.writing() as session:
            visit = session.get_one(Visit, visit_id)
            reviews.suppress(session, visit, groups or list(GROUPS), actor_id=None)


def list_of(app: Flask) -> Path:
    """Return the path of an installation's list."""
    with app.app_context():
        return list_file.path()


def night(app: Flask) -> None:
    """Make the open data, and let the night clean up."""
    turn(app, JOBS[open_data.NAME])
    turn(app, JOBS[nightly.NAME])
