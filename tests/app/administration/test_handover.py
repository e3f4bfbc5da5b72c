"""Handovers: the heirs of a user's steps get a mail, and the history of each entity an entry."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.administration.users.departures import NobodyLeft
from app.base.models import LogEntry, User
from app.cases.history.lines import describe
from tests.app.administration.away import assign, deactivate, more, note, take
from tests.app.administration.test_departures import leaves_entity
from tests.app.cast import entity_of
from tests.app.walk import CODE, Walk

#: The people with an account in the walk, by the end of their e-mail address.
ADDRESS = "persona.0{}@example.pe"


def mails_sent(walk: Walk) -> dict[str, str]:
    """Return address → subject and text of the mails about inherited steps."""
    return {mail.to: f"{mail.subject}\n{mail.body}" for mail in walk.mails("handed_over")}


def histories(walk: Walk, code: str = CODE) -> list[str]:
    """Return the history entries of an entity about people who left."""
    with walk.reading() as session:
        of_place = LogEntry.entity_id == entity_of(session, code).id
        entries = session.scalars(select(LogEntry).where(of_place, LogEntry.kind == "person.left"))
        return [describe(entry).text for entry in entries]


def in_charge(walk: Walk, part: str, role: str = "sip") -> None:
    """Put a coordinator in charge of the entity."""
    with walk.writing() as session:
        setattr(entity_of(session, CODE), f"{role}_coordinator_id", walk.people[part])


def test_the_alternate_gets_a_mail_and_the_history_says_who_left_and_who_the_heirs_are(begun: Walk):
    deactivate(begun, "administrator")
    mails = mails_sent(begun)
    assert list(mails) == [ADDRESS.format("13")]
    (text,) = mails.values()
    assert text.startswith("Un paso de Persona Ejemplo 012 sigue contigo\n")
    assert f"/tareas/{begun.task('plan_training').id}\n" in text
    assert "su cuenta se desactivó" in text
    assert histories(begun) == [
        "Se desactivó la cuenta de Persona Ejemplo 012 (Administrador del RVL); 1\xa0paso abierto "
        "de Persona Ejemplo 012 sigue con Persona Ejemplo 013"
    ]
    page = begun.browser("sip").get(f"/entidades/{CODE}/historial").text
    assert "sigue con Persona Ejemplo 013" in page


def test_the_preparer_gets_a_mail_to_designate_another(begun: Walk):
    leaves_entity(begun)
    deactivate(begun, "administrator")
    text = mails_sent(begun)[ADDRESS.format("11")]
    assert "Se inició una nueva designación" in text
    assert f"/entidades/{CODE}" in text
    assert "no queda quien responda los de Administrador del RVL" in histories(begun)[-1]
    assert "se avisó a Persona Ejemplo 011" in histories(begun)[-1]


@pytest.mark.nightly
@pytest.mark.parametrize("role", ["sip", "sgtd"])
def test_the_coordinator_in_charge_gets_a_mail_and_has_it_in_hoy(started: Walk, role: str):
    more(started, "other", "40000041", role)
    in_charge(started, "other", role)
    deactivate(started, "preparer")
    assert list(mails_sent(started)) == [ADDRESS.format("41")]
    assert "código de activación" in mails_sent(started)[ADDRESS.format("41")]
    assert "Buscar quién responda por la entidad" in started.browser("other").get("/hoy").text
    assert "Buscar quién responda por la entidad" not in started.browser(role).get("/hoy").text


def test_without_a_coordinator_in_charge_all_of_the_sip_get_a_mail(started: Walk):
    more(started, "other", "40000041", "sip")
    deactivate(started, "preparer")
    assert sorted(mails_sent(started)) == [ADDRESS.format("21"), ADDRESS.format("41")]


def test_where_nobody_coordinates_either_the_last_person_stays(started: Walk):
    started.change(User, started.people["sip"], active=False)
    page = (
        started.browser("superuser").get(f"/personas/{started.people['preparer']}/desactivar").text
    )
    assert "Nadie más los prepara ni coordina la entidad" in page
    assert "govuk-button--warning" not in page
    before = started.row_counts()
    with pytest.raises(NobodyLeft, match="nadie la coordina"):
        deactivate(started, "preparer")
    assert started.row_counts() == before


def test_the_history_of_an_entity_without_steps_has_the_departure(begun: Walk):
    more(begun, "operator", "40000014", "operator", CODE)
    deactivate(begun, "operator")
    assert mails_sent(begun) == {}
    assert histories(begun) == [
        "Se desactivó la cuenta de Persona Ejemplo 014 (Operador del registro); no tenía pasos "
        "abiertos"
    ]


def test_other_coordinators_get_a_mail_about_the_steps_of_one_who_left(begun: Walk):
    more(begun, "other", "40000041", "sgtd")
    begun.begin_at("production", code="E90002")
    in_charge(begun, "sgtd", "sgtd")
    with begun.writing() as session:
        begun.find(session, "plan_training").role = "sgtd"
    deactivate(begun, "sgtd")
    assert list(mails_sent(begun)) == [ADDRESS.format("41")]
    assert (
        "1\xa0paso abierto de Persona Ejemplo 022 sigue con Persona Ejemplo 041"
        in (histories(begun)[0])
    )
    assert histories(begun, "E90002") == []


def test_a_role_that_is_taken_passes_its_steps_on_and_says_so(begun: Walk):
    take(begun, "administrator", "administrator")
    assert "dejó una de sus funciones" in mails_sent(begun)[ADDRESS.format("13")]
    assert histories(begun) == [
        "1\xa0paso abierto de Persona Ejemplo 012 sigue con Persona Ejemplo 013"
    ]


def test_the_administrator_gets_a_mail_about_tasks_taken_by_the_alternate(begun: Walk):
    deactivate(begun, "alternate")
    assert mails_sent(begun) == {}
    more(begun, "another", "40000036", "alternate", CODE)
    assign(begun, "plan_training", "another")
    deactivate(begun, "another")
    assert list(mails_sent(begun)) == [ADDRESS.format("12")]


def test_the_substitute_of_an_heir_gets_the_mail(begun: Walk):
    more(begun, "another", "40000036", "alternate", CODE)
    note(begun, "alternate", "another")
    deactivate(begun, "administrator")
    assert ADDRESS.format("36") in mails_sent(begun)
    assert ADDRESS.format("13") not in mails_sent(begun)
