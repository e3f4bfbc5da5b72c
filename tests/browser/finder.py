"""All pages that users reach by following links from the first page of each role.

They are collected over HTTP, without a browser, and stored with the demo, so that several processes
can each examine a part.
"""

from __future__ import annotations

import pickle
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from app.base import db
from app.base.models import Task
from app.people import access
from tests.browser.demo_site import DemoSite, filled, opened

#: Addresses that answer with a file or a redirect.
NO_PAGES = {
    "static",
    "acting.of_chosen",
    "baselines.proposals_file",
    "batches.ground",
    "batches.report",
    "batches.template",
    "desk.find_officials",
    "departures.sheet",
    "calendars.personal",
    "accounts.give_code",  # after the password; another test examines it
    "accounts.add_passkey",  # not at 127.0.0.1; another test examines both
    "accounts.show_passkey",
    "provider.come_back",  # the site of this walk has no provider; other tests have one
    "provider.confirm",
    "provider.go",
    "dictation.after",
    "dumps.file",
    "dumps.manifest",
    "feeds.corrections",
    "feeds.entity",
    "feeds.post",
    "feeds.represented",
    "entities.list_file",
    "data.catalogue",
    "data.changes",
    "data.data_package",
    "data.implementation_of",
    "data.implementation_today",
    "data.schema",
    "data.schema_of",
    "open_data.acts",
    "open_data.acts_of_entity",
    "open_data.coverage",
    "open_data.days_without_visits",
    "open_data.decision_makers",
    "open_data.decision_makers_of",
    "open_data.demo_visits",
    "open_data.visits",
    "open_data.visits_of_entity",
    "open_data.visits_of_month",
    "past.table",
    "public.file",
    "entities.reception_notice",
    "entities.send_dossier",
    "health.health",
    "health.alive",
    "health.ready",
    "health.show_metrics",
    "mandate_plan.sheet",
    "materials.file",
    "manual.show_picture",
    "papers.large_picture",
    "papers.picture",
    "papers.signature",
    "process.download",
    "public.roster_template",
    "rehearsals.report",
    "public.security_txt",
    "sessions.guests_file",
    "sessions.sheet",
    "sessions.sheet_of_entity",
    "signing.send_originals",
    "support.show",
    "tasks.after",
    "tasks.attendance_sheet",
    "tasks.documents",
    "tasks.staged_pages",
}
#: The file of the found pages in the demo's folder.
PAGES = "pages.pickle"
PUBLIC = (
    *("/", "/que-es-zaguan", "/accesibilidad", "/ayuda", "/ingresar", "/inicia", "/activar"),
    *("/clave", "/nada", "/demasiado-grande"),
)
#: The targets of links. Links of pictures name their address in another attribute.
LINK = re.compile(r"<a\s[^>]*?\bhref=\"([^\"]*)\"")
#: Number of an entity's pages per role: entities differ most.
ENTITIES = 4
LONGEST = 400  # pages of one role; more means that the walk goes in circles


@dataclass(frozen=True)
class FoundPage:
    """A page and the user who found it; `html` as it was served."""

    name: str
    user_id: int | None
    path: str
    html: str
    #: No earlier page is of this kind.
    new: bool

    @property
    def where(self) -> str:
        """Return the user and the address, for a message."""
        return f"{self.name}: {self.path}"


@dataclass(frozen=True)
class Found:
    """The pages of all roles, and the endpoints to which links lead."""

    pages: list[FoundPage]
    endpoints: set[str]

    @property
    def new(self) -> list[FoundPage]:
        """Return one page of each kind."""
        return [page for page in self.pages if page.new]


class Finder:
    """Finds the pages of all roles."""

    def __init__(self, site: DemoSite) -> None:
        self.site = site
        self.endpoints: set[str] = set()
        self.pages: list[FoundPage] = []
        self._kinds: dict[str, int] = defaultdict(int)
        self._tasks: set[str] = set()
        self._known: set[str] = set()
        self._find("a visitor", None, (*PUBLIC, *site.links()))
        for role in access.ROLES:
            person = site.person_with(role)
            self._find(role, person, site.starts(person))
        person, page = site.waiting_list()
        self._find("an administrator on a waiting list", person, (page,))

    @property
    def found(self) -> Found:
        """Return what was found."""
        return Found(self.pages, self.endpoints)

    @cached_property
    def _map(self) -> Any:
        return self.site.app.url_map.bind("127.0.0.1")

    def _find(self, name: str, user_id: int | None, starts: tuple[str, ...]) -> None:
        """Follow links from the first pages of a person."""
        client = self.site.app.test_client()
        if user_id is not None:
            cookie = self.site.cookie(user_id)
            client.set_cookie(cookie["name"], cookie["value"], domain="127.0.0.1")
        self._kinds.clear()
        ahead, seen, looked = list(starts), set(starts), 0
        while ahead and looked < LONGEST:
            path = ahead.pop(0)
            if not self._wanted(path):
                continue
            looked += 1
            answer = self._get(client, path)
            endpoint, kind = self._kind(answer.request.path)
            self.endpoints.add(endpoint)
            shown = kind if answer.status_code < 400 else f"error {answer.status_code}"
            html = answer.get_data(as_text=True)
            self.pages.append(FoundPage(name, user_id, path, html, shown not in self._known))
            self._known.add(shown)
            for link in self._links(answer, html):
                if link not in seen:
                    seen.add(link)
                    ahead.append(link)

    def _get(self, client: FlaskClient, path: str) -> TestResponse:
        return client.get(path, base_url=self.site.address, follow_redirects=True)

    def _links(self, answer: TestResponse, html: str) -> list[str]:
        """Return the paths to which a page's links lead, in its own installation."""
        links = (urljoin(answer.request.url, unescape(link)) for link in LINK.findall(html))
        return [urlsplit(link).path for link in links if link.startswith(self.site.address)]

    def _wanted(self, path: str) -> bool:
        """Return whether the role has seen too few pages of this kind."""
        endpoint, kind = self._kind(path)
        if endpoint in NO_PAGES:
            return False
        self.endpoints.add(endpoint)
        if kind.startswith(("task ", "manual.")):  # the same for every reader
            new = kind not in self._tasks
            self._tasks.add(kind)
            return new
        self._kinds[kind] += 1
        return self._kinds[kind] <= (ENTITIES if endpoint == "entities.show" else 1)

    def _kind(self, path: str) -> tuple[str, str]:
        """Return the endpoint of an address, and what it shows: a step's screenful, or that."""
        try:
            endpoint, values = self._map.match(path.partition("?")[0])
        except HTTPException as fault:
            return f"error {fault.code}", f"error {fault.code}"
        if "task_id" in values and endpoint.startswith("tasks."):
            with self.site.app.app_context():
                step = db.session().get_one(Task, values["task_id"]).step
            return endpoint, f"task {endpoint} {step} {values.get('key', '')}"
        return endpoint, f"{endpoint} {values.get('key', values.get('slug', ''))}"


def fill(folder: Path) -> None:
    """Fill a demo in an empty folder, and store which pages it has."""
    filled(folder)
    with opened(folder) as site:
        (folder / PAGES).write_bytes(pickle.dumps(Finder(site).found))


def stored_in(folder: Path) -> Found:
    """Return the pages that were found in a filled demo."""
    found: Found = pickle.loads((folder / PAGES).read_bytes())
    return found
