"""The pages of a rehearsal: table, decisions, batches by one person or two, return, file."""

from __future__ import annotations

import csv
import io
import re

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import (
    Migration,
    MigrationBatch,
    MigrationCase,
    ProcessInstance,
    PutIntoForce,
    Task,
)
from app.cases.processes.migrating.rehearsals import work
from tests.app.walk import Walk, deploy, texts
from tests.pages import CheckingClient

pytestmark = pytest.mark.nightly

STEP, OTHER_STEP = "designate_administrator", "list_personnel"
QUESTION = "Están en «Designar al administrador (SIP-RVL-001)», que la versión no tiene allí"


class Site:
    """Three onboardings, a second version, the Gestor's browser, and the worker."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.ids = [walk.begin(code=f"E9000{number}") for number in (1, 2, 3)]
        walk.answer(STEP, instance=self.ids[0])
        self.gestor = walk.browser_of(walk.person("40000031", "superuser"))
        self.root = self.address = ""

    def put(self, changed: dict[str, str]) -> None:
        """Put a version into force."""
        with self.walk.writing() as session:
            row = deploy(session, changed)
            session.add(PutIntoForce(deployment_id=row.id, at=calendar.now()))
            self.root = f"/proceso/versiones/{row.hash[:12]}/ensayo"

    def work(self) -> dict[str, int]:
        """Let the worker do what waits."""
        with self.walk.app.app_context():
            return work.run(self.walk.engine)

    def rehearse(self, changed: dict[str, str] | None = None) -> None:
        """Rehearse by the page, with a version put into force before if one is given."""
        if changed:
            self.put(changed)
        assert self.gestor.post(self.root).status_code == 303
        self.work()
        newest = select(Migration.id).order_by(Migration.id.desc()).limit(1)
        self.address = f"{self.root}/{self.walk.one(newest)}"

    def post(self, path: str, **data: str) -> int:
        """Post a form of the rehearsal; return the status."""
        return self.gestor.post(f"{self.address}/{path}", data=data).status_code

    def text(self, address: str = "", client: CheckingClient | None = None) -> str:
        """Return the text of a page on one line."""
        page = (client or self.gestor).get(address or self.root)
        assert page.status_code == 200
        main = page.text[page.text.index("<main") : page.text.index("</main>")]
        return " ".join(re.sub(r"<[^>]+>", " ", main).replace("\xa0", " ").split())

    def decide(self, answer: str) -> int:
        """Answer the only question; return the status."""
        status = self.post("decisiones", **{self.questions()[0]: answer})
        self.work()
        return status

    def questions(self) -> list[str]:
        """Return the names of the fields of the questions, in their order on the page."""
        found = re.findall(r'name="(pregunta_\w+)"', self.gestor.get(self.root).text)
        return list(dict.fromkeys(found))

    def move(self, cuantos: str = "3", **chosen: str) -> int:
        """Put the cases of a filter into a batch; return the status."""
        return self.post("lotes/nuevo", cuantos=cuantos, **chosen)

    def versions(self) -> set[int]:
        """Return the versions of the cases."""
        return set(self.walk.all(select(ProcessInstance.deployment_id)))


@pytest.fixture
def site(walk: Walk) -> Site:
    return Site(walk)


def without(*steps: str) -> dict[str, str]:
    """Return the files of a version with another step in the place of some."""
    changed = texts()
    for step in steps:
        for name in (one for one in changed if one.endswith(".bpmn")):
            text = changed[name].replace(f'"{step}"', f'"{step}_anew"')
            changed = changed | {name: text.replace(f">{step}<", f">{step}_anew<")}
    return {name: text for name, text in changed.items() if text != texts()[name]}


def renamed() -> dict[str, str]:
    """Return a file of a version with another name for the first step."""
    text = texts()["designation.bpmn"]
    return {
        "designation.bpmn": text.replace(
            'name="Designar al administrador', 'name="Nombrar al administrador'
        )
    }


def test_page_and_file_say_what_happens_to_which_cases(site: Site):
    site.rehearse(renamed())
    said = site.text()
    assert "Pasa : 1 caso" in said
    assert "Pasa con cambios : 2 casos" in said
    change = (
        "«Designar al administrador (SIP-RVL-001)» se llamará "
        "«Nombrar al administrador (SIP-RVL-001)»"
    )
    assert f"{change} 2 casos" in said
    page = site.gestor.get(site.root).text
    links = rf'href="([^"]+que=[^"]+)"[^>]*>2<span[^>]*> casos: {re.escape(change)}'
    (line,) = re.findall(links, page)
    listed = site.text(line.replace("&amp;", "&"))
    assert "2 casos del ensayo" in listed
    assert re.findall(r"E9000\d", listed) == ["E90002", "E90003"]
    assert 'href="/entidades/E90002"' in site.gestor.get(f"{site.address}/casos").text
    sent = site.gestor.get(f"{site.address}/informe.csv")
    rows = list(csv.DictReader(io.StringIO(sent.data.decode("utf-8-sig"))))
    assert [row["Código"] for row in rows] == ["E90001", "E90002", "E90003"]
    assert [row["Ensayo"] for row in rows] == ["Pasa", "Pasa con cambios", "Pasa con cambios"]
    assert "se llamará" in rows[1]["Qué"]


def test_the_page_follows_the_worker_without_a_script_and_begins_once(site: Site):
    site.put(renamed())
    site.gestor.post(site.root)
    waiting = site.gestor.get(f"{site.root}?seguir=1")
    assert waiting.headers["Refresh"] == "5"
    assert '<progress id="avance" max="3" value="0">' in waiting.text
    site.gestor.post(site.root)
    assert "Espera a que termine" in site.gestor.get(site.root).text
    assert len(site.walk.all(select(Migration.id))) == 1
    site.work()
    assert "Refresh" not in site.gestor.get(f"{site.root}?seguir=1").headers


def test_a_version_put_into_force_meanwhile_makes_it_void_and_the_page_says_so(site: Site):
    site.put(renamed())
    root = site.root
    site.gestor.post(root)
    site.put(without(STEP))
    site.work()
    said = site.text(root)
    assert "quedó sin efecto: mientras corría se puso en vigor una versión" in said
    assert "Preparar un lote" not in said


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (OTHER_STEP, "Deja «Designar al administrador (SIP-RVL-001)», como se decidió 2"),
        ("stay", "Se queda en su versión : 2 casos"),
    ],
)
def test_a_step_that_is_gone_is_decided_once_for_its_cases(site: Site, answer: str, said: str):
    site.rehearse(without(STEP))
    before = site.text()
    assert f"{QUESTION} 2 casos" in before
    assert "Siguen en «Elaborar la relación de personal (SIP-RVL-002)»" in before
    assert site.decide(answer) == 303
    assert "Necesita decisión :" not in site.text()
    assert said in site.text()


def test_an_answer_from_a_page_that_was_left_open_is_of_its_own_question(site: Site):
    site.rehearse(without(STEP, OTHER_STEP))
    first, second = site.questions()
    answers = {first: "stay", second: "abierta"}
    assert site.post("decisiones", **answers) == 303
    site.work()
    assert site.questions() == [second, first]  # what is answered comes last
    assert site.post("decisiones", **answers) == 303
    site.work()
    (places,) = site.walk.all(select(Migration.places))
    assert list(places.values()) == ["stay"]


def test_another_branch_or_another_process_is_no_option(site: Site):
    site.rehearse(without(STEP))
    for answer in [
        "confirm_register",
        "wait_for_training",
        "plan_training",
        "issue_letter",
        "",
        "x" * 5000,
    ]:
        assert site.decide(answer) == 422
        assert site.walk.all(select(Migration.places)) == [{}]


def test_a_batch_moves_what_passes_and_goes_back(site: Site):
    site.rehearse(renamed())
    before = site.versions()
    assert "¿Mover 3 casos a la versión 2?" in site.text(f"{site.address}/lotes/nuevo")
    assert site.move() == 303
    assert site.work()["moved"] == 3
    assert site.versions().isdisjoint(before)
    said = site.text()
    assert "Lote 1: terminado" in said
    assert "3 del lote 1 : pasó a la versión 3" in said
    names = site.walk.all(select(Task.name).where(Task.step == STEP, Task.state == "open"))
    assert set(names) == {"Nombrar al administrador (SIP-RVL-001)"}
    site.post("lotes/1/volver", caso=str(site.ids[0]))
    site.work()
    assert before < site.versions()
    site.post("lotes/1/volver")
    site.work()
    assert site.versions() == before
    assert "volvió atrás 3" in site.text()


def test_a_batch_takes_what_its_filter_finds_and_the_count_that_was_shown(site: Site):
    site.rehearse(renamed())
    for count in ["2", "", "-1", "3.0", "9" * 30]:
        answer = site.gestor.post(f"{site.address}/lotes/nuevo", data={"cuantos": count})
        assert answer.status_code == 422
        assert "Ahora son 3" in answer.text
        assert site.work()["moved"] == 0
    wanted = f"{site.address}/lotes/nuevo?resultado=con-cambios&region=Lima&proceso=onboarding"
    assert "¿Mover 2 casos" in site.text(wanted)
    assert "Ningún caso cumple" in site.text(f"{site.address}/lotes/nuevo?proceso=upkeep")
    assert site.gestor.get(f"{site.address}/lotes/nuevo?proceso=other").status_code == 422
    assert site.move(resultado="con-cambios", cuantos="2") == 303
    assert site.work()["moved"] == 2


def test_no_case_moves_once_another_version_is_in_force_and_the_page_says_so(site: Site):
    site.rehearse(renamed())
    root, before = site.root, site.versions()
    assert site.move() == 303
    site.put(without(STEP))
    assert site.work()["moved"] == 0
    assert site.versions() == before
    said = site.text(root)
    assert "Lote 1: detenido" in said
    assert "Esta versión ya no está en vigor: no se mueve a ella ningún caso más." in said
    site.root = root
    site.rehearse()
    assert "Los casos se mueven cuando esta versión esté en vigor" in site.text()
    assert site.move() == 422


def test_a_legal_term_takes_two_people(site: Site, walk: Walk):
    old = 'deadlines_answer_rectification_days">\n          <text>10'
    assert old in texts()["deadlines.dmn"]
    site.put({"deadlines.dmn": texts()["deadlines.dmn"].replace(old, f"{old}0")})
    site.rehearse()
    assert "la confirman dos personas" in site.text()
    assert site.move() == 422  # a second person reads why
    assert site.move(reason="Lo pide la norma que cambió.") == 303
    assert site.work()["moved"] == 0
    second = walk.browser_of(walk.person("40000032", "superuser"))
    (place,) = re.findall(r'href="(/propuestas/[0-9]+)"', second.get(site.root).text)
    site.gestor.post(place, data={"answer": "confirm"})
    assert site.work()["moved"] == 0
    assert second.post(place, data={"answer": "confirm"}).status_code == 303
    assert site.work()["moved"] == 3


def test_a_withdrawn_batch_frees_its_cases(site: Site, walk: Walk):
    walk.app.config["VERSIONS_NEED_TWO"] = "yes"
    site.rehearse(renamed())
    assert site.move(reason="Se mudan todos juntos.") == 303
    second = walk.browser_of(walk.person("40000032", "superuser"))
    (place,) = re.findall(r'href="(/propuestas/[0-9]+)"', second.get(site.root).text)
    answer = {"answer": "withdraw", "comment": "Falta avisar a las entidades."}
    assert second.post(place, data=answer).status_code == 303
    assert "Lote 1: detenido" in site.text()
    assert "3 casos se pueden poner" in site.text()


def test_a_case_that_went_on_does_not_go_back_and_says_why(site: Site):
    site.rehearse(renamed())
    site.move()
    site.work()
    site.walk.answer(OTHER_STEP, instance=site.ids[0])
    site.post("lotes/1/volver")
    site.work()
    with site.walk.reading() as session:
        results = dict(
            session.execute(select(MigrationCase.instance_id, MigrationCase.result)).all()
        )
    assert [results[one] for one in site.ids] == ["moved", "returned", "returned"]
    assert "El proceso siguió en la versión nueva" in site.text(f"{site.address}/casos")


def test_a_stopped_batch_leaves_the_rest_and_a_closed_rehearsal_can_be_read(site: Site):
    site.rehearse(renamed())
    site.move()
    site.post("lotes/1/detener")
    assert site.work()["moved"] == 0
    assert site.walk.all(select(MigrationBatch.state)) == ["dropped"]
    assert "3 casos se pueden poner en un lote" in site.text()
    site.post("cerrar")
    assert "Estado Cerrado" in site.text()
    assert site.move() == 422
    number = site.address.rpartition("/")[2]
    site.rehearse()
    assert "Otros ensayos de esta versión" in site.text()
    assert "Pasa con cambios : 2 casos" in site.text(f"{site.root}?ensayo={number}")


def test_an_address_that_names_nothing_is_no_page(site: Site):
    site.rehearse(renamed())
    for word in ["ensayo=x", "ensayo=99", "seguir=2", "otra=1"]:
        assert site.gestor.get(f"{site.root}?{word}").status_code in (400, 404, 422)
    assert site.gestor.get("/proceso/versiones/0000000/ensayo").status_code == 404
    assert site.gestor.get("/proceso/versiones/%25/ensayo").status_code == 404
