"""The year of an entity after its implementation, over HTTP, with every mail that goes out.

`mails.txt` is what its people, its office and the PCM read in that year. To change it, check the
differences, then let the test write it:
`REWRITE=1 python -m pytest tests/app/year --databases sqlite`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from lxml import html

import forms
from forms.examples import SAMPLE_FILE
from forms.shapes.change_parts import place_id
from tests.app.walk import CODE
from tests.app.year.days import Year
from tests.app.year.implemented import BUYER, FIRST, Implemented
from tests.conftest import Clock
from tests.robot import steps
from tests.robot.browsing import Page

GOLDEN = Path(__file__).with_name("mails.txt")
ENTITY, ROSTER = f"/entidades/{CODE}", f"/decisores/{CODE}"
PEOPLE, ACTS = f"{ENTITY}/personas", f"{ENTITY}/acciones"
EMPTY_DAYS = f"/registro/{CODE}/produccion/dias-sin-visitas"

OPERATOR = FIRST | {
    "document_number": "00000299",
    "given_names": "Olga",
    "surnames": "Torres Inventada",
    "email": "operadora.nueva@example.pe",
}
NEXT = {
    "document_number": "00000304",
    "given_names": "Julia Persona",
    "surnames": "Díaz Muestra",
}
CLERK = BUYER | {
    "post": "Jefa de licencias",
    "unit": "Desarrollo Urbano",
    "norm": "Resolución de Alcaldía 040-2026",
    "document_number": "00000305",
    "given_names": "Rosa Persona",
    "surnames": "Vega Ejemplo",
    "from_on": "2026-06-15",
}
BEARER = {
    "document_type": "DNI",
    "document_number": "00000881",
    "given_names": "Elena Persona",
    "surnames": "Paz Inventada",
    "email": "encargada@example.pe",
}
NEW_MAYOR = {
    "document_type": "DNI",
    "document_number": "00000311",
    "given_names": "Raúl Persona",
    "surnames": "Soto Inventado",
    "post": "Alcalde",
    "email": "alcalde@example.pe",
    "since_on": "2027-01-01",
}


@pytest.fixture
def implemented(app: Flask, clock: Clock) -> Implemented:
    """Return an installation with one entity whose constancia was signed on 27 March 2026."""
    return Implemented(app)


@pytest.mark.postgresql
@pytest.mark.nightly
def test_the_year_of_an_implemented_entity(implemented: Implemented, clock: Clock) -> None:
    year = Year(implemented, clock)
    year.begins(date(2026, 4, 1))
    an_operator_leaves(year)
    another_operator_comes(year)
    a_decision_maker_changes(year)
    a_post_is_added_and_the_authority_approves_it(year)
    the_coordinator_answers_a_question_by_mail(year)
    the_administrator_leaves(year)
    the_end_of_the_mandate_is_announced_and_planned(year)
    the_mandate_ends(year)
    the_new_authority_comes_in_with_the_code(year)
    the_register_falls_silent(year)
    text = year.text()
    if os.environ.get("REWRITE"):
        GOLDEN.write_text(text, "utf-8")
    assert text.split("\n") == GOLDEN.read_text("utf-8").split("\n")


# The people of the register ---------------------------------------------------------------------


def an_operator_leaves(year: Year) -> None:
    administrator, operator = year.people["administrator"], year.people["operator"]
    operator.go(EMPTY_DAYS).says("Días sin visitas")
    year.until(date(2026, 4, 14))
    name = f"{FIRST['given_names']} {FIRST['surnames']}"
    people = administrator.go(administrator.go(PEOPLE).link("Personal del registro"))
    listed = f"{FIRST['surnames']} {FIRST['given_names']}"
    form = administrator.go(people.link(f"Ya no trabaja aquí: {listed}")).form("reason")
    form.press().says(f"Registramos que {name} ya no trabaja aquí.")
    administrator.go(people.path).never_says(listed)
    year.work()
    assert is_shut_out(year, "operator"), "the account ended with the person's work"
    assert "Terminó el proceso: Cambios registrados (Cambios del personal)" in history(year)
    assert f"Terminó el rol de Operador del registro: {name}" in history(year)


def another_operator_comes(year: Year) -> None:
    year.until(date(2026, 4, 20))
    page = starts_a_change(year, "administrator")
    sends(page, "record_personnel_change", {"rows": [OPERATOR]})
    year.work()
    year.comes_in("new_operator", OPERATOR["document_number"], "operadora.nueva")
    the_days_are_declared(year, "new_operator", date(2026, 4, 30))


def a_decision_maker_changes(year: Year) -> None:
    year.until(date(2026, 5, 15))
    held = {"place": place_id(BUYER), "last_day": "2026-05-14"}
    came = NEXT | {"from_on": "2026-05-15"}
    sends(
        starts_a_change(year, "administrator"),
        "record_personnel_change",
        {
            "holders": [held | came],
            "number": "Resolución de Alcaldía 031-2026",
            "document": SAMPLE_FILE,
        },
    )
    assert public_roster(year)["Jefe de logística"] == [
        ("Díaz Muestra Julia Persona", "15 de mayo de 2026", "Sigue en el cargo"),
        ("Rojas Ejemplo Jorge Persona", "1 de junio de 2025", "14 de mayo de 2026"),
    ]
    post = year.public.go(year.public.go(ROSTER).link("Jefe de logística"))
    post.says("Díaz Muestra Julia Persona , titular desde el 15 de mayo de 2026")
    the_days_are_declared(year, "new_operator", date(2026, 5, 29))


def a_post_is_added_and_the_authority_approves_it(year: Year) -> None:
    year.until(date(2026, 6, 16))
    sends(
        starts_a_change(year, "administrator"),
        "record_personnel_change",
        {"posts": [CLERK], "number": "Resolución de Alcaldía 040-2026"},
    )
    year.work()
    assert CLERK["post"] not in public_roster(year), "the entity determines it, so it waits"
    opens(year, "preparer", "approve_personnel_change")
    year.until(date(2026, 6, 18))
    answers(year, "authority", "approve_personnel_change", {"decision": "approved"})
    assert public_roster(year)[CLERK["post"]] == [
        ("Vega Ejemplo Rosa Persona", "15 de junio de 2026", "Sigue en el cargo")
    ]


# A question ------------------------------------------------------------------------------------


def the_coordinator_answers_a_question_by_mail(year: Year) -> None:
    year.until(date(2026, 6, 26))
    administrator = year.people["administrator"]
    step = opens(year, "administrator", "confirm_register")
    form = administrator.go(step.link("Hacer una consulta")).form("subject")
    form.fill("subject", "¿La jefa de licencias necesita capacitarse?")
    form.fill("text", "Entró a la relación el 15 de junio, después de nuestra capacitación.")
    thread = form.press().says("Enviamos tu consulta.", "Responde")
    year.work()
    question = year.mail("Consulta 1", to="coordinadora.sip")
    year.until(date(2026, 6, 30))
    year.answers(question, "Sí: capacítenla antes del 31 de julio. No hace falta enviar la lista.")
    year.work()
    administrator.go(thread.path).says("Respondida", "capacítenla antes del 31 de julio")
    year.mail("Respuesta a tu consulta 1", to="administradora")
    assert "Se respondió la consulta 1, sobre el paso: Confirmar el registro" in history(year)
    answers(year, "administrator", "confirm_register", {"state": "same"})
    the_days_are_declared(year, "new_operator", date(2026, 6, 30))


# The administrator leaves ------------------------------------------------------------------------


def the_administrator_leaves(year: Year) -> None:
    for last in (date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30)):
        the_days_are_declared(year, "new_operator", last)
    year.until(date(2026, 10, 5))
    administrator, alternate = year.people["administrator"], year.people["alternate"]
    page = administrator.go(administrator.go(ACTS).link("Dejo la función"))
    assert administrator.download(page.link("ficha de entrega")).startswith(b"%PDF-")
    form = page.form("from_on")
    form.fill("from_on", "16/10/2026")
    form.fill("heir", form.choices("heir")[0])
    form.press().says("Anotamos que dejas la función el 16 de octubre de 2026.")
    year.work()
    year.until(date(2026, 10, 15))
    opens(year, "administrator", "confirm_register")
    year.until(date(2026, 10, 16))
    assert is_shut_out(year, "administrator")
    alternate.go(ACTS).says("Designar a otro administrador")
    page = alternate.go(f"{ENTITY}/archivos")
    assert alternate.download(page.link("Ficha de entrega")).startswith(b"%PDF-")
    assert "Ana Benites Ficticia" not in people_of(year, "Administrador del RVL")
    year.until(date(2026, 10, 20))
    answers(year, "alternate", "confirm_register", {"state": "same"})
    the_days_are_declared(year, "new_operator", date(2026, 10, 30))


# The mandate ------------------------------------------------------------------------------------


def the_end_of_the_mandate_is_announced_and_planned(year: Year) -> None:
    year.until(date(2026, 11, 20))
    for reader in ("mesadepartes", "alcaldesa", "secretaria", "alterno"):
        assert len(year.mails("el mandato termina el 31 de diciembre de 2026", to=reader)) == 1
    alternate = year.people["alternate"]
    sheet = alternate.go(ACTS).link("Ficha para la transferencia")
    assert alternate.download(sheet).startswith(b"%PDF-")
    the_days_are_declared(year, "new_operator", date(2026, 11, 30))
    year.until(date(2026, 12, 10))
    coordinator = year.people["sip"]
    plan = coordinator.go("/mandatos/plan").says("31 de diciembre de 2026")
    batch = plan.button("Preparar el plan de 1 entidad")
    batch.says("Su código va a mesadepartes@example.pe.")
    batch.form("cuantas").press().says("El lote empieza solo el 1 de enero de 2027")


def the_mandate_ends(year: Year) -> None:
    year.until(date(2026, 12, 30))
    assert public_roster(year)["Alcaldesa"][0][2].startswith("Sigue en el cargo")
    the_days_are_declared(year, "new_operator", date(2026, 12, 31))
    assert public_roster(year)["Alcaldesa"] == [
        ("Mamani Muestra Carmen Persona", "1 de enero de 2023", "31 de diciembre de 2026")
    ]
    year.people["authority"].go(PEOPLE).says("Carmen Persona Mamani Muestra")
    year.until(date(2027, 1, 1))
    page = year.public.go(ROSTER).text
    assert page.index("Anteriores") < page.index("Mamani Muestra Carmen Persona")
    enters_the_code(year).says("vale desde el lunes 4 de enero de 2027, el primer día hábil")
    year.people["new_operator"].go(EMPTY_DAYS)


def the_new_authority_comes_in_with_the_code(year: Year) -> None:
    year.until(date(2027, 1, 4))
    enters_the_code(year).says("Ya puedes registrar el cambio de autoridad de")
    year.people["bearer"] = year.visitor(BEARER["document_number"])
    opens(year, "bearer", "register_authority_change")
    answers(
        year,
        "bearer",
        "register_authority_change",
        {"authority": NEW_MAYOR, "support": SAMPLE_FILE, "ground": "Credencial de ejemplo"},
    )
    year.people["authority"].go(ENTITY)
    year.until(date(2027, 1, 6))
    answers(year, "sip", "review_authority_change", {"decision": "accepted"})
    assert is_shut_out(year, "authority"), "the earlier authority has left"
    assert is_shut_out(year, "preparer"), "and so has who prepared for her"
    year.comes_in("new_authority", NEW_MAYOR["document_number"], "alcalde")
    year.people["new_authority"].go(PEOPLE).says(NAME_OF_NEW_MAYOR)
    assert public_roster(year)["Alcalde"] == [
        (
            f"{NEW_MAYOR['surnames']} {NEW_MAYOR['given_names']}",
            "1 de enero de 2027",
            "Sigue en el cargo Su mandato es hasta el 31 de diciembre de 2030",
        )
    ]
    assert "Terminó el proceso: Autoridad registrada (Cambio de autoridad)" in history(year)


NAME_OF_NEW_MAYOR = f"{NEW_MAYOR['given_names']} {NEW_MAYOR['surnames']}"


def enters_the_code(year: Year) -> Page:
    """Enter the code that was mailed to the office, as its bearer."""
    (code,) = year.codes_in(year.mail("Código para la nueva autoridad", to="mesadepartes"))
    form = year.visitor().go("/activar").form("activation_code")
    form.fill("entity_code", CODE)
    form.fill("activation_code", code)
    for name, value in BEARER.items():
        form.fill(name, value)
    form.fill("password", year.public.password)
    return form.press()


# The register falls silent ----------------------------------------------------------------------


def the_register_falls_silent(year: Year) -> None:
    year.until(date(2027, 1, 20))
    answers(year, "alternate", "confirm_register", {"state": "same"})
    year.until(date(2027, 2, 8))
    alternate = year.people["alternate"]
    alternate.go(f"{ENTITY}/registro").says("El registro en enero de 2027")
    year.public.go(f"/visitas/{CODE}").says("Días hábiles sin visitas ni declaración")
    year.until(date(2027, 2, 12))
    answers(
        year,
        "alternate",
        "explain_register",
        {
            "cause": "undeclared",
            "explanation": "No hubo visitas en enero y nadie declaró los días. Ya lo hacemos.",
        },
    )
    year.until(date(2027, 2, 16))
    answers(year, "sip", "attend_register", {"decision": "settled"})
    assert "Terminó el proceso: Registro atendido (Seguimiento del registro)" in history(year)
    the_days_are_declared(year, "new_operator", date(2027, 2, 26))
    year.until(date(2027, 3, 12))
    assert "Seguimiento del registro" not in alternate.go("/pendientes").text


# What people do, and see ------------------------------------------------------------------------


def the_days_are_declared(year: Year, role: str, last: date) -> None:
    """Declare, on a day, all working days of its last weeks without visits."""
    if year.today < last:
        year.until(last)
    page = year.people[role].go(EMPTY_DAYS)
    for form in page.forms:
        if form.values.get("on"):
            answer = year.people[role].client.post(EMPTY_DAYS, data=form.values)
            assert answer.status_code == 303


def starts_a_change(year: Year, role: str) -> Page:
    """Press the button of the entity's page; return the first page of the step."""
    page = year.people[role].go(PEOPLE).button("Registrar cambios del personal")
    page.says("Se inició: Cambios del personal.")
    return opens(year, role, "record_personnel_change")


def opens(year: Year, role: str, step: str) -> Page:
    """Find a step among the waiting ones of a person, and open it."""
    inbox = year.people[role].go("/pendientes")
    address = inbox.link(forms.steps()[step].form.heading)
    return year.people[role].go(address)


def answers(year: Year, role: str, step: str, values: Mapping[str, Any]) -> Page:
    """Open a step and answer it; the mails that follow go out."""
    page = sends(opens(year, role, step), step, values)
    year.work()
    return page


def sends(page: Page, step: str, values: Mapping[str, Any]) -> Page:
    """Fill the pages of a step, review, and send."""
    return steps.answer(page, forms.steps()[step].form, values).says("Registramos tu respuesta")


def public_roster(year: Year) -> dict[str, list[tuple[str, str, str]]]:
    """Return who holds and held each post, from and to, as everyone reads it."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    tree = html.fromstring(year.public.client.get(ROSTER).text)
    for row in tree.xpath("//tbody/tr"):
        post = row.xpath("./th/a")[0].text_content().strip()
        who, since, until, _ = (" ".join(cell.itertext()).strip() for cell in row.xpath("./td"))
        found.setdefault(post, []).append((who, since, until))
    return found


def is_shut_out(year: Year, role: str) -> bool:
    """Return whether a person can neither open the entity's page nor sign in."""
    visitor = year.people[role]
    if visitor.client.get(ENTITY).status_code == 200:
        return False
    data = {
        "document_type": "DNI",
        "document_number": visitor.document,
        "password": visitor.password,
    }
    return visitor.client.post("/ingresar", data=data).status_code == 422


def history(year: Year) -> list[str]:
    """Return the newest sentences of the entity's history, the oldest first."""
    page = year.people["sip"].go(f"{ENTITY}/historial")
    found = page.tree.xpath("//*[contains(@class, 'history__text')]")
    return [" ".join(one.text_content().split()) for one in reversed(found)]


def people_of(year: Year, role: str) -> list[str]:
    """Return the people of a role, as the entity's page lists them."""
    tree = year.people["sip"].go(PEOPLE).tree
    (names,) = tree.xpath(f"//dt[.='{role}']/..") or ([],)
    return [" ".join(one.text_content().split()) for one in names]
