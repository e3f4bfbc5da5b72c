"""The code of a new authority: its letter, another code, and what its bearer is asked."""

from __future__ import annotations

from datetime import timedelta

import pypdfium2
import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Notice, Task
from app.cases import records, reminders
from app.cases.case import Case
from app.onboarding import mandates
from app.people import access
from tests.app import cast
from tests.app.cast import NEW_PASSWORD
from tests.app.onboarding.mandates.ended import ENDS, MONDAY, OTHER, Ended
from tests.app.walk import CODE

pytestmark = pytest.mark.nightly

PAGE = f"/entidades/{CODE}"
BUTTON = "Carta con un código nuevo"


def letter(ended: Ended) -> str:
    """Make the letter of the first entity; return its text."""
    client = ended.browser("sip")
    place = client.post(f"{PAGE}/carta").location
    with pypdfium2.PdfDocument(client.post(f"{place}/partes/1").data) as paper:
        assert len(paper) == 1
        return " ".join(paper[0].get_textpage().get_text_range().split())


def test_the_letter_says_what_the_code_is_for_and_names_no_former_authority(ended: Ended):
    former = "Alcaldesa Anterior"
    with ended.writing() as session:
        entity = cast.entity_of(session)
        entity.contact_authority, entity.contact_on = former, ENDS
    before = letter(ended)
    assert "Código para iniciar la implementación" in before
    assert former in before
    ended.begin_year()
    after = letter(ended)
    for words in (
        "Código para registrar a la nueva autoridad",
        "Nueva máxima autoridad administrativa",
        "terminó el 31 de diciembre de 2026",
        "Vale desde el lunes 4 de enero de 2027",
        "Vale hasta el 4 de marzo de 2027",
        "suba su credencial",
    ):
        assert words in after, words
    for words in ("implementación", "designación", former):
        assert words not in after, words


def test_a_coordinator_gives_another_code_where_the_implementation_has_ended(ended: Ended):
    with ended.writing() as session:
        row = ended.instance(session)
        row.status, row.ended_at = "ended", calendar.now()
    assert BUTTON not in ended.browser("sip").get(f"{PAGE}/acciones").text
    ended.begin_year()
    assert BUTTON in ended.browser("sip").get(f"{PAGE}/acciones").text
    assert BUTTON not in ended.browser("administrator").get(f"{PAGE}/acciones").text


def test_a_change_that_nobody_answered_can_be_started_again_with_another_code(ended: Ended):
    with ended.writing() as session:
        row = ended.instance(session)
        row.status, row.ended_at = "ended", calendar.now()
    ended.begin_year()
    first = ended.changes()[CODE]
    ended.clock.set(MONDAY + timedelta(days=100))
    ended.tick()
    assert ended.row(first).end == "change_authority_lapsed"
    sip = ended.browser("sip")
    assert "se cerró sin registrar" in sip.get("/mandatos/plan?dia=2026-12-31&filas=iguales").text
    assert BUTTON not in sip.get(f"{PAGE}/acciones").text
    sip.post(f"{PAGE}/iniciar/cambio-de-autoridad")
    assert BUTTON in sip.get(f"{PAGE}/acciones").text
    assert "Código para registrar a la nueva autoridad" in letter(ended)
    with ended.reading() as session:
        open_step = (Task.step == "register_authority_change", Task.state == "open")
        of_entity = Task.entity_id == ended.row().entity_id
        task = session.scalars(select(Task).where(of_entity, *open_step)).one()
        case = Case(session, task.entity, task.instance, None, task)
        assert records.read(case, "mandate_end")["ends_on"] == ENDS.isoformat()


@pytest.mark.postgresql
def test_where_nobody_answers_the_authority_of_the_mandate_has_no_access_any_more(ended: Ended):
    walk, number = ended, "40000061"
    walk.person(number, "authority", OTHER)
    ended.begin_year()
    ended.clock.set(MONDAY + timedelta(days=60))
    with walk.app.app_context():
        ended.work()
        assert walk.has_role(number, "authority")
        ended.clock.set(MONDAY + timedelta(days=100))
        walk.tick()
        ended.work()
        assert not walk.has_role(number, "authority")
        assert not mandates.work.is_due(walk.engine)
    with walk.reading() as session:
        notices = session.scalars(select(Notice).where(Notice.kind == "nobody_left"))
        assert sorted(notice.entity.code for notice in notices) == [CODE, OTHER]


def test_the_bearer_answers_about_an_administrator_in_office_alone(ended: Ended):
    ended.begin_year()
    with ended.writing() as session:
        task = ended.find(session, "register_authority_change", ended.changes()[CODE])
        case = Case(session, task.entity, task.instance, None, task)
        holder = records.read(case, "administrator")["holder"]
        assert not records.read(case, "administrator_in_office")
        access.open_account(session, holder, "administrator", task.entity, None)
        assert records.read(case, "administrator_in_office")


def test_the_bearer_reads_what_the_code_was_for(ended: Ended):
    ended.begin_year()
    ended.clock.set(MONDAY)
    person = {
        "document_type": "DNI",
        "document_number": "00000881",
        "given_names": "Elena Persona",
        "surnames": "Paz Inventada",
        "email": "encargada@example.pe",
    }
    codes = {"entity_code": CODE, "activation_code": ended.code_of(), "password": NEW_PASSWORD}
    page = ended.app.test_client().post("/activar", data=person | codes, follow_redirects=True)
    assert "Ya puedes registrar el cambio de autoridad de" in page.text


def test_a_reminder_to_the_office_speaks_of_the_new_authority(ended: Ended):
    ended.begin_year()
    ended.clock.set(MONDAY)
    with ended.app.app_context():
        reminders.run(ended.engine)
    office = f"mesadepartes.{CODE.lower()}@example.pe"
    (mail,) = [one for one in ended.mails("digest") if one.to == office]
    for words in (
        "Entreguen este correo a la nueva autoridad, o a quien ella encargue registrar el cambio.",
        "Lo reciben porque la nueva autoridad todavía no usó su código de activación",
        "Ingresen con el código",
    ):
        assert words in mail.body, words
    assert "designación" not in mail.body
