"""Pages of entities: the list, one entity, its history, and who may see them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.base.models import Entity
from app.cases import processes
from app.cases.custody import holder_of
from app.cases.history.catalogue import EVENTS
from tests.app import cast
from tests.app.walk import Walk
from tests.conftest import Clock

SCRIPT = "<script>alert('á')</script>"


def test_the_page_says_where_it_is_and_who_holds_it_without_numbers_of_documents(walk: Walk):
    walk.begin_at("training")
    page = walk.browser("sip").get("/entidades/E90001").text
    assert "Etapa 3 de 7" in page
    assert "Capacitación del personal" in page
    assert "La entidad" in page
    assert page.count("track__stage--validated") == 2
    client = walk.browser("sip")
    pages = [client.get(f"/entidades/E90001{path}").text for path in ("", "/personas", "/tareas")]
    for number in ("40000011", "40000012", "40000013"):
        assert not any(number in page for page in pages)


@pytest.mark.nightly
def test_the_holder_changes_along_the_path(walk: Walk):
    def hands() -> str:
        page = walk.browser("sip").get("/entidades/E90001").text
        found = [
            words
            for words in ("En mesa de partes", "En espera de fecha", "La SIP", "La SGTD")
            if words in page
        ]
        return found[0] if found else "La entidad"

    walk.begin()
    assert hands() == "La entidad"
    walk.designate()
    assert hands() == "En mesa de partes"
    walk.answer("record_reception", "received")
    assert hands() == "La SIP"


@pytest.mark.parametrize(
    ("tasks", "holder"),
    [
        ([], "date"),
        ([("record_reception", "sip")], "mesa_de_partes"),
        ([("record_reception", "sip"), ("plan_training", "administrator")], "both"),
        ([("designate_administrator", "authority")], "entity"),
        ([("a", "authority"), ("b", "administrator")], "entity"),
        ([("a", "sip"), ("b", "sgtd")], "sip"),
        ([("a", "sgtd"), ("b", "sip")], "sgtd"),
        ([("a", "secretary")], "secretary"),
        ([("a", "administrator"), ("b", "sgtd")], "both"),
    ],
)
def test_who_holds_a_case(tasks: list[tuple[str, str]], holder: str):
    assert holder_of(tasks) == holder


@pytest.mark.nightly
def test_preparer_alternate_and_coordinator_start_their_own_processes(walk: Walk):
    walk.begin_at("training")
    for role, kind in (
        ("preparer", "cambio-de-autoridad"),
        ("alternate", "nueva-designacion"),
    ):
        answer = walk.browser(role).post(f"/entidades/E90001/iniciar/{kind}")
        assert answer.location == "/entidades/E90001"
    assert (
        walk.browser("administrator")
        .post("/entidades/E90001/iniciar/nueva-designacion")
        .status_code
        == 404
    )
    kinds = [entry.data["process"] for entry in walk.entries("process.started")]
    assert kinds == ["onboarding", "change_authority", "redesignation"]


# The list -------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_the_list_finds_every_word_without_accents_or_case(walk: Walk):
    with walk.writing() as session:
        cast.entity(session, "E90005", name="Municipalidad Distrital de Ñañañique")
        cast.entity(session, "E90006", name="100% Entidad_de\\prueba")
    client = walk.browser("sip")
    for text, found in (
        ("nananique", "E90005"),
        ("ÑAÑAÑIQUE distrital", "E90005"),
        ("e90005", "E90005"),
        ("100%", "E90006"),
        ("entidad_de", "E90006"),
        ("\\prueba", "E90006"),
        ("%", "E90006"),
        ("_", "E90006"),
    ):
        page = client.get("/entidades", query_string={"q": text, "estado": "todos"}).text
        codes = {code for code in ("E90001", "E90005", "E90006") if f"/entidades/{code}" in page}
        assert codes == {found}, text


# Sentences ------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_every_kind_of_entry_has_its_sentence(filed: Walk, clock: Clock):
    filed.answer("record_reception", "observed")
    filed.acknowledge("correct_designation")
    clock.forward(days=5)
    filed.tick()
    unknown = set(filed.log()) - set(EVENTS)
    assert unknown == set()
    page = filed.browser("preparer").get("/entidades/E90001/historial").text
    assert "Venció el plazo" in page
    assert "El sistema" in page


@pytest.mark.nightly
def test_typed_markup_is_shown_as_text(walk: Walk):
    with walk.writing() as session:
        entity = session.scalars(select(Entity)).one()
        entity.name = f"Entidad {SCRIPT}"
        entity.index()
    walk.begin()
    walk.act(processes.suspend, f"Motivo {SCRIPT}")
    client = walk.browser("sip")
    pages = ["/entidades", "/entidades/E90001", "/entidades/E90001/historial", "/pendientes"]
    pages += [f"/entidades/E90001/procesos/{walk.id}/reanudar", "/correos", "/correos/1"]
    for page in pages:
        text = client.get(page).text
        assert SCRIPT not in text, page
    assert "&lt;script&gt;" in client.get("/entidades/E90001/historial").text
    searched = client.get("/entidades", query_string={"q": SCRIPT}).text
    assert SCRIPT not in searched
