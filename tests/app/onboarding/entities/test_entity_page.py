"""The pages of an entity: summary, tasks, documents, people, mails, acts and history."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.base import audit_log, calendar, files
from app.base.formatting import STATES
from app.base.models import Entity, FileUse, Mail, User
from app.cases import processes
from app.onboarding.entities import sections
from app.onboarding.entities.pages import RECENT
from app.onboarding.entity_list import filters, ordering, query
from app.people import access, mail
from tests.app import cast
from tests.app.cases.status.status_texts import of_stages, status_text
from tests.app.walk import Walk, sample_pdf
from tests.conftest import Clock

PAGE = "/entidades/E90001"
TASKS, PAPERS, MAILS = f"{PAGE}/tareas", f"{PAGE}/archivos", f"{PAGE}/correos"
PEOPLE, HISTORY, ACTS = f"{PAGE}/personas", f"{PAGE}/historial", f"{PAGE}/acciones"
#: The most statements that each page sends, however long the history is.
MOST = {PAGE: 25, TASKS: 15, PAPERS: 17, PEOPLE: 13, HISTORY: 15, ACTS: 14}


def page(walk: Walk, role: str = "sip", path: str = PAGE) -> str:
    """Return the page as a person reads it, with single spaces."""
    answer = walk.browser(role).get(path)
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def now(shown: str) -> str:
    """Return what a summary offers to do now; "" if that is nothing."""
    return shown.partition('<div class="case-now">')[2].partition("</div>")[0]


def step_of(shown: str, name: str) -> str:
    """Return the line of a step in the list of tasks."""
    steps = [one.split("course__status")[:2] for one in shown.split('<li class="course__step')[1:]]
    found = [" ".join(parts)[:9000] for parts in steps if f">{name}<" in parts[0]]
    assert len(found) == 1, name
    return found[0]


# The status -------------------------------------------------------------------------------------


def test_the_tasks_begin_with_the_case_and_say_what_comes_next_to_each_reader(walk: Walk):
    walk.begin_at("training")
    said = f'<p class="case-told">{status_text(walk)}</p>'
    assert said in page(walk, path=TASKS)
    assert said in page(walk, "administrator", TASKS)
    link = f'href="/tareas/{walk.task("plan_training").id}"'
    assert page(walk, "administrator").count(link) == 1, "the button of what to do now"
    assert page(walk, "administrator", TASKS).count(link) == 1
    assert link not in page(walk, "sip") + page(walk, "sip", TASKS)
    line = step_of(page(walk, path=TASKS), "Programar la capacitación del personal")
    assert "Ampliar el plazo" in line
    walk.answer("plan_training")
    shown = page(walk, "administrator")
    assert '<span class="answers__main">Se espera la última capacitación: ' in shown
    shown = page(walk, "administrator", TASKS)
    assert "En espera de fecha" in step_of(shown, "Informar la capacitación realizada")


def states_at(walk: Walk) -> set[str]:
    """Return the state of the case as its page, the list, the file and each filter show it."""
    tag = re.compile(r'class="state state--([\w-]+)')
    listed = page(walk, path="/entidades?q=E90001").split("<tbody")[1]
    file = walk.browser("sip").get("/entidades.csv?q=E90001").text
    found = [tag.findall(part)[0].replace("-", "_") for part in (page(walk), listed)]
    found.append(of_stages(walk)[0])
    found += [name for name, said in STATES.items() if f",{said}," in file]
    with walk.reading() as session:
        for word, name in filters.STATES.items():
            if ordering.ids(session, query.EntityQuery({"estado": word}), "estado"):
                found.append(name)
    return set(found)


@pytest.mark.nightly
def test_page_list_file_and_filter_say_the_same_state(begun: Walk):
    assert states_at(begun) == {"pending"}
    begun.draft("designate_administrator")
    assert states_at(begun) == {"draft"}
    begun.designate()
    assert states_at(begun) == {"filed"}
    begun.draft("record_reception", "received")
    assert states_at(begun) == {"draft"}
    begun.answer("record_reception", "received")
    assert states_at(begun) == {"in_review"}
    begun.answer("review_designation", "observed")
    assert states_at(begun) == {"observed"}
    begun.act(processes.suspend, "Mudanza")
    assert states_at(begun) == {"suspended"}


@pytest.mark.nightly
def test_no_term_runs_and_nothing_is_late_while_a_case_is_suspended(begun: Walk, clock: Clock):
    clock.forward(days=60)
    late, diagram = "días hábiles de atraso", f"{PAGE}/diagrama/designation"
    pages = (PAGE, TASKS, diagram, "/entidades?q=E90001")
    assert all(late in page(begun, path=path) for path in pages)
    assert "1 atrasada" in page(begun, "preparer", "/pendientes")
    begun.act(processes.suspend, "Mudanza")
    assert not any("de atraso" in page(begun, path=path) for path in (*pages, "/pendientes"))
    assert "El proceso está suspendido" in step_of(
        page(begun, path=TASKS), "Designar al administrador (SIP-RVL-001)"
    )
    assert "atrasada" not in page(begun, "preparer", "/pendientes")


@pytest.mark.nightly
def test_stages_say_when_they_were_and_what_comes_after_is_named(begun: Walk, clock: Clock):
    shown = page(begun)
    assert "Desde el 2 de marzo de 2026" in shown
    assert "Desde el 2 de marzo de 2026" in page(begun, path=TASKS)
    assert "Después: Elaborar la relación de personal (SIP-RVL-002)" in shown
    begun.designate()
    begun.answer("record_reception", "received")
    clock.forward(days=2)
    assert "Después: etapa 2, Inducción temática y técnica" in page(begun)
    begun.answer("review_designation", "accepted")
    shown = page(begun, path=TASKS)
    assert "Hasta el 4 de marzo de 2026" in shown
    assert "Desde el 4 de marzo de 2026" in shown


@pytest.mark.nightly
def test_an_open_step_says_what_may_follow(filed: Walk):
    filed.answer("record_reception", "received")
    line = step_of(page(filed, path=TASKS), "Revisar la designación")
    assert "¿Qué resultó de la revisión? Observada: sigue «Subsanar la designación»." in line
    assert "No presentada: vuelve a «Designar al administrador (SIP-RVL-001)»." in line


def test_a_side_process_stands_below_the_stages_with_its_task_as_next(walk: Walk):
    walk.begin_at("training")
    other = walk.begin("change_authority")
    line = step_of(page(walk, "preparer", TASKS), "Registrar el cambio de autoridad")
    assert "Pendiente" in line
    assert "También en curso: " in page(walk)
    link = f'href="/tareas/{walk.task("register_authority_change", other).id}"'
    assert link in now(page(walk, "preparer"))
    assert now(page(walk, "sip")) == ""


def test_the_contacts_are_on_the_page_before_the_start_too(walk: Walk):
    with walk.writing() as session:
        cast.entity_of(session).contact_email = ""
    assert "No se conoce su correo" in page(walk, path=PEOPLE)
    contact = {
        "contact_email": "mesa@muni.example.pe",
        "phone": "01 555 0100",
        "address": "Plaza de Armas 1",
        "website": "https://muni.example.pe",
        "contact_authority": "Autoridad Persona Ejemplo",
        "contact_source": "Directorio de ejemplo",
        "contact_on": calendar.today(),
    }
    with walk.writing() as session:
        entity = cast.entity_of(session)
        for name, value in contact.items():
            setattr(entity, name, value)
    shown = page(walk, "preparer", PEOPLE)
    assert all(value in shown for value in contact.values() if isinstance(value, str))
    assert "Directorio de ejemplo, 2 de marzo de 2026" in shown


def test_an_entity_that_never_began_has_no_list(walk: Walk):
    shown = page(walk)
    assert "Todavía no empieza la implementación" in shown
    assert "Iniciar la implementación" in shown
    assert "course__stage" not in shown


def test_after_signing_in_the_administrator_sees_the_path(walk: Walk):
    walk.begin_at("training")
    for role in ("administrator", "alternate", "preparer"):
        assert walk.browser(role).get("/").location == PAGE
    assert walk.browser("sip").get("/").location != PAGE
    other = walk.person("40000099", "preparer", "E90002")
    with walk.writing() as session:
        third = cast.entity(session, "E90003")
        access.grant(session, session.get_one(User, other), "preparer", third, None)
    assert walk.browser_of(other).get("/").location == "/pendientes"


@pytest.mark.nightly
def test_rare_acts_have_a_page_with_those_that_the_reader_may_take(walk: Walk):
    walk.begin_at("training")
    of_pcm, of_entity = ("Convalidar una etapa", "Suspender", "Anular"), ("Dejo la función",)
    coordinator, administrator = page(walk, path=ACTS), page(walk, "administrator", ACTS)
    assert all(f">{act}<" in coordinator and f">{act}<" not in administrator for act in of_pcm)
    assert all(f">{act}<" in administrator and f">{act}<" not in coordinator for act in of_entity)
    assert not any(f">{act}<" in page(walk) for act in of_pcm)


def test_the_navigation_asks_for_the_rights_of_its_pages():
    assert {one.endpoint: one.action for one in sections.SECTIONS} == {
        one.endpoint: access.PAGES[one.endpoint] for one in sections.SECTIONS
    }


# Documents and mails ----------------------------------------------------------------------------


@pytest.mark.nightly
def test_documents_of_validations_are_separate_documents(walk: Walk):
    walk.begin_at("production")
    with walk.writing() as session:
        row = walk.instance(session)
        owner = files.Owner(row.entity_id, row.id, None, None)
        papers = [
            files.keep(
                session,
                io.BytesIO(sample_pdf() + bytes(number)),
                name="oficio.pdf",
                media_type="application/pdf",
                owner=owner,
                title="Sustento de convalidación",
            )
            for number in range(2)
        ]
        first, second = ({"reason": "Ya lo hizo", "document": one.id} for one in papers)
        row.validated = {"designation": first, "induction": first, "training": second}
    shown = page(walk, path=PAPERS)
    assert "Sustento de convalidación: Designación del administrador e Inducción" in shown
    assert "Sustento de convalidación: Capacitación" in shown
    assert "versión anterior" not in shown
    assert all(f"/archivos/{one.id}" in shown for one in papers)


@pytest.mark.nightly
def test_a_paper_that_is_presented_again_is_another_document(filed: Walk, clock: Clock):
    filed.answer("record_reception", "received")
    assert "versión anterior" not in page(filed, path=PAPERS)
    clock.forward(days=1)
    filed.answer("review_designation", "not_presented")
    filed.designate()
    shown = page(filed, path=PAPERS)
    assert shown.count(">Formato SIP-RVL-001, sin firmar<") == 2
    assert "versión anterior" not in shown
    assert shown.count('<h2 class="govuk-heading-m" id="presentacion-') == 2
    made = filed.all(select(FileUse).where(FileUse.kind == "sip_rvl_001"))
    assert len(made) == 2
    for use in made:
        assert f"/archivos/{use.id}" in shown


@pytest.mark.nightly
def test_mails_of_the_entity_have_a_page_for_readers_of_the_outbox(walk: Walk):
    walk.begin_at("training")
    with walk.writing() as session:
        place = cast.entity_of(session)
        for number in range(22):
            letter(session, place, f"Asunto {number}")
        letter(session, None, "Asunto de otros")
    shown = page(walk, path=MAILS)
    assert "Asunto 21" in shown
    assert "Asunto 1<" not in shown, "the newest twenty"
    assert "Asunto de otros" not in shown
    assert 'href="/correos?entidad=E90001"' in shown
    for role in ("administrator", "preparer"):
        assert f'href="{MAILS}"' not in page(walk, role)
        assert f'href="{PAPERS}"' in page(walk, role)
    auditor = walk.browser_of(walk.person("40000032", "auditor")).get(PAGE).text
    assert f'href="{MAILS}"' not in auditor
    assert f'href="{PAPERS}"' not in auditor
    assert f'href="{HISTORY}"' in auditor


def letter(session, place: Entity | None, subject: str) -> None:
    """Add a mail to the outbox."""
    session.add(
        Mail(
            message_id=mail.new_message_id(),
            kind="digest",
            to="persona@example.pe",
            subject=subject,
            body="",
            entity_id=place.id if place else None,
            created_at=calendar.now(),
        )
    )


# History ----------------------------------------------------------------------------------------


def test_the_page_links_to_the_whole_history_however_short(walk: Walk):
    assert 0 < page(walk, path=HISTORY).count("history__entry") <= RECENT
    assert f'href="{HISTORY}"' in page(walk)
    walk.begin()
    fill(walk, rows=20, others=0)
    assert page(walk, path=HISTORY).count("history__entry") > RECENT
    assert f'href="{HISTORY}"' in page(walk)


def test_pages_of_the_history_keep_its_filters(begun: Walk):
    fill(begun, rows=120, others=0)
    shown = page(begun, path=f"{HISTORY}?acto=datos&pagina=2")
    assert "120 entradas" in shown.replace("\N{NO-BREAK SPACE}", " ")
    assert "?acto=datos&amp;pagina=3" in shown


# A constant number of statements -----------------------------------------------------------------


def fill(walk: Walk, *, rows: int, others: int) -> None:
    """Add `rows` log entries to the entity, and `others` files and mails."""
    with walk.writing() as session:
        row = walk.instance(session)
        for number in range(rows):
            audit_log.write(
                session,
                "entity.changed",
                actor_id=walk.people["sip"] if number % 2 else None,
                entity_id=row.entity_id,
                instance_id=row.id,
                changed={"name": ["A", f"B{number}"]},
            )
        for number in range(others):
            letter(session, row.entity, f"Asunto {number}")
            use = session.scalars(select(FileUse).limit(1)).one()
            session.add(
                FileUse(
                    id=f"{number:032x}",
                    sha256=use.sha256,
                    name=f"archivo-{number % 7}.pdf",
                    kind=files.UPLOAD,
                    entity_id=row.entity_id,
                    instance_id=row.id,
                    created_at=calendar.now() + timedelta(seconds=number),
                    by_id=walk.people["sip" if number % 2 else "preparer"],
                )
            )


@pytest.mark.parametrize("role", ["sip", "administrator"])
def test_each_page_sends_few_statements_with_a_long_history(filed: Walk, role):
    client = filed.browser(role)

    def statement_count(path: str) -> int:
        client.get(path)
        with filed.statements() as sent:
            assert client.get(path).status_code == 200
        return len(sent)

    before = {path: statement_count(path) for path in MOST}
    fill(filed, rows=200, others=60)
    # Entries about files read the files' names: the newest entries are of another kind.
    more = {path: count for path in MOST if (count := statement_count(path)) > before[path]}
    assert more == {}
    assert {path: count for path, count in before.items() if count > MOST[path]} == {}


def test_a_name_of_120_letters_is_not_cut(walk: Walk):
    name = "Autoridad " * 11 + "de Ejemplo"
    with walk.writing() as session:
        cast.entity_of(session).name = name
    walk.begin()
    assert name in page(walk)
