"""A browser for benchmarks. It logs in, stores cookies, and posts forms with their token."""

from __future__ import annotations

import http.client
import random
import re
import time
from collections.abc import Sequence
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from app.base.models import Task
from app.onboarding.tasks.loading import TaskPage
from app.ops import trial_people
from app.people import access
from forms.drafts import as_formdata
from tests.bench.invented import Person

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.bench.bench import Bench

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
DOCUMENTS = {role: document for role, document, *_ in trial_people.PCM_PEOPLE}


class Prepared(NamedTuple):
    """An answer that is ready to be sent: its address and its form."""

    path: str
    form: list[tuple[str, str]]


class Browser:
    """A user, over one connection that stays open.

    `who`: a role of the PCM, or the DNI of another user with an account; "" for the public.
    """

    #: Scheme and host of the pages, where they differ from the address; https asks for them.
    origin = ""

    def __init__(self, address: str, who: str = "") -> None:
        self.connection: Any = self.connect(address)
        self.cookies: SimpleCookie = SimpleCookie()
        #: Target of the last redirect.
        self.location = ""
        if who:
            self.sign_in(who)

    def connect(self, address: str) -> Any:
        """Return a new connection to the server."""
        return http.client.HTTPConnection(address, timeout=30)

    def sign_in(self, who: str, password: str = trial_people.PASSWORD) -> None:
        """Sign in, by default with the password of the trial accounts."""
        token = TOKEN.search(self.get("/ingresar"))
        if token is None:
            raise LookupError("the page to sign in has no token")
        status, _ = self.post(
            "/ingresar",
            [
                ("csrf_token", token.group(1)),
                ("document_type", "DNI"),
                ("document_number", DOCUMENTS.get(who, who)),
                ("password", password),
            ],
        )
        if status not in (302, 303):
            raise LookupError(f"signing in as {who} was answered {status}")

    def get(self, path: str) -> str:
        """Return a page. Raises LookupError if it does not exist."""
        try:
            status, body = self._ask("GET", path, None)
        except ConnectionError:  # a server closes after 2 idle seconds
            self.close()
            status, body = self._ask("GET", path, None)
        if status != 200:
            raise LookupError(f"{path} was answered {status}")
        return body

    def post(self, path: str, pairs: Sequence[tuple[str, str]]) -> tuple[int, str]:
        """Send a form. Return the status and the text of the answer."""
        return self._ask("POST", path, urlencode(pairs))

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{k}={m.value}" for k, m in self.cookies.items())}
        if self.origin:
            headers |= {"Host": self.origin.partition("://")[2], "Referer": self.origin + path}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode(errors="replace")  # pictures too
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            self.cookies.load(cookie)
        self.location = answer.headers.get("Location", "")
        return answer.status, text

    def close(self) -> None:
        """End the connection; the next request opens another one."""
        self.connection.close()

    def answer(self, bench: Bench, task_id: int, outcome: str) -> float:
        """Answer a task of one page with an example of its folder.

        Return the duration in ms: of a decision, that of its confirmation.
        """
        return self.send(self.prepare(bench, task_id, outcome))

    def prepare(self, bench: Bench, task_id: int, outcome: str) -> Prepared:
        """Open a task of one page, and return its answer; a decision is sent to its review."""
        with bench.session() as session:
            task = session.get_one(Task, task_id)
            task_page = TaskPage.of(
                session, task_id, access.recipients(session, task.role, task.entity)[0]
            )
            path = f"/tareas/{task_id}/{task_page.pages[0].key}"
            fitting = [one for one in task_page.step.accepts if one.outcome == outcome]
            example = next((one for one in fitting if callable(one.data)), fitting[0])
            values = example.values(task_page.given, random.Random(task_id))
            pairs = as_formdata(task_page.step.form, values)
        token = TOKEN.search(self.get(path))
        if token is None:
            raise LookupError(f"{path} has no token")
        form = [*pairs, ("csrf_token", token.group(1)), ("revision", "0"), ("action", "submit")]
        if task_page.step.form.is_confirmed():
            self.post(path, form)
            path, form = f"/tareas/{task_id}/revisar", [form[-3], form[-1]]
        return Prepared(path, form)

    def send(self, prepared: Prepared) -> float:
        """Send an answer. Return the duration in ms."""
        began = time.perf_counter()
        status, text = self.post(prepared.path, prepared.form)
        took = (time.perf_counter() - began) * 1000
        if status != 303:
            raise LookupError(f"{prepared.path} was answered {status}: {text[:2000]}")
        return took

    def follow(self) -> str:
        """Follow the redirects of the last answer; return the page to which they lead."""
        status, body = 303, ""
        while status in (302, 303):
            status, body = self._ask("GET", self.location, None)
        if status != 200:
            raise LookupError(f"{self.location} was answered {status}")
        return body


class Within(Browser):
    """The same inside this process, where its statements can be counted."""

    def __init__(self, client: FlaskClient, who: str = "") -> None:
        self.client = client
        if who:
            self.sign_in(who)

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        kind = "application/x-www-form-urlencoded"
        answer = self.client.open(path, method=method, data=body, content_type=body and kind)
        return answer.status_code, answer.text

    def close(self) -> None:
        """Do nothing: no connection is open."""


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
