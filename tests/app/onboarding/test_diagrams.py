"""Cases on the diagrams: states, days, people; links, and who sees them."""

from __future__ import annotations

import html
import re
from typing import Any

import html5lib
import pytest

from app.base import db
from app.cases import processes
from app.onboarding import diagrams
from app.onboarding.diagrams import nodes, view
from tests.app import cast
from tests.app.onboarding.seats import published
from tests.app.walk import Walk
from tests.conftest import Clock
from workflows.instance import Instance

SVG = "{http://www.w3.org/2000/svg}"
HTML = "{http://www.w3.org/1999/xhtml}"
BASE = "/entidades/E90001/diagrama"


class Page:
    """A page with a diagram, read as a browser reads it."""

    def __init__(self, walk: Walk, role: str, path: str = "") -> None:
        answer = walk.browser(role).get(f"{BASE}{path}")
        assert answer.status_code == 200, path
        self.root = html5lib.parse(answer.text)
        self.text = answer.text

    def node(self, element: str) -> Any:
        """Return the SVG group of an element."""
        (found,) = (n for n in self.root.iter() if n.get("data-element") == element)
        return found

    def words(self, element: str) -> str:
        """Return the text at an element."""
        texts = self.node(element).iter(f"{SVG}text")
        return " ".join(" ".join(piece for text in texts for piece in text.itertext()).split())

    def label(self, element: str) -> str:
        """Return the text for screen readers at an element."""
        return str(self.node(element).findtext(f"{SVG}title"))

    def link(self, element: str) -> str | None:
        """Return the URL of an element."""
        node = self.node(element)
        return node.get("href") if node.tag == f"{SVG}a" else None

    def row(self, name: str) -> str:
        """Return the line of the list that begins with a name."""
        for row in self.root.iter(f"{HTML}tr"):
            text = " ".join(" ".join(row.itertext()).split())
            if text.startswith(name):
                return text
        raise AssertionError(name)

    def links(self) -> dict[str, str]:
        """Return the links of the page outside the picture: text → URL."""
        found = {}
        for link in self.root.iter(f"{HTML}a"):
            found[" ".join(" ".join(link.itertext()).split())] = link.get("href")
        return found


@pytest.mark.nightly
def test_an_open_step_is_marked_and_linked_for_who_may_answer_it(begun: Walk):
    task = begun.task("designate_administrator")
    page = Page(begun, "preparer", "/designation")
    assert page.words("designate_administrator").endswith("Pendiente")
    assert page.link("designate_administrator") == f"/tareas/{task.id}"
    assert page.label("designate_administrator").startswith(
        "Designar al administrador (SIP-RVL-001): Pendiente, menos de un día hábil, vence en 10"
    )
    assert page.links()["Designar al administrador (SIP-RVL-001)"] == f"/tareas/{task.id}"
    assert page.words("file_designation").endswith("Todavía no")
    assert "vence en 10 días hábiles" in page.row("Designar al administrador")
    others = Page(begun, "sip", "/designation")
    assert others.link("designate_administrator") is None
    assert others.words("designate_administrator").endswith("Pendiente")


def test_an_answered_step_shows_its_days_and_to_some_who_answered(begun: Walk, clock: Clock):
    clock.forward(days=3)  # from Monday to Thursday
    begun.answer("designate_administrator")
    page = Page(begun, "sip", "/designation")
    assert page.words("designate_administrator").endswith("Hecho · 3 días")
    assert "3 días hábiles" in page.row("Designar al administrador")
    assert "Persona Ejemplo 011" in page.row("Designar al administrador")
    assert "Persona Ejemplo 011" in page.label("designate_administrator")
    assert "5 de marzo de 2026" in page.row("Designar al administrador")
    begun.people["operator"] = begun.person("40000044", "operator", "E90001")
    assert "Persona Ejemplo 011" not in Page(begun, "operator", "/designation").text


@pytest.mark.nightly
def test_a_node_visited_twice_says_so_and_sums_its_days(walk: Walk, clock: Clock):
    walk.begin()
    walk.designate()
    walk.answer("record_reception", "received")
    clock.forward(days=1)
    walk.answer("review_designation", "observed")
    page = Page(walk, "sip", "/designation")
    assert page.words("review_designation").endswith("Observado · 1 día")
    assert page.words("issue_designation_papers").endswith("Hecho")
    walk.answer("correct_designation")
    clock.forward(days=2)
    page = Page(walk, "sip", "/designation")
    assert page.words("review_designation").endswith("En revisión · 3 días 2 veces")
    assert "3 días hábiles, en 2 veces" in page.row("Revisar la designación")
    assert page.link("review_designation") == f"/tareas/{walk.task('review_designation').id}"


def test_one_click_leads_from_a_stage_into_its_diagram_or_says_it_was_validated(
    walk: Walk,
):
    walk.begin_at("training")
    page = Page(walk, "sip")
    assert page.link("stage_training") == f"{BASE}/training"
    assert page.words("stage_training").endswith("Pendiente")
    assert page.words("stage_induction").endswith("Convalidado")
    assert page.words("stage_production").endswith("Todavía no")
    inside = Page(walk, "sip", "/training")
    assert inside.links()["Implementación del RVL"] == BASE
    assert inside.links()["Etapa anterior 2. Inducción temática y técnica"] == f"{BASE}/induction"
    assert inside.links()["Etapa siguiente 4. Prueba en el ambiente demo"] == f"{BASE}/demo_test"
    assert "Etapa anterior" not in Page(walk, "sip", "/designation").text
    assert "Etapa siguiente" not in Page(walk, "sip", "/interest_acts").text
    page = Page(walk, "sip", "/induction")
    for step in ("choose_thematic_session", "schedule_thematic_induction", "open_demo_register"):
        assert page.words(step).endswith("No hizo falta")
    assert "Convalidado" in page.text
    ahead = Page(walk, "sip", "/production")
    assert ahead.words("confirm_production").endswith("Todavía no")
    assert "Todavía no" in ahead.row("Confirmar la puesta en producción")
    walk.validate("training")
    page = Page(walk, "sip")
    assert page.words("stage_training").endswith("Convalidado")
    assert page.words("training_validated").endswith("Ocurrió")
    assert page.words("stage_demo_test").endswith("Pendiente")


@pytest.mark.nightly
def test_an_awaited_day_is_shown_at_its_event(walk: Walk, clock: Clock):
    walk.begin_at("induction")
    published(walk, days=9)
    walk.answer("choose_thematic_session", "chosen")
    page = Page(walk, "sip", "/induction")
    assert page.words("thematic_session_arrives").endswith("En espera")
    assert "11 de marzo de 2026" in page.row("Llega el día de la sesión")
    assert "En espera" not in page.words("technical_session_arrives")
    clock.forward(days=4)  # from Monday to Friday
    page = Page(walk, "sip", "/induction")
    assert page.words("thematic_session_arrives").endswith("En espera · 4 días")
    assert "4 días hábiles" in page.row("Llega el día de la sesión")
    clock.forward(days=6)
    walk.tick()
    page = Page(walk, "sip", "/induction")
    assert page.words("thematic_session_arrives").endswith("Llegó · 8 días")
    assert "8 días hábiles" in " ".join(page.label("thematic_session_arrives").split())


@pytest.mark.nightly
def test_the_days_at_the_nodes_sum_up_to_the_clock_of_the_stage(walk: Walk, clock: Clock):
    walk.begin_at("training")
    clock.forward(days=2)
    walk.answer("plan_training")
    assert at_nodes(walk, "training") == (2, 2)
    clock.forward(days=3)
    assert at_nodes(walk, "training") == (5, 5)
    walk.act(processes.suspend, "Mudanza")
    clock.forward(days=7)
    walk.act(processes.resume, "Ya está")
    assert at_nodes(walk, "training") == (5, 5), "what stood still is nobody's"
    clock.forward(days=30)
    walk.tick()
    clock.forward(days=7)
    page = Page(walk, "sip", "/training")
    assert re.search(r"Llegó · \d+ días$", page.words("last_training_arrives"))
    assert re.search(r"Pendiente · \d+ días$", page.words("report_training"))
    waited, counted = at_nodes(walk, "training")
    assert waited == counted > 25


def at_nodes(walk: Walk, stage: str) -> tuple[int, int]:
    """Return the days at the nodes of a stage's diagram, and its clock without suspensions."""
    with walk.app.test_request_context(), walk.app.app_context():
        session = db.session()
        row = walk.instance(session)
        found = view.read(session, row, stage)
        listed = nodes.nodes(found, walk.user(session, "sip"))
        clocked = found.clocks.stages.get(stage, {})
        on_it = sum(node.days or 0 for node in listed if node.text.id in ON_THE_PATH)
        return on_it, sum(days for party, days in clocked.items() if party != "suspended")


#: The nodes of the training stage, in order.
ON_THE_PATH = ("plan_training", "last_training_arrives", "report_training", "review_training")


def test_a_step_whose_term_lapsed_says_so_at_its_event_too(walk: Walk, clock: Clock):
    walk.begin_at("induction")
    clock.forward(days=20)
    walk.tick()
    page = Page(walk, "sip", "/induction")
    assert page.words("choose_thematic_session_lapses").endswith("Venció")
    assert "Venció el plazo" in page.words("choose_thematic_session")


@pytest.mark.nightly
def test_days_of_a_suspension_do_not_count(walk: Walk, clock: Clock):
    walk.begin_at("training")
    clock.forward(days=1)
    walk.act(processes.suspend, "Mudanza")
    clock.forward(days=7)
    page = Page(walk, "administrator", "/training")
    assert page.words("plan_training").endswith("Suspendido · 1 día")
    walk.act(processes.resume, "Ya está")
    clock.forward(days=1)
    assert Page(walk, "sip", "/training").words("plan_training").endswith("Pendiente · 2 días")


@pytest.mark.nightly
def test_a_failed_service_task_is_marked(begun: Walk, monkeypatch: pytest.MonkeyPatch):
    begun.answer("designate_administrator")

    def broken(*_: Any) -> None:
        raise RuntimeError("no paper")

    monkeypatch.setattr("app.cases.papers.issue", broken)
    begun.answer("list_personnel")
    page = Page(begun, "sip", "/designation")
    assert page.words("issue_designation_papers").endswith("Falló")


@pytest.mark.nightly
def test_a_follow_up_has_its_own_diagram_in_its_stage(walk: Walk, clock: Clock):
    walk.begin_at("training")
    assert Page(walk, "sip", "/training").link("training_call_follow_up") is None
    clock.forward(days=70)
    walk.tick()
    page = Page(walk, "sip", "/training")
    assert page.words("training_overdue").endswith("Llegó")
    there = f"{BASE}/follow_up?etapa=training"
    assert page.link("training_call_follow_up") == there
    assert "En curso" in page.words("training_call_follow_up")
    followed = Page(walk, "sip", "/follow_up?etapa=training")
    assert followed.link("call_entity") == f"/tareas/{walk.task('call_entity').id}"
    assert followed.links()["Capacitación del personal"] == f"{BASE}/training"
    assert Page(walk, "sip", "/follow_up").link("call_entity") == followed.link("call_entity")
    none = Page(walk, "sip", "/follow_up?etapa=production")
    assert none.words("call_entity").endswith("Todavía no")


@pytest.mark.nightly
def test_other_processes_have_their_own_diagrams(walk: Walk):
    walk.begin_at("training")
    assert walk.browser("sip").get(f"{BASE}/redesignation").status_code == 404
    again = walk.begin("redesignation")
    page = Page(walk, "sip", "/redesignation")
    inside = f"{BASE}/designation?de=redesignation"
    assert page.link("redesignation_designation") == inside
    assert page.words("redesignation_designation").endswith("Pendiente")
    part = Page(walk, "preparer", "/designation?de=redesignation")
    task = walk.task("designate_administrator", again)
    assert part.link("designate_administrator") == f"/tareas/{task.id}"
    assert part.links()["Redesignación del administrador"] == f"{BASE}/redesignation"
    assert Page(walk, "sip").links()["Redesignación del administrador"] == f"{BASE}/redesignation"


def test_what_the_entity_does_not_have_is_not_found(walk: Walk):
    walk.begin_at("training")
    walk.begin("redesignation")
    for path in (
        "/nothing", "/onboarding", "/upkeep", "/designation?de=upkeep",
        "/training?de=redesignation", "/follow_up?etapa=nothing", "/follow_up?etapa=follow_up",
    ):  # fmt: skip
        assert walk.browser("sip").get(f"{BASE}{path}").status_code == 404, path


def test_nothing_is_drawn_before_the_start(walk: Walk):
    assert walk.browser("sip").get(BASE).status_code == 404
    walk.begin()
    walk.commit(cast.entity, "E90002")
    assert walk.browser("sip").get(BASE).status_code == 200
    assert walk.browser("preparer").get("/entidades/E90002/diagrama").status_code == 404


@pytest.mark.nightly
def test_the_list_has_all_texts_of_the_picture(begun: Walk, clock: Clock):
    begun.answer("designate_administrator")
    clock.forward(days=2)
    for path in ("", "/designation", "/induction", "/follow_up?etapa=designation"):
        page = Page(begun, "preparer", path)
        for node in page.root.iter():
            if node.get("class", "").startswith("diagram__node") and node.get("id"):
                name, _, rest = str(node.findtext(f"{SVG}title")).partition(": ")
                assert rest.partition(".")[0].partition(",")[0] in page.row(name), name


@pytest.mark.nightly
def test_no_instance_is_loaded_and_statements_stay_few(
    begun: Walk, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    counts = [count(begun, "/designation")]
    begun.designate()
    clock.forward(days=3)
    counts.append(count(begun, "/designation"))
    monkeypatch.setattr(Instance, "load", None)
    assert counts[0] == counts[1] == count(begun, "/designation")
    assert counts[0] <= 20
    assert count(begun, "") <= 22


def count(walk: Walk, path: str) -> int:
    """Return the number of statements of a page that the reader has opened before."""
    browser = walk.browser("sip")
    browser.get(f"{BASE}{path}")
    with walk.statements() as sent:
        assert browser.get(f"{BASE}{path}").status_code == 200
    return len(sent)


def test_another_page_can_show_the_picture(begun: Walk):
    with begun.app.test_request_context(), begun.app.app_context():
        session = db.session()
        row = begun.instance(session)
        reader = begun.user(session, "preparer")
        shown = diagrams.of_case(session, row, "onboarding", reader)
        with pytest.raises(KeyError):
            diagrams.of_case(session, row, "nothing", reader)
    assert shown.startswith('<div class="diagram-frame" role="region" tabindex="0"')
    assert f'href="{BASE}/designation"' in html.unescape(shown)
    assert len(re.findall(r'\bid="', shown)) == len(set(re.findall(r'\bid="[^"]+"', shown)))


@pytest.mark.nightly
def test_of_several_follow_ups_the_last_is_shown_unless_the_url_names_another(
    begun: Walk, clock: Clock
):
    clock.forward(days=80)
    begun.tick()
    begun.designate()
    begun.answer("record_reception", "received")
    begun.answer("review_designation", "accepted")
    clock.forward(days=60)
    begun.tick()
    assert "Seguimiento: Inducción" in Page(begun, "sip", "/follow_up").text
    first = Page(begun, "sip", "/follow_up?etapa=designation")
    assert "Sin efecto" in first.words("call_entity")
    over = Page(begun, "sip", "/designation")
    assert "Terminó" in over.words("designation_call_follow_up")
