"""The search in the head: what each kind finds, who may see it, documents, and bad input."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from app.base import calendar, db
from app.base.models import Filing, IssuedPaper, LogEntry, PersonnelRow, Record
from app.cases.papers import issued
from app.web.search import designations, people
from app.web.search.found import Group, Result
from app.web.search.query import LONGEST, Query
from tests.app.cast import account, entity, person, signed_in
from tests.app.walk import Walk
from tests.pages import CheckingClient

PURPOSE = "Verificar quién firma la designación"
DNI = "40000777"


@pytest.fixture
def coordinator(app: Flask) -> CheckingClient:
    account(app, "41000001", "sip")
    return signed_in(app, "41000001")


def found(client: CheckingClient, text: str) -> str:
    """Send the field of the head, follow it, and return the content of the page."""
    answer = client.post("/buscar", data={"q": text}, follow_redirects=True)
    assert answer.status_code == 200
    return answer.text.partition("<main")[2].partition("</main>")[0]


def by_document(client: CheckingClient, number: str, purpose: str = PURPOSE) -> str:
    """Search for a document; return the page."""
    data = {"document_type": "DNI", "document_number": number, "purpose": purpose}
    return client.post("/buscar/documento", data=data).text


def add_person(app: Flask) -> None:
    """Add a person of an entity, and a roster with another one, and its former version."""
    with app.app_context():
        session = db.session()
        place = entity(session)
        one = person(session, DNI, "preparer", place)
        one.given_names, one.surnames = "Íñigo María", "PÉREZ Ñahui"
        texts = {"given_names": "Zoila", "unit": "", "site": "", "email": "", "profile": ""}
        for number, surnames in (("40000801", "Antigua Muestra"), ("40000802", "Vigente Muestra")):
            record = Record(entity_id=place.id, name="roster", data={}, at=one.created_at)
            session.add(record)
            session.flush()
            document = {"document_type": "DNI", "document_number": number, "surnames": surnames}
            values = texts | document | {"post": "Recepcionista", "movement": "alta"}
            session.add(PersonnelRow(record_id=record.id, number=1, **values))
        session.commit()


def test_an_entity_is_found_by_name_acronym_ruc_and_code(app: Flask, coordinator: CheckingClient):
    with app.app_context():
        session = db.session()
        entity(session, name="Ministerio de Ejemplos", acronym="MINEJ", ruc="20999999991")
        entity(session, "E90002", name="Instituto del Ñandú")
        session.commit()
    for text in ["minej", "E90001", "20999999991", "EJEMPLOS  ministerio"]:
        page = found(coordinator, text)
        assert 'href="/entidades/E90001">Ministerio de Ejemplos</a>' in page
        assert "E90002" not in page
    assert "E90002" in found(coordinator, "nandu")


def test_more_is_never_negative():
    results = [Result(name, "") for name in ("Uno", "Dos")]
    assert [Group("a", "A", results, count).more for count in (1, 2, 5)] == [0, 0, 3]


def test_what_has_the_code_comes_first_and_a_long_list_is_linked(
    app: Flask, coordinator: CheckingClient
):
    with app.app_context():
        session = db.session()
        for number in range(1, 10):
            entity(session, f"E9000{number}", name=f"Municipalidad {10 - number} de E90009")
        session.commit()
    page = found(coordinator, "E90009")
    assert page.index("/entidades/E90009") < page.index("/entidades/E90008")
    assert page.count("hits__item") == 8
    assert 'href="/entidades?q=E90009&amp;estado=todos">Ver las 9 en la lista' in page


@pytest.mark.nightly
def test_people_are_found_by_name_without_accents_and_with_masked_documents(
    app: Flask, coordinator: CheckingClient
):
    add_person(app)
    for text in ("perez nahui", "ÍÑIGO", "maria pérez"):
        page = found(coordinator, text)
        assert 'href="/entidades/E90001/personas">Íñigo María PÉREZ Ñahui</a>' in page
        assert "DNI *****777 · Responsable de la designación en Municipalidad" in page
        assert DNI not in page
    for text in ("perez*", "p_rez", "p%", "[a-z]", "p?rez", "perez gomez", "'; drop table"):
        assert "PÉREZ" not in found(coordinator, text)


def test_people_of_the_newest_roster_are_found(app: Flask, coordinator: CheckingClient):
    add_person(app)
    page = found(coordinator, "zoila muestra")
    assert "Zoila Vigente Muestra" in page
    assert "DNI *****802 · Recepcionista · Municipalidad" in page
    assert "Antigua" not in page


def add_designation(app: Flask) -> None:
    """Add an authority, and a designation that replaces another one, of people without account."""
    with app.app_context():
        session = db.session()
        place = entity(session)

        def named(number: str, surnames: str) -> dict[str, str]:
            document = {"document_type": "DNI", "document_number": number, "post": "Analista"}
            return document | {"given_names": "Óscar Ñusta", "surnames": surnames}

        for name, data in (
            ("authority", named("40000901", "Alcaldesa Muestra")),
            ("administrator", {"holder": named("40000902", "Anterior Muestra"), "alternate": None}),
            (
                "administrator",
                {
                    "holder": named("40000903", "Titular Muestra"),
                    "alternate": named("40000904", "Suplente Muestra"),
                },
            ),
        ):
            session.add(Record(entity_id=place.id, name=name, data=data, at=calendar.now()))
        session.commit()


def test_people_who_only_a_designation_names_are_found_by_name_and_document(
    app: Flask, coordinator: CheckingClient
):
    add_designation(app)
    page = found(coordinator, "oscar nusta MUESTRA")
    assert 'Personas de las designaciones <span class="menu__count">3</span>' in page
    assert "Anterior" not in page
    for text, post in (
        ("alcaldesa", "Máxima autoridad administrativa"),
        ("titular óscar", "Administrador del RVL"),
        ("suplente", "Administrador alterno del RVL"),
    ):
        page = found(coordinator, text)
        assert page.count("hits__item") == 1
        assert 'href="/entidades/E90001/personas">Óscar Ñusta ' in page
        assert f"{post} en la designación · Municipalidad" in page
        assert "DNI *****90" in page
    assert "Muestra" not in found(coordinator, "anterior")

    for number, surnames in (("40000901", "Alcaldesa"), ("40000904", "Suplente")):
        assert f"Óscar Ñusta {surnames} Muestra" in by_document(coordinator, number)
    assert "Nadie de un proceso" in by_document(coordinator, "40000902")  # of a former designation


def test_a_name_that_many_have_is_counted_in_part(
    app: Flask, coordinator: CheckingClient, monkeypatch: pytest.MonkeyPatch
):
    for module in (people, designations):
        monkeypatch.setattr(module, "MOST_COUNTED", 2)
    add_designation(app)
    page = found(coordinator, "muestra")
    assert "más de 2</span>" in page
    assert page.count("hits__item") == 2
    assert "Hay muchas más." in page


@pytest.mark.nightly
def test_the_field_is_current_on_its_pages_and_has_what_was_typed(coordinator: CheckingClient):
    top = coordinator.get("/buscar", query_string={"q": 'san "x"'}).text.partition("<main")[0]
    assert 'action="/buscar" aria-current="page"' in top
    assert 'value="san &#34;x&#34;"' in top
    assert DNI not in coordinator.get("/buscar", query_string={"q": DNI}).text
    assert 'action="/buscar" aria-current' not in coordinator.get("/hoy").text


def test_a_superuser_is_led_to_an_account_and_searches_by_name_alone(app: Flask):
    add_person(app)
    account(app, "41000002", "superuser")
    number = account(app, "41000003", "sgtd")
    client = signed_in(app, "41000002")
    assert f'href="/personas/{number}"' in found(client, "ejemplo 003")
    page = client.post("/buscar", data={"q": DNI}).text
    assert "Busca a la persona por sus nombres" in page
    assert "/buscar/documento" not in page
    assert client.get("/buscar/documento").status_code == 404


@pytest.mark.nightly
def test_a_presentation_is_found_by_cut_and_a_paper_by_number_and_code(walk: Walk):
    walk.begin()
    walk.designate()
    walk.answer("record_reception", "received")
    with walk.writing() as session:
        filing = session.scalars(select(Filing)).one()
        cut, number = filing.cut, filing.number
        paper = session.scalars(select(IssuedPaper)).first()
        assert paper is not None
        paper.add_act(calendar.now(), number="0077-2026-PCM/SIP")
        code = issued.in_groups(paper.code)
    client = walk.browser("sip")
    for text in (cut, cut[1:], number):
        assert f"Expediente (CUT) {cut}</a>" in found(client, text)
    assert f'href="/entidades/E90001/presentaciones/{filing.id}"' in found(client, cut)
    for text in ("0077-2026", "0077-2026-pcm/sip", code, code.lower()):
        page = found(client, text)
        assert "0077-2026-PCM/SIP</a>" in page
        assert 'href="/entidades/E90001/archivos"' in page


# Documents --------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_document_number_is_not_searched_and_stays_out_of_the_address(
    app: Flask, coordinator: CheckingClient
):
    add_person(app)
    for text in [
        DNI,
        f"DNI {DNI}",
        "40 000 777",
        "4000 0777",
        "40.000.777",
        "10400007771",
        "AB1234567",
    ]:
        answer = coordinator.post("/buscar", data={"q": text})
        assert answer.status_code == 200
        assert 'name="purpose"' in answer.text
        assert "PÉREZ" not in answer.text
        page = coordinator.get("/buscar", query_string={"q": text}).text
        assert "así no lo buscamos" in page
        assert 'href="/buscar/documento"' in page
        assert "PÉREZ" not in page
        assert DNI not in page


def test_the_number_alone_is_taken_over(coordinator: CheckingClient):
    for text, kind, number in [
        (f"Ana 2, {DNI}", "DNI", DNI),
        ("carné 000123456", "", "000123456"),
        ("ab1234567", "", "AB1234567"),
    ]:
        page = coordinator.post("/buscar", data={"q": text}).text
        assert f'value="{number}"' in page
        chosen = re.findall(r'name="document_type"[^>]*value="(\w+)"[^>]*checked', page)
        assert chosen == [kind] * bool(kind)


def test_the_field_in_the_head_waits_for_no_writer(app: Flask, coordinator: CheckingClient):
    with app.app_context(), db.open_session(app.extensions["engine"]) as writer:
        entity(writer, "E90077")
        assert coordinator.post("/buscar", data={"q": "salud"}).status_code == 303
        writer.rollback()


def test_numbers_of_entities_and_papers_are_no_documents():
    for text in [
        *("20131370301", "2026-0012345", "0012345-2026", "E90001", "123456"),
        *("a@1234567.pe", "27806 2002", "27806-2002"),
    ]:
        assert not Query.of(text).has_document


@pytest.mark.nightly
def test_people_of_a_case_are_found_by_document_with_a_logged_purpose(
    app: Flask, coordinator: CheckingClient
):
    add_person(app)
    account(app, "41000009", "secretary")

    assert "Íñigo María PÉREZ Ñahui" in by_document(coordinator, DNI)
    assert "Zoila Vigente Muestra" in by_document(coordinator, "40000802")
    assert "Nadie de un proceso" in by_document(coordinator, "40000801")  # of a former roster
    assert "Nadie de un proceso" in by_document(coordinator, "41000009")  # of the PCM
    assert "Hay un problema" in by_document(coordinator, DNI, "ver")
    with app.app_context():
        entries = db.session().scalars(
            select(LogEntry).where(LogEntry.kind == "document.searched").order_by(LogEntry.id)
        )
        assert [entry.data for entry in entries] == [
            {"purpose": PURPOSE, "people": people} for people in (1, 1, 0, 0)
        ]


# Bad input and the field ------------------------------------------------------------------------


def test_a_long_or_empty_text_is_bounded(coordinator: CheckingClient):
    assert len(Query.of("ab " * LONGEST).text) <= LONGEST
    assert Query.of("una\x00 \n dos\u200b").words == ("una", "dos")
    assert "Escribe dos letras o más" in found(coordinator, " a ")
    assert "No encontramos" in found(coordinator, "palabra " * 100)
    assert coordinator.get("/buscar?otro=1").status_code == 400


@pytest.mark.nightly
def test_the_field_is_in_the_head_of_the_pages_of_the_pcm_alone(app: Flask):
    add_person(app)
    account(app, "41000004", "auditor")
    assert 'id="buscar"' in signed_in(app, "41000004").get("/hoy").text
    assert 'id="buscar"' not in signed_in(app, DNI).get("/pendientes").text
    assert 'id="buscar"' not in app.test_client().get("/visitas").text


@pytest.mark.nightly
def test_the_slash_key_is_off_until_its_user_switches_it_on(coordinator: CheckingClient):
    assert "data-find>" in coordinator.get("/cuenta").text
    page = coordinator.post("/cuenta/teclas", data={"barra": "si"}, follow_redirects=True).text
    assert "La tecla / lleva al buscador." in page
    assert "data-find=slash>" in coordinator.get("/hoy").text
    page = coordinator.post("/cuenta/teclas", data={"barra": "no"}, follow_redirects=True).text
    assert "data-find>" in page
