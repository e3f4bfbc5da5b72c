"""A desk operator in a browser: opens the page, fills in the form, sends it and follows the
redirect.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.ops import trial_people
from tests.bench.browser import TOKEN, Browser
from tests.bench.invented import Person

SUBMISSION = re.compile(r'name="submission"[^>]* value="([^"]+)"')
#: The desk's redirect after an entry: it names the recorded visit.
RECORDED = re.compile(r"[?&]ingreso=([0-9A-Z]+)")

Pairs = Sequence[tuple[str, str]]


class Desk(Browser):
    """One desk of one register, by its address (`/registro/<code>/<env>`)."""

    def __init__(
        self, address: str, path: str, who: str, password: str = trial_people.PASSWORD
    ) -> None:
        super().__init__(address)
        self.path = path
        self.token = ""
        self.sign_in(who, password)

    def form(self, person: Person, official: str, motive: str, site: str) -> Pairs:
        """Open the desk and fill in the form for a visitor."""
        page = self.get(self.path)
        token, submission = TOKEN.search(page), SUBMISSION.search(page)
        if token is None or submission is None:
            raise LookupError(f"{self.path} shows no form")
        self.token = token.group(1)
        words = person.name.split()
        visitor = {
            "document_type": person.document_type,
            "document_number": person.document_number,
            "surnames": " ".join(words[:2]),
            "given_names": " ".join(words[2:]),
            "kind": person.kind,
            "entity": person.entity,
            "entity_ruc": "",
        }
        return [
            ("csrf_token", self.token),
            ("submission", submission.group(1)),
            *((f"visitors-0-{name}", value) for name, value in visitor.items()),
            ("official", official),
            ("official_id", ""),
            ("category", "work"),
            ("motive", motive),
            ("site", site),
            ("place", "Oficina 201"),
        ]

    def enter(self, form: Pairs) -> str:
        """Send the form. Return the code of the visit.

        Raises LookupError if the entry is refused.
        """
        status, text = self.post(self.path, form)
        recorded = RECORDED.search(self.location)
        if status != 303 or recorded is None:
            raise LookupError(f"{self.path} was answered {status}: {text[:3000]}")
        return recorded.group(1)

    def leave(self, code: str) -> None:
        """Record the exit of a visit. Raises LookupError if it is refused."""
        path = f"{self.path}/salidas/{code}"
        status, text = self.post(path, [("csrf_token", self.token)])
        if status != 303:
            raise LookupError(f"{path} was answered {status}: {text[:3000]}")
