"""The summary of mails, and the faults that a rehearsal finds."""

from __future__ import annotations

from datetime import date

import pytest

from app.base.models import Mandate
from app.cases import processes
from tests.app import cast
from tests.app.onboarding.mandates.ended import ENDS, MONDAY, NEW_YEAR, OTHER, Ended
from tests.app.ops.turn_of_year import verdict
from tests.app.ops.turn_of_year.mails import Summary, parts, replaced, without_statuses
from tests.app.ops.turn_of_year.players import Players
from tests.app.ops.turn_of_year.verdict import Report
from tests.app.walk import CODE, Walk
from tests.conftest import Clock

KNOWN = {
    "Municipalidad de Ejemplo": "[entidad]",
    "MUNICIPALIDAD DE EJEMPLO": "[ENTIDAD]",
    "E90001": "[código]",
    "Rosa Ejemplo": "[persona]",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hola, Rosa Ejemplo:", "Hola, [persona]:"),
        ("Vence el lunes 4 de enero de 2027.", "Vence el [día]."),
        ("El 4 de enero, en Municipalidad de Ejemplo", "El [día], en [entidad]"),
        ("https://visitas.example.pe/entidades/E90001", "/entidades/[código]"),
        ("http://localhost:8000/tareas/77?de=5", "/tareas/…?de=…"),
        (f"https://x.example.pe/invitacion/{'a-Z_' * 11}", "/invitacion/…"),
        ("Código: 7K2M-9QXT-04BD", "Código: [secreto]"),
        ("Escribe a mesa.de-ayuda@x.example.pe.", "Escribe a [correo]."),
        ("El código vale por 60 días.", "El código vale por 60 días."),
    ],
)
def test_own_words_and_days_become_placeholders_and_sentences_stay(text: str, expected: str):
    assert replaced(text, KNOWN) == expected


def test_the_status_of_an_entity_is_counted_by_sentences():
    body = "Hola:\n\n[ENTIDAD] (Lima)\n\nEtapa N de N. Falta firmar.\n\n* Firmar\n  Vence hoy."
    rest, sentences = without_statuses(body)
    assert rest == "Hola:\n\n[ENTIDAD] (Lima)\n\n[estado]\n\n* Firmar\n  Vence hoy."
    assert [one.body for one in sentences] == ["Etapa N de N.", "Falta firmar."]


def test_a_mail_about_several_entities_is_counted_by_its_distinct_paragraphs():
    body = "Hola:\n\nEsto espera.\n\n[ENTIDAD]\n\n* Firmar\n\n[ENTIDAD]\n\n* Revisar\n\nAyuda"
    frame, *inner = parts("digest", "Dos pasos", body)
    assert frame.body == "Hola:\n\nEsto espera.\n\n[…]\n\nAyuda"
    assert [one.body for one in inner] == ["[ENTIDAD]", "* Firmar", "* Revisar"]


@pytest.fixture
def ended(walk: Walk, clock: Clock) -> Ended:
    """Return two entities whose mandate ends this month."""
    walk.person("41009003", "administrator", OTHER)
    return Ended(walk, clock)


def faults(ended: Ended) -> list[str]:
    """Return the faults of a rehearsal that ends now."""
    report = Report(ENDS, Summary([]))
    with ended.reading() as session:
        verdict.complete(session, report)
    return report.faults


@pytest.mark.nightly("servers")
def test_a_plan_that_nobody_confirmed_is_a_fault_for_each_entity(ended: Ended):
    ended.freeze()
    ended.clock.set(NEW_YEAR)
    assert faults(ended) == [f"{CODE} did not begin", f"{OTHER} did not begin"]


@pytest.mark.nightly("servers")
def test_changes_where_the_authority_continues_are_faults(ended: Ended):
    ended.begin_year()
    assert faults(ended) == []
    with ended.writing() as session:
        entity = cast.entity_of(session)
        longer = {"from_on": date(2027, 1, 1), "to_on": date(2027, 6, 30), "norm": "Ejemplo"}
        session.add(Mandate(level=entity.kind, ubigeo=entity.ubigeo, **longer))
    assert faults(ended) == [
        f"{code} began, although its authority continues" for code in (CODE, OTHER)
    ]


@pytest.mark.nightly("servers")
def test_an_entity_whose_other_change_ended_is_planned_again(ended: Ended):
    with ended.writing() as session:
        entity = cast.entity_of(session)
        other = processes.start(session, entity, "change_authority", None).id
    ended.begin_year()
    with ended.writing() as session:
        processes.cancel(session, other, "No corresponde.", ended.people["sip"])
    assert faults(ended) == [f"{CODE} did not begin"]
    ended.clock.set(MONDAY)
    with ended.app.app_context():
        Players(ended.app, ENDS).plan_again()
        ended.work()
    assert faults(ended) == []
