"""Interest acts for everyone: what is shown, masked and hidden, and the search."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.base.models import InterestAct, Visit
from tests.app.register.interest_acts.acting import ACT, ACTS, DEMO, Acting, record
from tests.app.visited import CODE
from tests.conftest import Clock
from tests.pages import CheckingClient, astray


@pytest.fixture
def visited(app, clock: Clock) -> Acting:
    return Acting(app)


# Shown values -------------------------------------------------------------------------------


def test_an_act_is_public_at_once_without_its_recorder_and_whole_when_the_rule_says_so(
    visited: Acting, desk: CheckingClient
):
    code = record(desk, third_ruc="10000005016")
    public = visited.browser()
    for address in ("/actos", f"/actos/{CODE}", f"/acto/{code}"):
        answer = public.get(address)
        assert answer.headers["X-Robots-Tag"].startswith("noindex")
        assert '<meta name="robots" content="noindex">' in answer.text
        for said in ("Quispe Inventada Ana", "Mamani Muestra Carmen", "Alcaldesa"):
            assert said in answer.text
        for number in ("00000501", "10000005016"):
            assert number not in answer.text
    page = public.get(f"/acto/{code}").text
    for said in (
        "DNI *****501",
        "********016",
        "Que se apruebe una licencia de obra",
        "Ampliación de un almacén",
        "Carta del 1 de marzo",
        "Ejemplos del Norte S.A.C.",
        "Sala de reuniones",
        "2 de marzo de 2026, 07:30",
        "Fuente: Zaguán.",
        "Directiva 003-2026-PCM/SIP",
    ):
        assert said in page
    with visited.reading() as session:
        operator = visited.user(session, "operator").full_name
        entity = visited.register(session).entity.name
    page = visited.browser().get(f"/acto/{code}").text
    assert operator not in page
    assert f"· {entity}" in page.partition("Historial")[2]
    assert operator in desk.get(f"{ACTS}/{code}").text
    visited.publish_numbers(date(2026, 3, 2))
    assert "DNI 00000501" in visited.browser().get(f"/acto/{code}").text


# Hidden values --------------------------------------------------------------------------------


@pytest.mark.nightly
def test_an_act_of_a_demo_is_never_public(visited: Acting, desk: CheckingClient):
    real = desk.post(f"{DEMO}/nuevo", data=ACT | {"document_number": "41234567"})
    assert real.status_code == 422
    code = record(desk, f"{DEMO}/nuevo")
    public = visited.browser()
    assert public.get(f"/acto/{code}").status_code == 404
    for address in ("/actos", f"/actos/{CODE}"):
        assert "Quispe" not in public.get(address).text
    assert visited.browser("sgtd").get(f"/acto/{code}").status_code == 404
    page = desk.get(f"{DEMO}/{code}").text
    assert "Quispe Inventada Ana" in page
    assert "Nada de lo que registres aquí se publica." in page
    assert f"/acto/{code}" not in page
    assert "Quispe" not in desk.get(ACTS).text


@pytest.mark.nightly
@pytest.mark.parametrize("hidden", [{"audience": "reserved"}, {"state": "suppressed"}])
def test_the_act_of_a_visit_that_is_hidden_is_hidden(
    visited: Acting, desk: CheckingClient, hidden: dict[str, str]
):
    visit_id = visited.visit(official="Mamani")
    code = record(desk, visited.attached(visit_id))
    with visited.writing() as session:
        for name, value in hidden.items():
            setattr(session.get_one(Visit, visit_id), name, value)
    public = visited.browser()
    assert public.get(f"/acto/{code}").status_code == 404
    assert "Quispe" not in public.get("/actos").text
    if "audience" in hidden:
        assert desk.get(f"{ACTS}/{code}").status_code == 404
        assert "Quispe" not in desk.get(ACTS).text
        assert "Quispe" in visited.browser("administrator").get(ACTS).text


# Searching ------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_acts_are_found_by_words_in_any_order_without_accents(
    visited: Acting, desk: CheckingClient
):
    record(desk)
    record(
        desk,
        submission="another-form",
        actor_name="Huamán Inventado Luis",
        matter="Concesión de un quiosco",
        document_number="00000502",
    )
    public = visited.browser()
    for words, there, absent in (
        ("huaman", "Huamán", "Quispe"),
        ("LUIS quiosc", "Huamán", "Quispe"),
        ("almacen ana", "Quispe", "Huamán"),
        ("del norte ejemplos quispe", "Quispe", "Huamán"),
    ):
        page = public.get("/actos", query_string={"q": words}).text
        assert there in page
        assert absent not in page
    for words in ("nadie", "%", "_"):
        page = public.get("/actos", query_string={"q": words}).text
        assert "Con esas palabras no se encontró ninguno." in page
    assert "Quispe" in public.get("/actos", query_string={"entidad": "ejemplo 1"}).text
    assert "Quispe" in public.get("/actos", query_string={"entidad": "e90001"}).text
    assert "Quispe" not in public.get("/actos", query_string={"entidad": "otra"}).text


@pytest.mark.nightly
def test_fifty_acts_make_a_page_and_the_next_begins_where_it_ends(
    visited: Acting, desk: CheckingClient
):
    code = record(desk)
    with visited.writing() as session:
        like = session.scalars(select(InterestAct).where(InterestAct.code == code)).one()
        names = [column.name for column in InterestAct.__table__.columns if column.name != "id"]
        for number in range(60):
            values = {name: getattr(like, name) for name in names}
            values |= {
                "code": f"CODE{number:06}",
                "submission": f"row {number}",
                "held_on": date(2026, 2, 10) + timedelta(days=number // 7),
            }
            session.add(InterestAct(**values))
    public = visited.browser()
    found: list[str] = []
    address = "/actos"
    while address:
        page = public.get(address).text
        found += re.findall(r'href="/acto/(\w+)"', page)
        further = re.search(r'href="([^"]*antes=[^"]*)"', page)
        address = further[1].replace("&amp;", "&") if further else ""
    assert len(found) == len(set(found)) == 61
    assert found[0] == code
    for nonsense in ("x", "2026-02-30.1", "2026-02-10", "2026-02-10.-1", "9" * 400):
        assert code in public.get("/actos", query_string={"antes": nonsense}).text


@pytest.mark.nightly
def test_odd_addresses_cause_no_error(visited: Acting, desk: CheckingClient):
    record(desk)
    public = visited.browser()
    for address in (
        "/actos?q=%00",
        "/actos?q=" + "%F0%9F%98%80" * 300,
        "/actos?antes=9999-12-31.9999999999",
        "/actos?estado=otro&entidad=%27%22%3Cb%3E",
        "/decisores?pagina=0",
        "/decisores?q=%00",
        f"/registro/{CODE}/produccion/actos?pagina=99999",
        f"/registro/{CODE}/produccion/agenda/99999999999999999999/llegada",
        f"/registro/{CODE}/otro/actos",
    ):
        for browser in (public, desk):
            assert browser.get(address).status_code in (200, 303, 400, 404)
    for address in ("/actos/E90009", "/actos/X", "/acto/NADA", "/decisores/E90009"):
        assert public.get(address).status_code == 404


def test_page_and_files_refuse_the_same_queries_of_acts(visited: Acting, desk: CheckingClient):
    record(desk)
    for query, sentence in [
        ("q=00000501", "/visitas/documento"),
        ("q=a b c d e f g h i", "Busca con ocho palabras o menos."),
        ("entidad=a b c d e f g h i", "Busca con ocho palabras o menos."),
        ("estado=zz", "Elige vigentes o anulados."),
    ]:
        for ending in ("", ".csv", ".json", ".xlsx"):
            answer = visited.browser().get(f"/actos{ending}?{query}")
            assert answer.status_code == 400
            assert sentence in answer.text
            assert "Quispe" not in answer.text
            assert astray(answer.text) == set()


def test_annulled_acts_are_chosen_by_a_field(visited: Acting, desk: CheckingClient):
    code = record(desk)
    data = {"reason": "Se registró dos veces", "submission": "annulment-form"}
    assert desk.post(f"{ACTS}/{code}/anular", data=data).status_code == 303
    public = visited.browser()
    for address in ("/actos", f"/actos/{CODE}"):
        page = public.get(address).text
        assert code not in page
        assert '<select class="govuk-select" id="estado" name="estado">' in page
        assert '<option value="anulados">' in page
        page = public.get(f"{address}?q=&estado=anulados").text
        assert f'href="/acto/{code}"' in page
        assert '<option value="anulados" selected>' in page
