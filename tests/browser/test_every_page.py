"""Every page for everybody who may open it: three checkers, no scrolling sideways, light to carry.

Pages are found by following links from each role's first page. Whoever adds an address that no
link leads to is told by `test_no_page_is_forgotten`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask, render_template
from werkzeug.exceptions import HTTPException

from app.base import db
from app.base.models import Task
from app.people import access
from app.web.security_headers import CONTENT_SECURITY_POLICY as POLICY
from forms import steps
from tests.browser import pictures, stretched
from tests.browser.examined import NARROW, WIDE, Examiner
from tests.browser.house import House, opened
from tests.browser.validated import markup_faults, second_look
from tests.forms.drawn import draw, draw_review
from tests.forms.filled import fill, given_of, values_of

#: Addresses that answer with a file, or lead on to a page.
NO_PAGES = {
    "static",
    "batches.report",
    "batches.template",
    "desk.find_officials",
    "dictation.after",
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
    "health.health",
    "health.show_metrics",
    "manual.show_picture",
    "public.roster_template",
    "public.security_txt",
    "tasks.after",
    "tasks.documents",
    "tasks.paper",
}
PUBLIC = (
    *("/", "/que-es-zaguan", "/accesibilidad", "/ayuda", "/ingresar", "/inicia", "/activar"),
    *("/clave", "/nada", "/demasiado-grande"),
)
#: Where links lead; those of pictures give their address in another way.
LINKS = "all => all.map(a => new URL(a.getAttribute('href'), document.baseURI).href)"
FIRST_PAGE, LATER_PAGE = 150_000, 25_000  # bytes
#: Pages of an entity that one role looks at: entities differ most.
ENTITIES = 4
LONGEST = 400  # pages of one role; more means that the walk goes round in circles


@pytest.fixture(scope="module")
def house(sqlite: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(sqlite.create(), tmp_path_factory.mktemp("house")) as made:
        yield made


class Rounds:
    """Goes through all pages that a person finds, and writes down what does not hold."""

    def __init__(self, house: House, browser: Any, examiner: Examiner) -> None:
        self.house = house
        self.examiner = examiner
        self.browser = browser
        self.endpoints: set[str] = set()
        self.faults: list[str] = []
        self.kinds: dict[str, int] = {}
        self.tasks: set[str] = set()
        self.known: set[str] = set()
        #: One page of each kind: by whom, and at which address.
        self.visited: list[tuple[int | None, str]] = []
        #: The HTML of each kind as it was served, by whose page it is and its address.
        self.sources: dict[str, str] = {}

    @cached_property
    def map(self) -> Any:
        """The addresses of the application."""
        return self.house.app.url_map.bind("127.0.0.1")

    def go(self, name: str, user_id: int | None, starts: tuple[str, ...]) -> None:
        """From the first pages to whatever their links lead to."""
        context = self.browser.new_context(base_url=self.house.address, locale="es-PE")
        if user_id is not None:
            context.add_cookies([self.house.cookie(user_id)])
        page = context.new_page()
        weighed = Scales(context, page)
        self.kinds.clear()
        ahead, seen, looked = list(starts), set(starts), 0
        while ahead and looked < LONGEST:
            path = ahead.pop(0)
            if not self._wanted(path):
                continue
            looked += 1
            page.set_viewport_size({"width": WIDE, "height": 900})
            answer = page.goto(path)
            assert answer is not None
            endpoint, kind = self._kind(urlsplit(page.url).path)
            self.endpoints.add(endpoint)
            shown = kind if answer.ok else f"error {answer.status}"
            widths = self._widths(user_id, path, shown)
            if WIDE in widths:
                self.sources[f"{name}: {path}"] = answer.text()
            self._look(f"{name}: {path}", page, weighed, widths)
            for link in page.eval_on_selector_all("a[href]", LINKS):
                parts = urlsplit(link)
                if link.startswith(self.house.address) and parts.path not in seen:
                    seen.add(parts.path)
                    ahead.append(parts.path)
        context.close()

    def _wanted(self, path: str) -> bool:
        """Whether the role has seen enough pages of this kind."""
        endpoint, kind = self._kind(path)
        if endpoint in NO_PAGES:
            return False
        self.endpoints.add(endpoint)
        if kind.startswith(("task ", "manual.")):  # alike for whoever comes there
            new = kind not in self.tasks
            self.tasks.add(kind)
            return new
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        return self.kinds[kind] <= (ENTITIES if endpoint == "entities.show" else 1)

    def _kind(self, path: str) -> tuple[str, str]:
        """The endpoint of an address, and what it shows: a step's screenful, or the endpoint."""
        try:
            endpoint, values = self.map.match(path)
        except HTTPException as fault:
            return f"error {fault.code}", f"error {fault.code}"
        if "task_id" in values and endpoint.startswith("tasks."):
            with self.house.app.app_context():
                step = db.session().get_one(Task, values["task_id"]).step
            return endpoint, f"task {endpoint} {step} {values.get('key', '')}"
        return endpoint, f"{endpoint} {values.get('key', values.get('slug', ''))}"

    def _widths(self, user_id: int | None, path: str, shown: str) -> tuple[int, ...]:
        """Both for the first to whom a page of this kind is shown, where the address may have led
        others elsewhere; for later ones, who see hardly more, the narrow one."""
        new = shown not in self.known
        self.known.add(shown)
        if new:
            self.visited.append((user_id, path))
        return (WIDE, NARROW) if new else (NARROW,)

    def _look(self, where: str, page: Any, weighed: Scales, widths: tuple[int, ...]) -> None:
        most = LATER_PAGE if weighed.pages else FIRST_PAGE
        page.evaluate("document.fonts.ready.then(() => 0)")
        weight = weighed.take()
        faults = self.examiner.faults_here(page, widths)
        faults += second_look(page) if WIDE in widths else []
        faults += weighed.said()
        if weight > most:
            faults.append(f"{weight} bytes came over the wire, more than {most}")
        self.faults += [f"{where}: {fault}" for fault in faults]


class Scales:
    """Weighs what comes over the wire for a page, and hears its console.

    Pictures are not weighed: those of the manual, which come late and have a measure of their own.
    """

    def __init__(self, context: Any, page: Any) -> None:
        self.bytes = 0
        self.pictures: set[str] = set()
        self.pages = 0
        self.heard: list[str] = []
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._see)
        session.on("Network.loadingFinished", self._add)
        page.on("console", self._hear)
        page.on("pageerror", lambda fault: self.heard.append(str(fault)))

    def _see(self, event: dict[str, Any]) -> None:
        if event["response"]["mimeType"] == "image/png":
            self.pictures.add(event["requestId"])

    def _add(self, event: dict[str, Any]) -> None:
        if event["requestId"] not in self.pictures:
            self.bytes += int(event["encodedDataLength"])

    def _hear(self, said: Any) -> None:
        if said.type == "error" and "Failed to load resource" not in said.text:
            self.heard.append(said.text)

    def take(self) -> int:
        """The bytes since the last page."""
        weight, self.bytes = self.bytes, 0
        self.pages += 1
        return weight

    def said(self) -> list[str]:
        """What the console has said since the last page."""
        heard, self.heard = self.heard, []
        return [f"the console says: {one}" for one in heard]


@pytest.fixture(scope="module")
def rounds(house: House, browser: Any, examiner: Examiner) -> Rounds:
    """Everybody's round, made once."""
    made = Rounds(house, browser, examiner)
    made.go("a visitor", None, (*PUBLIC, *house.links()))
    for role in access.ROLES:
        person = house.somebody(role)
        made.go(role, person, house.starts(person))
    return made


def test_every_page_holds_what_every_page_must(rounds):
    assert not rounds.faults, "\n\n".join(rounds.faults)


def test_every_page_is_valid_html(rounds, house, tmp_path):
    assert len(rounds.sources) > 160
    pages = rounds.sources | dict(screenfuls(house.app))
    faults = markup_faults(pages, tmp_path)
    assert not faults, "\n\n".join(faults)


def test_the_checker_of_html_sees_what_is_wrong(tmp_path):
    cell = '<!DOCTYPE html><html lang="es"><title>x</title><table><tr><td role="cell">x</table>'
    found = "\n".join(markup_faults({"a page": cell}, tmp_path))
    assert "a page: The “role” attribute must not be used on a “td” element" in found


def test_no_page_is_forgotten(rounds, house):
    pages = {rule.endpoint for rule in house.app.url_map.iter_rules() if "GET" in rule.methods}
    forgotten = pages - NO_PAGES - rounds.endpoints
    assert forgotten == set(), "nobody's links lead there"


def test_every_page_holds_with_long_names_at_200_percent_and_by_keyboard(rounds, house, browser):
    reader, faults = stretched.Reader(house, browser), []
    with stretched.long_names(house):
        for user_id, path in rounds.visited:
            page = reader.open(user_id, path)
            faults += [f"{path}: {fault}" for fault in stretched.faults(page)]
    reader.close()
    assert len(rounds.visited) > 160
    assert not faults, "\n\n".join(faults)


def test_what_is_cut_off_or_not_to_be_reached_is_seen(house, browser):
    reader = stretched.Reader(house, browser)
    page = reader.open(None, "/")
    page.evaluate(
        """() => {
          document.querySelector("main").innerHTML = `<p id="cut">Un nombre largo</p>
            <a href="/" tabindex="-1">fuera</a> <a href="/" id="plain">igual</a>`;
          Object.assign(document.querySelector("#cut").style,
            {width: "3rem", overflow: "hidden", whiteSpace: "nowrap"});
          document.querySelector("#plain").style.outline = "3px solid transparent";
        }"""
    )
    found = "\n".join(stretched.faults(page))
    reader.close()
    assert 'cut off: <p id="cut"' in found
    assert "Tab does not lead to <a" in found
    assert 'looks the same with the focus: <a href="/" id="plain"' in found


def test_the_menu_of_who_may_do_everything_stands_on_one_line(house, browser):
    reader = stretched.Reader(house, browser)
    page = reader.open(house.somebody("superuser"), "/hoy")
    page.set_viewport_size({"width": WIDE, "height": 900})
    tops = page.eval_on_selector_all(".menu__item", "all => all.map(one => one.offsetTop)")
    reader.close()
    assert len(tops) > 12
    assert len(set(tops)) == 1


def test_paper_shows_what_was_read_and_no_head_without_its_rows(house, browser):
    reader = stretched.Reader(house, browser)
    coordinator = house.somebody("sip")
    regions = stretched.sheets(reader.open(coordinator, "/programa/regiones"))
    assert "Región Avance" in " ".join(regions)
    assert not any(sheet.endswith("Anuladas") for sheet in regions)
    page = reader.open(coordinator, "/entidades")
    assert len(stretched.sheets(page)) <= 5
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 673, "height": 900})  # between the margins of A4
    heads = page.locator(".dense--entities thead th:visible")
    widths = heads.evaluate_all("all => all.map(one => one.offsetWidth)")
    assert widths[0] == max(widths)
    assert not page.locator(".list-actions").is_visible()
    page = reader.open(coordinator, house.half_way())
    text = " ".join(stretched.sheets(page))
    for path in ("/entidades", "/programa/regiones", "/programa/grupos", "/visitas", "/cobertura"):
        assert not stretched.off_the_sheet(reader.open(coordinator, path)), path
    reader.close()
    assert "Coordinador de la SIP a cargo" in text
    for way in ("Suspender", "Devolver", "Anular", "Ausencias", "Ver todo", "Mesa de ayuda"):
        assert way not in text


def test_every_screenful_of_every_step_holds(house, examiner):
    faults = [
        f"{name}: {fault}"
        for name, html in screenfuls(house.app)
        for fault in examiner.faults(f"{house.address}/tareas/1/x", html, POLICY, (NARROW,))
    ]
    assert not faults, "\n\n".join(faults)


def screenfuls(app: Flask) -> Iterator[tuple[str, str]]:
    """The pages of each step with an answer of its folder, and with one that it refuses."""
    for step in steps().values():
        example = step.accepts[0]
        given = given_of(step, example.given)
        form = fill(step, values_of(step, example), example.given)
        for page in form.screens():
            yield f"{step.id} {page.key}", draw(app, step, form, page, given)
        if len(form.screens()) > 1:
            yield f"{step.id} review", draw_review(app, step, form, given)
        refusal = step.refuses[0]
        form = fill(step, refusal.data, refusal.given)
        form.validate()
        page = next(one for one in form.screens() if form.faults_on(one))
        yield (
            f"{step.id} refused",
            draw(app, step, form, page, given_of(step, refusal.given)),
        )


def test_every_picture_of_the_manual_and_the_readme_shows_the_pages_as_they_are(house, browser):
    taken = list(pictures.all_of(house, browser))
    there = {*pictures.MANUAL.iterdir(), *pictures.README.glob("*.png")}
    assert {scene.file for scene, _ in taken} == there, "run `make pictures`"
    assert max(len(picture) for _, picture in taken) < 150_000
    stale = {
        scene.file.name: found
        for scene, picture in taken
        if (found := pictures.differences(scene.file.read_bytes(), picture, scene.height))
    }
    assert not stale, "run `make pictures`: these pages say something else now"


@pytest.mark.parametrize("page", ["400", "403", "405", "413", "429", "500", "503", "csrf"])
def test_what_goes_wrong_is_told_on_a_page_that_holds(house, examiner, page):
    with house.app.test_request_context():
        html = render_template(f"errors/{page}.html", retry_after=90, incident="a1b2c3d4")
    assert not examiner.faults(f"{house.address}/x", html, POLICY, (WIDE, NARROW))


def test_the_examiner_sees_what_is_wrong(house, examiner):
    html = (
        '<!DOCTYPE html><html lang="es"><title>x</title><main><h1>x</h1><img src="/mark.svg">'
        '<p style="color:#bbb">gris</p><div class="w">x</div><input></main></html>'
    )
    html = re.sub('class="w"', 'width="900"><table width="900"><td>x</table', html)
    found = "\n".join(examiner.faults(f"{house.address}/x", html, POLICY, (NARROW,)))
    for expected in ("image-alt", "label", "wider than 320", "Content Security Policy"):
        assert expected in found
