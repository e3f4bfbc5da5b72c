"""The pages of *Dejo la función*, and the *Ficha de entrega* itself."""

from __future__ import annotations

from datetime import date

import pytest

from app.administration.leaving import acts, summary
from app.administration.leaving.acts import Announcement
from app.base import calendar
from app.cases.papers import handover_sheets
from app.cases.papers.handover_sheets import Account, Handover, OpenStep
from app.register.registers import empty_days, environments
from tests.app.administration.away import in_days, person, take
from tests.app.cases.papers.test_papers import INJECTION, pages_of
from tests.app.cast import entity_of
from tests.app.posted import refuses
from tests.app.walk import CODE, Walk, sample_pdf
from tests.conftest import Clock

PAGE = f"/entidades/{CODE}/dejo-la-funcion"
MADE_ON = date(2026, 11, 24)
SHEET = Handover(
    entity={"code": "E00275", "name": "Municipalidad Distrital de Villa Ejemplo", "place": "Lima"},
    person="Ana Persona Quispe Ejemplo",
    roles="Administrador del RVL",
    from_on="1 de diciembre de 2026",
    heir="Rosa Persona Muestra",
    accounts=[Account("Operador del registro", "Luis Persona", "luis@example.pe", "")],
    steps=[
        OpenStep("Programar la capacitación", "Administrador del RVL", "3 de diciembre de 2026")
    ],
    undeclared=["20 de noviembre de 2026", "23 de noviembre de 2026"],
    undeclared_since="25 de octubre de 2026",
    address="https://visitas.example.pe/visitas/E00275",
)


@pytest.fixture
def begun(begun: Walk, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """Return a case with an open step of the administrator; sheets are blank pages."""
    monkeypatch.setattr(handover_sheets, "render", lambda *_: sample_pdf())
    return begun


def written(day: date) -> str:
    """Return a day as people type it."""
    return f"{day:%d/%m/%Y}"


@pytest.mark.nightly
def test_the_administrator_leaves_today_from_the_page_of_the_entity(begun: Walk):
    client = begun.browser("administrator")
    assert f'href="{PAGE}"' in client.get(f"/entidades/{CODE}/acciones").text
    heir = begun.people["alternate"]
    assert "Sigo con ellas" not in client.get(PAGE).text
    answer = client.post(PAGE, data={"from_on": written(in_days(0)), "heir": str(heir)})
    assert answer.status_code == 303
    assert "Dejaste la función" in client.get("/", follow_redirects=True).text
    for path in (PAGE, f"{PAGE}/ficha.pdf", f"/entidades/{CODE}"):
        assert client.get(path).location.startswith("/ingresar")  # the sign-in ended too
    alternate = begun.browser("alternate")
    assert "Ficha de entrega" in alternate.get(f"/entidades/{CODE}/archivos").text
    assert "Designar a otro administrador" in alternate.get(f"/entidades/{CODE}/acciones").text


@pytest.mark.nightly
def test_until_the_day_the_pages_say_it_and_it_is_withdrawn(
    begun: Walk, subtests: pytest.Subtests, clock: Clock
):
    wrong = [
        ({"from_on": "01/01/2026", "heir": "nobody"}, "El día ya pasó"),
        ({"from_on": "01/01/2099", "heir": "nobody"}, "dentro de un año"),
    ]
    refuses(subtests, begun.browser("administrator"), PAGE, {}, wrong)
    assert begun.entries("departure.announced") == []
    client = begun.browser("administrator")
    answer = client.post(PAGE, data={"from_on": written(in_days(9)), "heir": "nobody"})
    assert answer.location == PAGE
    assert "Todavía no dijiste quién sigue" in client.get(PAGE).text
    for who in ("administrator", "alternate", "sip"):
        page = begun.browser(who).get(f"/entidades/{CODE}").text
        assert "deja la administración del registro el" in page, who
    again = client.post(PAGE, data={"from_on": written(in_days(3)), "heir": "nobody"})
    assert again.location == PAGE
    assert "Ya anotaste" in client.get(PAGE).text
    assert client.post(f"{PAGE}/retirar").location == f"/entidades/{CODE}"
    assert "Sigues en la función" in client.get(f"/entidades/{CODE}").text
    assert client.post(f"{PAGE}/retirar").location == PAGE
    assert "No hay nada que retirar" in client.get(PAGE).text


def test_the_last_one_reads_what_will_happen(begun: Walk):
    take(begun, "alternate", "alternate")
    page = begun.browser("administrator").get(PAGE).text
    assert "Nadie más administra el registro" in page
    assert "empieza una nueva designación" in page
    assert "¿Quién sigue con tus pasos?" not in page


# The sheet ----------------------------------------------------------------------------------------


def test_the_sheet_holds_accounts_steps_days_and_the_address(begun: Walk):
    with begun.writing() as session:
        entity = entity_of(session, CODE)
        register = environments.open_register(session, entity, "production", None)
        register.opened_at = calendar.midnight(in_days(-6))
        found = summary.handover(
            session,
            person(session, begun, "administrator"),
            entity,
            Announcement(in_days(1), person(session, begun, "alternate")),
        )
        days = empty_days.suggested(session, register, in_days(-6))
    assert [one.role for one in found.accounts] == [
        "Responsable de la designación",
        "Administrador del RVL",
        "Administrador alterno del RVL",
    ]
    assert [one.remark for one in found.accounts][1] == "Deja la función"
    assert [one.name for one in found.steps] == [begun.task("plan_training").name]
    assert found.steps[0].due
    assert found.undeclared is not None
    assert len(found.undeclared) == len([day for day in days if day < calendar.today()]) > 1
    assert found.address.endswith(f"/visitas/{CODE}")
    assert found.roles == "Administrador del RVL"


def test_without_a_register_the_sheet_says_so(begun: Walk):
    with begun.reading() as session:
        entity = entity_of(session, CODE)
        user = person(session, begun, "administrator")
        found = summary.handover(session, user, entity, Announcement(in_days(0)))
    assert (found.undeclared, found.address, found.heir) == (None, "", "")


def test_the_paper_says_it_all_and_what_was_typed_is_no_markup():
    sheet = SHEET.__class__(**{**vars(SHEET), "heir": INJECTION})
    (page,) = pages_of(handover_sheets.render(sheet, MADE_ON))
    for said in (
        "Ficha de entrega",
        "Municipalidad Distrital de Villa Ejemplo",
        "Ana Persona Quispe Ejemplo",
        "1 de diciembre de 2026",
        "luis@example.pe",
        "Programar la capacitación",
        "3 de diciembre de 2026",
        "20 de noviembre de 2026 · 23 de noviembre de 2026",
        "https://visitas.example.pe/visitas/E00275",
        "#panic[x] *a*",
        "Preparado el 24 de noviembre de 2026",
    ):
        assert "".join(said.split()) in "".join(page.split()), said


def test_the_day_is_written_as_people_say_it(begun: Walk):
    assert acts.day_in_words(in_days(0)) == "hoy"
    assert acts.day_in_words(date(2026, 12, 31)) == "el 31 de diciembre de 2026"
